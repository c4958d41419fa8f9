import type { JsonObject } from "../domain/json.ts";
import { holderOf } from "./holder.ts";
import type { Draft } from "./plan-state.ts";
import { findReferences, type Reference } from "./references.ts";
import { eventsOf, type Step } from "./schema.ts";

/** Where each argument that holds something from outside had it from, in words; those of which the run does not know it are left out. */
export function originsIn(args: JsonObject, draft: Draft): Record<string, string> {
  return Object.fromEntries(
    taintedIn(args, draft).flatMap((name) => {
      const found = (referencesIn(args).get(name) ?? []).flatMap((reference) =>
        isTainted(reference, draft) ? [originOf(reference, draft)] : [],
      );
      return found.length === 0 ? [] : [[name, [...new Set(found)].join(" and ")]];
    }),
  );
}

function originOf(reference: Reference, draft: Draft): string {
  const told = toldBy(draft);
  const step = reference.source === "step" ? draft.definition.byId.get(reference.step) : undefined;
  if (step?.kind === "tool") return `what ${step.tool.name} answered`;
  if (step?.kind === "agent") {
    const state = draft.steps[step.id];
    if (state?.taker !== undefined) return "what somebody did by hand";
    return `what the specialist ${holderOf(step, state ?? {})} made${told === null ? "" : ` of ${told}`}`;
  }
  return told ?? "what a system told";
}

/** What began the run, as its system calls it, or else the system's name; null for a run that a person began. */
function toldBy({ run, event }: Draft): string | null {
  const origin = event?.["origin"];
  return event === null
    ? null
    : typeof origin === "string" && origin !== ""
      ? origin
      : `what ${run.requester.name} told`;
}

/** The arguments, by name, that hold something from outside: told by a system, returned by a tool that may lie, or reported by an agent. */
export function taintedIn(args: JsonObject, draft: Draft): string[] {
  return [...referencesIn(args)].flatMap(([name, references]) =>
    references.some((reference) => isTainted(reference, draft)) ? [name] : [],
  );
}

const known = new WeakMap<JsonObject, ReadonlyMap<string, readonly Reference[]>>();

/** What each argument refers to, by its name. Looked for once: arguments as a definition writes them do not change. */
function referencesIn(args: JsonObject): ReadonlyMap<string, readonly Reference[]> {
  const found =
    known.get(args) ??
    new Map(
      Object.entries(args).map(([name, value]) => [
        name,
        findReferences(value).flatMap(({ reference }) => reference ?? []),
      ]),
    );
  known.set(args, found);
  return found;
}

/** `seen` are the steps looked into already: what one of them brings need not be asked twice. */
function isTainted(reference: Reference, draft: Draft, seen: Set<string> = new Set()): boolean {
  const { definition, run, trusted } = draft;
  const outside = run.event !== undefined;
  switch (reference.source) {
    case "input":
      return outside;
    case "run":
      return outside && reference.field === "title";
    case "requester":
      return false;
    case "event":
    case "item":
      return true;
    case "step": {
      const step = definition.byId.get(reference.step);
      // A trusted tool may say again what it was asked with.
      if (step?.kind === "tool") return !trusted(step.tool.name) || isAskedWithTainted(step, draft, seen);
      if (step?.kind === "wait") return eventsOf(step).some((event) => "event" in event);
      return step?.kind === "agent";
    }
  }
}

function isAskedWithTainted({ id, tool }: Extract<Step, { kind: "tool" }>, draft: Draft, seen: Set<string>): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return [...referencesIn(tool.args).values()].flat().some((reference) => isTainted(reference, draft, seen));
}
