import type { Json, JsonObject } from "../domain/json.ts";
import { listOf, objectOf, textOf } from "./reading.ts";

/** A run's record, as `record.run` gives it, read leniently. */
export interface RunRecord {
  readonly run: string;
  readonly title: string;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly happened: readonly {
    readonly at: string;
    readonly kind: string;
    readonly text: string;
    readonly details: readonly string[];
  }[];
  readonly open: readonly string[];
  /** "closed by Ben at ..., while the alert still fired"; "" where nobody did. */
  readonly closed: string;
}

export function recordOf(output: JsonObject): RunRecord {
  return {
    run: safe(textOf(output["run"])) || "this run",
    title: safe(textOf(output["title"])) || "without a title",
    state: safe(textOf(output["state"])),
    startedAt: momentOf(output["startedAt"]) ?? "an unknown time",
    endedAt: momentOf(output["endedAt"]),
    happened: listOf(output["happened"])
      .map(objectOf)
      .map(({ at, kind, text, details }) => ({
        at: momentOf(at) ?? "",
        kind: textOf(kind),
        text: safe(textOf(text)),
        details: listOf(details).map((detail) => safe(textOf(detail))),
      })),
    open: listOf(output["open"]).map((one) => safe(textOf(one))),
    closed: safe(textOf(output["closed"])),
  };
}

/** What happened, why, what was done, and what is left: Markdown. */
export function incidentPage(input: JsonObject, record: RunRecord): string {
  return page(`Incident ${record.run}: ${record.title}`, [
    [
      "",
      facts(input, [
        ["From", sinceOf(input, record)],
        ["Until", untilIn(record)],
      ]),
    ],
    ["Cause", causeLines(record)],
    ["What was done", doneLines(record)],
    ["Timeline", timeline(record)],
    ["Still open", bullets(record.open, "Nothing.")],
  ]);
}

/** What happened in any run, for whoever asks about it: Markdown. */
export function accountPage(record: RunRecord): string {
  const found = record.happened.some(({ kind }) => kind === "found");
  return page(`${record.run}: ${record.title}`, [
    ["", bullets([`From: ${record.startedAt}`, `Until: ${untilIn(record)}`], "")],
    ...(found ? [["Cause", causeLines(record)] as const] : []),
    ["What was done", doneLines(record)],
    ["Timeline", timeline(record)],
    ["Still open", bullets(record.open, "Nothing.")],
  ]);
}

/** For whoever takes over: how it stands, what is next, what was tried: Markdown. */
export function handoverPage(record: RunRecord): string {
  return page(`Handover of ${record.run}: ${record.title}`, [
    ["How it stands", `Since ${record.startedAt}; now ${record.state}.`],
    ["Next", bullets(record.open, "Nothing is open.")],
    ["What is thought to be wrong", causeLines(record)],
    ["What was done so far", doneLines(record)],
    ["Timeline", timeline(record)],
  ]);
}

/** What to do the next time, from what helped this time: Markdown. */
export function runbookPage(input: JsonObject, record: RunRecord): string {
  const found = record.happened.filter(({ kind }) => kind === "found");
  const cause = causeOf(record);
  const looks = found.filter(({ details }) => details.length === 0).map(({ text }) => lasting(text));
  const signs = (cause?.details ?? []).map(lasting);
  const approved = record.happened.filter(({ kind }) => kind === "approved").map(({ text }) => instruction(text));
  const done = record.happened.filter(({ kind }) => kind === "done").map(({ text }) => instruction(text));
  return page(`Runbook: ${record.title}`, [
    ["When", facts(input, [["Seen in", `${record.run}, ${record.startedAt}`]])],
    ["Look", bullets(unique(looks), "Nothing was looked at then.")],
    [
      "It is this, if",
      cause === null || signs.length === 0
        ? "No evidence was kept then."
        : `${lasting(cause.text)}\n\n${bullets(unique(signs), "")}`,
    ],
    [
      "Ask",
      bullets(
        unique(approved).map((what) => `Ask for approval first: ${what}`),
        "Nobody had to be asked.",
      ),
    ],
    ["Do", bullets(unique(done), "Nothing was done then.")],
    [
      "It is over when",
      overAt(record) === null
        ? "Then it was not over yet."
        : "the alert is resolved and the figures are where they were before.",
    ],
    [`As it was in ${record.run}`, causeLines(record)],
  ]);
}

