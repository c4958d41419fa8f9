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
    const drafts = repeats.map(draftOf).filter((n) => n !== null);
    const list = textOf(found["list"]);
    const show = Object.fromEntries(drafts.map((n) => [n, `/steward show draft ${n} of ${list}`]));
    return { summary, proposals, show, answer: [summary, ...repeats.map(lineOf)].join("\n") };
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
  const rhythm = textOf(one["rhythm"]) === "" ? "" : `, ${textOf(one["rhythm"])}`;
  const varies = listOf(one["varies"]).map(textOf);
  const other = varies.length === 0 ? "" : `, with another ${varies.join(" and ")} each time`;
  const runs = listOf(one["runs"]).map(textOf).join(", ");
  return `• “${textOf(one["text"])}”: ${numberOf(one["count"]) ?? 0} times${by}${when}${rhythm}${other} (${runs}). ${proposalFor(one)}`;
}

function draftOf(one: JsonObject): number | null {
  return numberOf(objectOf(one["draft"])["n"]);
}

function proposalFor(one: JsonObject): string {
  const draft = objectOf(one["draft"]);
  const n = draftOf(one);
  const name = textOf(draft["name"]);
  const used = textOf(one["used"]);
  const owners = listOf(one["owners"]).map(textOf);
  if (n !== null)
    return textOf(draft["kind"]) === "article"
      ? `Draft ${n}: an article with what people answered, ${name}.md.`
      : `Draft ${n}: a workflow that does it, ${name}.`;
  if (used !== "") return `The workflow ${used} does it already.`;
  switch (textOf(one["kind"])) {
    case "help":
      return "Proposal: whoever solved it writes the answer into the handbook; nobody wrote one where I may read it.";
    case "incident":
      return `Proposal: ${owners.length === 0 ? "a lasting fix" : `a lasting fix by ${owners.join(" or ")}`}, and until then a runbook: “write a runbook of ${textOf(listOf(one["runs"]).at(-1))}”.`;
    case "build":
      return `Proposal: ${owners.length === 0 ? "whoever owns it" : owners.join(" or ")} mends the build for good, or takes the flaky step out.`;
    default:
      return "Proposal: a fix that makes it unnecessary.";
  }
}
