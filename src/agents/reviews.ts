import { z } from "zod";
import { fields, given } from "./input.ts";
import { objectOf, textOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const choosing: Playbook = {
  order: "together",
  looks: [
    {
      id: "choice",
      tool: "reviews.choose",
      args: {
        repository: "${{ input.repository }}",
        title: "${{ input.title }}",
        author: "${{ input.author }}",
        besides: "${{ input.besides }}",
      },
    },
  ],
  report: (_input, outputs) => {
    const choice = objectOf(outputs["choice"]);
    const [reviewer, name, because] = [textOf(choice["id"]), textOf(choice["name"]), textOf(choice["because"])];
    return reviewer === ""
      ? { summary: "Nobody is left who could review it: who can?", reviewer: "", name: "Nobody" }
      : { summary: `${name}, please review it: ${because}.`, reviewer, name };
  },
};

/** Chooses who reviews what, by whose it is and by how much each has to review already. */
export const reviews: Specialist = {
  name: "reviews",
  summary: "Chooses who reviews a pull request, by ownership and load",
  tools: ["reviews.choose"],
  tasks: {
    choose: {
      summary: "Who is to review a pull request",
      input: given({ repository: fields.repository, title: fields.title, author: fields.author }),
      report: z.looseObject({ summary: z.string(), reviewer: z.string(), name: z.string() }) as z.ZodType<Report>,
      playbook: choosing,
      plain: true,
    },
  },
  concurrency: 10,
};