/** When it was over: resolved, as the alert's source told, or the run's end. */
export function overAt(record: RunRecord): string | null {
  return (
    record.happened.findLast(({ kind, text }) => kind === "told" && /\bresolved\b/.test(text))?.at ?? record.endedAt
  );
}

/** Until when, or who ended it before it was over. */
function untilIn(record: RunRecord): string {
  return record.closed || (overAt(record) ?? "still going on");
}

/** The last finding that has evidence, or the last one; null where nothing was found. */
export function causeOf(record: RunRecord): RunRecord["happened"][number] | null {
  const found = record.happened.filter(({ kind }) => kind === "found");
  return found.findLast(({ details }) => details.length > 0) ?? found.at(-1) ?? null;
}

/** "2026-05-01 12:30:07 UTC", or null when it is no instant. */
function momentOf(value: Json | undefined): string | null {
  const at = Date.parse(textOf(value));
  return Number.isNaN(at) ? null : `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function sinceOf(input: JsonObject, { startedAt }: RunRecord): string {
  return momentOf(input["startedAt"]) ?? startedAt;
}

function causeLines(record: RunRecord): string {
  const cause = causeOf(record);
  return cause === null ? "Nobody found out." : `${cause.text}\n\n${bullets(cause.details, "")}`.trim();
}

function doneLines({ happened }: RunRecord): string {
  const acts = happened.filter(({ kind }) => ["approved", "denied", "lapsed", "done", "failed"].includes(kind));
  return bullets(
    acts.map(({ at, kind, text }) => `${at}: ${kind === "done" ? "done: " : ""}${text}`),
    "Nothing.",
  );
}

/** What was approved or done as what to do: without who approved it, and without a version that is another the next time. */
function instruction(text: string): string {
  return text
    .replace(/^.*? approved: /, "")
    .replace(/^(Roll \S+ in \S+ back to) (version|revision) \S+/, "$1 the $2 before");
}

const instant = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC`;
/** What holds of one day alone in the sentences of a finding, and what stands for it the next time. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/^(?:very likely|likely|possible|not likely): /i, ""],
  [/\b(?:version|the configuration) \S+ of (\S+), deployed by .+, broke it/i, "What was deployed last on $1 broke it"],
  [/^it began .*\bwas deployed by .*$/i, "it began when something was deployed"],
  [/; last deployed: .*$/, "; what was deployed last"],
  [new RegExp(` (?:at|since) ${instant}`, "g"), ""],
  [/ (rose|fell|has been growing|has been falling) from [\d.]+.* to [\d.]+.*$/, " $1"],
  [/” is new in the log of (\S+), (?:once|\d+ times)$/, "” is new in the log of $1"],
];

/** A finding as a sign to look for: without its day's times, versions, names and figures. */
function lasting(text: string): string {
  const without = passing.reduce((line, [day, always]) => line.replace(day, always), text);
  return without.replace(/“[^”]*”/g, (quoted) => quoted.replace(/[\w.-]*\d[\w.-]*/g, "…"));
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

function timeline({ happened }: RunRecord): string {
  return bullets(
    happened.map(({ at, kind, text }) => `${at}: ${kind === "done" ? "done: " : ""}${text}`),
    "Nothing is on record.",
  );
}

function facts(input: JsonObject, more: readonly (readonly [string, string])[]): string {
  const given = ["service", "environment", "alert", "severity"].flatMap((name): (readonly [string, string])[] => {
    const value = safe(textOf(input[name]));
    return value === "" ? [] : [[`${name[0]?.toUpperCase()}${name.slice(1)}`, value]];
  });
  return bullets(
    [...given, ...more].map(([name, value]) => `${name}: ${value}`),
    "",
  );
}

function page(title: string, sections: readonly (readonly [heading: string, body: string])[]): string {
  const parts = sections.map(([heading, body]) => (heading === "" ? body : `## ${heading}\n\n${body}`));
  return [`# ${title}`, ...parts].join("\n\n");
}

function bullets(lines: readonly string[], otherwise: string): string {
  return lines.length === 0 ? otherwise : lines.map((line) => `- ${line}`).join("\n");
}

/** One line in which nothing makes a heading, a list, a link, an image, code or HTML: it may quote what came from outside. */
function safe(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[[\]<>`\\]|^[#+-](?=[\s#+-])/g, (sign) => `\\${sign}`)
    .slice(0, 1000)
    .toWellFormed()
    .trim();
}
