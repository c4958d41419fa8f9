import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { spanWords, whereOf } from "./data-words.ts";
import { fields, given } from "./input.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Report, Task } from "./specialist.ts";

/** As many lines as the log is asked for at most. */
const mostLines = 1000;
const longestKind = 160;
const longestLine = 150;
/** Characters of the lines shown: what is over is left out, the oldest first. */
const mostShown = 2300;

/** What stands in the log of a service: what repeats, and the newest lines as they were written. */
export const serviceLogs: Task = {
  summary: "What stands in a service's log: what repeats, and the newest lines",
  line: "what stands in the log of {service} in {environment}",
  input: given({ service: fields.service, environment: fields.environment, last: fields.last }),
  report: z.looseObject({ summary: z.string(), answer: z.string(), lines: z.string() }) as z.ZodType<Report>,
  playbook: {
    order: "in-turn",
    looks: [
      {
        id: "logs",
        tool: "services.logs",
        args: {
          service: "${{ input.service }}",
          environment: "${{ input.environment }}",
          lastMs: "${{ input.last }}",
          limit: mostLines,
        },
      },
      {
        id: "digest",
        tool: "analysis.lines",
        args: { logs: "${{ steps.logs.output }}", level: "${{ input.level }}", about: "${{ input.about }}" },
      },
    ],
    report: (input, outputs) => logReport(input, objectOf(outputs["digest"])),
  },
  plain: true,
};

function logReport(input: JsonObject, digest: JsonObject): Report {
  const [read, matched] = [numberOf(digest["read"]) ?? 0, numberOf(digest["matched"]) ?? 0];
  const newest = listOf(digest["newest"]).map(objectOf);
  const lines = shownLines(newest);
  const summary = summaryOf(input, digest, read, matched);
  const repeating = listOf(digest["kinds"])
    .map(objectOf)
    .map(({ count, line }) => `${textOf(count)} times: ${shorten(textOf(line), longestKind)}`);
  const shown =
    lines.length === 1 ? "The only one" : lines.length === matched ? "All of them" : `The newest ${lines.length}`;
  return {
    summary,
    answer: [
      summary,
      ...(repeating.length === 0 ? [] : [`What repeats:\n${repeating.join("\n")}`]),
      ...(lines.length === 0 ? [] : [`${shown}, times in UTC:`]),
    ].join("\n\n"),
    lines: lines.join("\n"),
  };
}

/** "214 of the 361 lines that checkout in production wrote in the last hour are errors, …". */
function summaryOf(input: JsonObject, digest: JsonObject, read: number, matched: number): string {
  const where = whereOf(input);
  const span = spanWords(input);
  if (read === 0) return `${where} wrote nothing in its log in ${span}.`;
  const [from, until] = [instantOf(digest["from"]), instantOf(digest["until"])];
  const cut = read >= mostLines ? `the newest ${read}` : `the ${read}`;
  const when = `in ${span}, from ${from ?? "an unknown time"} to ${until ?? "now"}`;
  const [level, about] = [textOf(input["level"]), textOf(input["about"])];
  if (level === "" && about === "") {
    const errors = numberOf(digest["errors"]) ?? 0;
    const bad =
      errors === 0 ? "none of them is an error" : `${errors} of them ${errors === 1 ? "is an error" : "are errors"}`;
    return `I read ${cut} lines that ${where} wrote ${when}; ${bad}.`;
  }
  const what = level === "" ? "lines" : level;
  const which = `${matched === 1 ? what.replace(/s$/, "") : what}${about === "" ? "" : ` about “${about}”`}`;
  return `${matched === 0 ? "No" : matched} ${which} among ${cut} lines that ${where} wrote ${when}.`;
}

/** The newest lines that fit, the oldest of these first. */
function shownLines(newest: readonly JsonObject[]): string[] {
  const all = newest.map(({ at, line }) => {
    const words = textOf(line).replace(/\s+/g, " ").trim();
    return `${textOf(at).slice(11, 19)}  ${shorten(words, longestLine)}`;
  });
  let room = mostShown;
  const first = all.findLastIndex((line) => {
    room -= line.length + 1;
    return room < 0;
  });
  return all.slice(first + 1);
}
