import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const whatRepeats: Playbook = {
  order: "together",
  looks: [{ id: "found", tool: "requests.repeats", args: { days: 30 } }],
  report: (_input, outputs) => {
    const found = objectOf(outputs["found"]);
    const repeats = listOf(found["repeats"]).map(objectOf);
    const days = numberOf(found["days"]) ?? 0;
    const looked = numberOf(found["looked"]) ?? 0;
    const among = `Among ${looked} request${looked === 1 ? "" : "s"} of the last ${days} days that you may see`;
    const summary =
      repeats.length === 0
        ? `${among}, nothing repeats.`
        : `${among}, ${repeats.length} ${repeats.length === 1 ? "thing repeats" : "things repeat"}.`;
    const proposals = repeats.map((one) => ({ about: textOf(one["text"]), proposal: proposalFor(one) }));
    return { summary, proposals, answer: [summary, ...repeats.map(lineOf)].join("\n") };
  },
};

/** Finds what people ask again and again, and proposes what would save them the asking. */
export const patterns: Specialist = {
  name: "patterns",
  summary: "Finds requests that repeat, and proposes a workflow, an article or a runbook for them",
  tools: ["requests.repeats"],
  tasks: {
    "what-repeats": {
      summary: "What repeated lately, and what to do about it",
      report: z.looseObject({ summary: z.string(), answer: z.string() }) as z.ZodType<Report>,
      playbook: whatRepeats,
      plain: true,
    },
  },
  concurrency: 5,
};

function lineOf(one: JsonObject): string {
  const people = numberOf(one["people"]) ?? 0;
  const by = people === 0 ? "" : ` by ${people} ${people === 1 ? "person" : "people"}`;
  const [since, until] = [instantOf(one["firstAt"]), instantOf(one["lastAt"])];
  const when = since === null || until === null ? "" : `, from ${since} to ${until}`;
  const runs = listOf(one["runs"]).map(textOf).join(", ");
  return `• “${textOf(one["text"])}”: ${numberOf(one["count"]) ?? 0} times${by}${when} (${runs}). ${proposalFor(one)}`;
}

function proposalFor(one: JsonObject): string {
  switch (textOf(one["kind"])) {
    case "help":
      return "Proposal: an article in the handbook that answers it, or a workflow if the answer is always the same deed.";
    case "incident":
      return "Proposal: a lasting fix, and until then a runbook made from the last of them.";
    case "build":
      return "Proposal: whoever owns it mends the build for good, or takes the flaky step out.";
    default:
      return "Proposal: a workflow that does it on a schedule or when a system asks for it, or a fix that makes it unnecessary.";
  }
}
