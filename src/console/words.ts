import { html } from "hono/html";
import { systemName } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import { sentenceEnd, showHidden } from "../domain/text.ts";
import type { AuditLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";

/** Names by person id, for sentences. */
export type Names = ReadonlyMap<string, string>;

/** "2026-11-21 02:48:14 UTC" of an ISO instant. */
function when(iso: string | null): string {
  return iso === null ? "" : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** An instant: in UTC as it leaves here, in the reader's own zone once the script has seen it. */
export function instant(iso: string): Html {
  return html`<time datetime="${iso}">${when(iso)}</time>`;
}

/** When this was made, from its UUIDv7. */
export function madeAt(id: string): string {
  return new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toISOString();
}

/** An instant; a run as people call it (what stands for one in examples is none); a page of ours with its whole address, whatever it says before the path. */
const marks =
  /(?<day>\d{4}-\d\d-\d\d)[T ](?<minute>\d\d:\d\d)(?::(?<second>\d\d)(?:\.\d+)?)?(?:Z| UTC)|\b(?<run>(?!R-ABC123\b)R-[0-9A-HJKMNP-TV-Z]{6})\b|https?:\/\/[^\s/]+(?<path>\/(?:runs|gates)\/[0-9a-f-]{36})\b/g;

/** A text with its instants marked as such, and with links to the runs and pages that it names; without them where it is itself a link. */
export function marked(text: string, isLinked = true): readonly (string | Html)[] {
  const parts: (string | Html)[] = [];
  let end = 0;
  for (const found of text.matchAll(marks)) {
    const [whole] = found;
    const { day, minute, second, run, path } = found.groups ?? {};
    parts.push(text.slice(end, found.index));
    if (day === undefined && !isLinked) parts.push(whole);
    else if (run !== undefined) parts.push(html`<a class="short" href="/runs/${run}">${run}</a>`);
    else if (path !== undefined) parts.push(html`<a href="${path}">its page</a>`);
    else
      parts.push(html`<time datetime="${day}T${minute}${second === undefined ? "" : `:${second}`}Z">${whole}</time>`);
    end = found.index + whole.length;
  }
  return [...parts, text.slice(end)];
}

/** "1 entry", "2 entries". */
export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** US dollars as people say small sums: "0.45 cents", "1.20 US dollars". */
export function cents(usd: number): string {
  return usd < 1 ? `${(usd * 100).toFixed(2)} cents` : `${usd.toFixed(2)} US dollars`;
}

/** What an audit entry says, as a sentence. An erased body leaves the fact, not its words. */
export function sentenceOf({ kind, by, entry, body }: AuditLine, names: Names): string {
  const data = (entry["data"] ?? {}) as JsonObject;
  if (kind !== "turn")
    return (
      acts[kind]?.(who(by, names), data) ??
      `${capital(kind.replaceAll(".", " "))}${by === null ? "" : ` by ${who(by, names)}`}.`
    );
  const event = text(data["event"]);
  return events[event]?.(body ?? {}, names) ?? `Took “${event}”.`;
}

const acts: Readonly<Record<string, (by: string, data: JsonObject) => string>> = {
  pause: (by) => `Paused by ${by}.`,
  resume: (by) => `Resumed by ${by}.`,
  stuck: () => "Stuck: something came that this run cannot handle, so it waits for a person.",
  skip: (by) => `${by} had what it was stuck on put away.`,
  unstuck: (by) => `Put back to work by ${by}.`,
  start: () => "Steward started.",
  stop: () => "Steward stopped.",
  refused: (by, data) => `${by} was refused${why(data)}.`,
  rejected: (by, data) => `A request${by === "Steward" ? "" : ` from ${by}`} was turned away${why(data)}.`,
  "effect.started": (_by, data) => `About to call ${text(data["tool"])}.`,
  "people.changed": (_by, data) => `Who people are was taken over from steward.yaml: ${peopleChanged(data)}.`,
  "workflow.used": (by, data) => `${by} took the workflow ${text(data["name"])} into use.`,
  "workflow.stopped": (by, data) => `${by} took the workflow ${text(data["name"])} out of use.`,
};

/** "left ben; given eve manager", from lists of ids, or of what is said of each. */
function peopleChanged({ file: _, ...lists }: JsonObject): string {
  const each = (one: JsonObject[string]) => {
    if (one === null || typeof one !== "object" || Array.isArray(one)) return text(one);
    const { person = null, renamed, ...rest } = one as JsonObject;
    return [person, ...Object.values(rest), renamed === true ? "(renamed)" : null].map(text).filter(Boolean).join(" ");
  };
  return Object.entries(lists)
    .map(([what, list]) => `${what} ${(Array.isArray(list) ? list : []).map(each).join(", ")}`)
    .join("; ");
}

const events: Readonly<Record<string, (body: JsonObject, names: Names) => string>> = {
  begin: ({ input }) => {
    const reason = text((input as JsonObject | undefined)?.["reason"]);
    return reason === "" ? "Begun." : `Begun. Reason given: ${showHidden(JSON.stringify(reason))}.`;
  },
  "effect.done": ({ step }) => `Step ${text(step)} finished.`,
  "effect.failed": ({ step, error }) => `Step ${text(step)} failed${because(error)}.`,
  "effect.inDoubt": ({ step }) => `Nobody knows whether step ${text(step)} happened: a person must say.`,
  "gate.opened": () => "Asked for approval.",
  "gate.waived": () => "No approval was needed: the policy says so.",
  "gate.approved": ({ by }, names) => `Approved by ${everybody(by, names)}.`,
  "gate.denied": ({ by, reason, unasked }, names) =>
    unasked === true
      ? sentenceEnd(`Nobody was asked: ${text(reason)}`)
      : sentenceEnd(`Denied by ${everybody(by, names)}${text(reason) === "" ? "" : `: ${text(reason)}`}`),
  "gate.expired": () => "Nobody answered in time.",
  "gate.superseded": ({ by }, names) =>
    by == null
      ? "What was to be approved changed, so it was asked anew."
      : `${everybody(by, names)} changed what was to be approved, so it was asked anew.`,
  "task.done": ({ task }) => `Task ${text(task).replace(/#1$/, "")} finished.`,
  "task.failed": ({ task, error }) => `Task ${text(task).replace(/#1$/, "")} failed${because(error)}.`,
  expected: ({ by }, names) => `What was waited for came${by === undefined ? "" : ` from ${everybody(by, names)}`}.`,
  event: ({ name, data }) => {
    const { status, summary } = (data ?? {}) as JsonObject;
    return sentenceEnd(`Heard of ${text(name)}: ${[text(status), text(summary)].filter(Boolean).join(", ") || "news"}`);
  },
  "step.repeat": ({ step }) => `Looked again with step ${text(step)}.`,
  "repeat.over": ({ step }) => `The time to watch with step ${text(step)} was over.`,
  "seat.again": () => "Asked again for a place to work.",
  message: ({ from }) => `Heard from ${text(from) || "another agent"}.`,
  "step.retry": ({ step }) => `Tried step ${text(step)} again.`,
  "step.timeout": ({ step }) => `Step ${text(step)} took too long.`,
  "wait.over": ({ step }) => `The time of step ${text(step)} was over.`,
  cancel: ({ by, reason }, names) =>
    `Cancelled${by == null ? "" : ` by ${everybody(by, names)}`}${text(reason) === "" ? "" : `: ${text(reason)}`}.`,
  again: ({ by }, names) => `Told to do it again${by == null ? "" : ` by ${everybody(by, names)}`}.`,
  vote: ({ person, decision }, names) =>
    `${everybody(person, names)} ${text(decision) === "deny" ? "denied" : "approved"}.`,
  remind: () => "Reminded those who may answer.",
  escalate: () => "Asked more people, since nobody had answered.",
  expire: () => "The time to answer was over.",
  consume: () => "The approval was used for its effect.",
  withdraw: () => "Withdrawn, since nobody needs an answer any more.",
  supersede: () => "What was to be approved changed, so this was asked anew.",
};

/** Ids, names, or people as JSON, one or several. */
function everybody(value: JsonObject[string] | undefined, names: Names): string {
  if (Array.isArray(value)) return value.map((each) => everybody(each, names)).join(" and ");
  if (value !== null && typeof value === "object")
    return text((value as JsonObject)["name"]) || who(text((value as JsonObject)["id"]), names);
  return who(text(value), names);
}

/** Whoever an id is of, by name: a person, Steward itself, a system that told something, a key. */
export function who(id: string | null, names: Names): string {
  if (id === null || id === "" || id === "system") return "Steward";
  return systemName(id) ?? names.get(id) ?? (id.startsWith("key:") ? `the API key ${id.slice(4)}` : id);
}

/** " (Ana)", for an entry whose sentence does not say who did it. */
export function byWhom(line: AuditLine, names: Names): string {
  if (line.by === null || line.by === "system") return "";
  const name = who(line.by, names);
  return sentenceOf(line, names).includes(name) ? "" : ` (${name})`;
}

/** What can be looked for in the record: kinds of entries, and events that turns take. */
export const kindNames: Readonly<Record<string, string>> = {
  begin: "Begun",
  vote: "Answers to questions",
  "gate.opened": "Questions put to people",
  "gate.approved": "Approved",
  "gate.denied": "Denied",
  "gate.expired": "Nobody answered in time",
  withdraw: "Questions withdrawn",
  "effect.started": "Calls that may not be made twice, before them",
  "effect.done": "Calls that were made",
  "effect.failed": "Calls that failed",
  "effect.inDoubt": "Calls nobody knows the end of",
  "task.done": "Specialists that finished",
  expected: "Answers that were waited for",
  event: "Heard from systems",
  cancel: "Cancelled",
  pause: "Paused",
  resume: "Resumed",
  again: "Done again",
  stuck: "Stuck",
  skip: "Put away unread",
  "vote.refused": "Answers that did not count",
  refused: "Refused to people and keys",
  rejected: "Turned away at a door",
  "identity.linked": "Accounts linked",
  "identity.unlinked": "Accounts unlinked",
  "key.created": "Keys made",
  "key.revoked": "Keys revoked",
  "workflow.used": "Workflows taken into use",
  "workflow.stopped": "Workflows taken out of use",
  start: "Starts",
  stop: "Stops",
};

function because(error: JsonObject[string] | undefined): string {
  const message = typeof error === "string" ? error : text((error as JsonObject | null | undefined)?.["message"]);
  return message === "" ? "" : `: ${message.replace(/\.$/, "")}`;
}

function why(data: JsonObject): string {
  const code = text(data["because"]);
  return code === "" ? "" : `: ${code.replaceAll("-", " ")}`;
}

function text(value: JsonObject[string] | undefined): string {
  return typeof value === "string" ? value : "";
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
