import type { JsonObject } from "../domain/json.ts";
import { holderOf } from "./holder.ts";
import type { Draft, Trusted } from "./plan-state.ts";
import { findReferences, type Reference } from "./references.ts";
import { eventsOf } from "./schema.ts";

/** Where each argument that holds something from outside had it from, in words; those of which the run does not know it are left out. */
export function originsIn(args: JsonObject, draft: Draft): Record<string, string> {
  const sources = sourcesIn(draft);
  return Object.fromEntries(
    taintedIn(args, draft).flatMap((name) => {
      const found = (referencesIn(args).get(name) ?? []).flatMap((reference) =>
        isTainted(reference, sources) ? [originOf(reference, draft)] : [],
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

/** A run as far as it tells what came from outside. */
type Told = Pick<Draft, "definition" | "trusted"> & { readonly run: Pick<Draft["run"], "event"> };

/** The arguments, by name, that hold something from outside: told by a system, returned by a tool that may lie, or reported by an agent. */
export function taintedIn(args: JsonObject, told: Told): string[] {
  return outsideIn(args, sourcesIn(told));
}

/** What references may point at, for whoever judges where a value came from. */
export interface Sources {
  /** Whether what is there came from outside. Not asked about what a tool answered. */
  isOutside(reference: Reference): boolean;
  /** The call that a step is; null when it is none. */
  call(step: string): { readonly name: string; readonly args: JsonObject } | null;
  readonly trusted: Trusted;
}

/** The arguments, by name, that refer to something from outside. */
export function outsideIn(args: JsonObject, sources: Sources): string[] {
  return [...referencesIn(args)].flatMap(([name, references]) =>
    references.some((reference) => isTainted(reference, sources)) ? [name] : [],
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
function isTainted(reference: Reference, sources: Sources, seen: Set<string> = new Set()): boolean {
  const call = reference.source === "step" ? sources.call(reference.step) : null;
  if (reference.source !== "step" || call === null) return sources.isOutside(reference);
  if (!sources.trusted(call.name)) return true;
  if (seen.has(reference.step)) return false;
  seen.add(reference.step);
  // A trusted tool may say again what it was asked with.
  return [...referencesIn(call.args).values()].flat().some((each) => isTainted(each, sources, seen));
}

function sourcesIn({ definition, run, trusted }: Told): Sources {
  const outside = run.event !== undefined;
  return {
    trusted,
    call(id) {
      const step = definition.byId.get(id);
      return step?.kind === "tool" ? step.tool : null;
    },
    isOutside(reference) {
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
          if (step?.kind === "wait") return eventsOf(step).some((event) => "event" in event);
          return step?.kind === "agent";
        }
      }
    },
  };
}
