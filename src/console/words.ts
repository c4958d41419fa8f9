import type { JsonObject } from "../domain/json.ts";
import type { AuditLine } from "../http/reads.ts";

/** Names by person id, for sentences. */
export type Names = ReadonlyMap<string, string>;

/** "2026-11-21 02:48:14 UTC" of an ISO instant. */
export function when(iso: string | null): string {
  return iso === null ? "" : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** What an audit entry says, as a sentence. An erased body leaves the fact, not its words. */
export function sentenceOf({ kind, by, entry, body }: AuditLine, names: Names): string {
  if (kind !== "turn")
    return (
      acts[kind]?.(who(by, names)) ??
      `${capital(kind.replaceAll(".", " "))}${by === null ? "" : ` by ${who(by, names)}`}.`
    );
  const event = text(entry["event"]);
  return events[event]?.(body ?? {}, names) ?? `Took “${event}”.`;
}

const acts: Readonly<Record<string, (by: string) => string>> = {
  pause: (by) => `Paused by ${by}.`,
  resume: (by) => `Resumed by ${by}.`,
  stuck: () => "Stuck: something came that this run cannot handle, so it waits for a person.",
  unstuck: (by) => `Put back to work by ${by}.`,
};

const events: Readonly<Record<string, (body: JsonObject, names: Names) => string>> = {
  begin: () => "Begun.",
  "effect.done": ({ step }) => `Step ${text(step)} finished.`,
  "effect.failed": ({ step, error }) => `Step ${text(step)} failed${because(error)}.`,
  "effect.inDoubt": ({ step }) => `Nobody knows whether step ${text(step)} happened: a person must say.`,
  "gate.opened": () => "Asked for approval.",
  "gate.waived": () => "No approval was needed: the policy says so.",
  "gate.approved": ({ by }, names) => `Approved by ${everybody(by, names)}.`,
  "gate.denied": ({ by, reason }, names) =>
    `Denied by ${everybody(by, names)}${text(reason) === "" ? "" : `: ${text(reason)}`}.`,
  "gate.expired": () => "Nobody answered in time.",
  "gate.superseded": () => "What was to be approved changed, so it was asked anew.",
  "task.done": ({ task }) => `Task ${text(task)} finished.`,
  "task.failed": ({ task, error }) => `Task ${text(task)} failed${because(error)}.`,
  expected: ({ by }, names) => `What was waited for came${by === undefined ? "" : ` from ${everybody(by, names)}`}.`,
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
};

/** Ids, names, or people as JSON, one or several. */
function everybody(value: JsonObject[string] | undefined, names: Names): string {
  if (Array.isArray(value)) return value.map((each) => everybody(each, names)).join(" and ");
  if (value !== null && typeof value === "object")
    return text((value as JsonObject)["name"]) || who(text((value as JsonObject)["id"]), names);
  return who(text(value), names);
}

function who(id: string | null, names: Names): string {
  if (id === null || id === "" || id === "system") return "Steward";
  return names.get(id) ?? id;
}

function because(error: JsonObject[string] | undefined): string {
  const message = typeof error === "string" ? error : text((error as JsonObject | null | undefined)?.["message"]);
  return message === "" ? "" : `: ${message.replace(/\.$/, "")}`;
}

function text(value: JsonObject[string] | undefined): string {
  return typeof value === "string" ? value : "";
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
