import type { Json, JsonObject } from "../domain/json.ts";
import type { Draft } from "./plan-state.ts";
import { findReferences, type Reference } from "./references.ts";
import { eventsOf } from "./schema.ts";

/** The arguments, by name, that hold something from outside: told by a system, returned by a tool that may lie, or reported by an agent. */
export function taintedIn(args: JsonObject, draft: Draft): string[] {
  return Object.keys(args).filter((name) =>
    findReferences(args[name] as Json).some(({ reference }) => reference !== null && isTainted(reference, draft)),
  );
}

function isTainted(reference: Reference, { definition, run, trusted }: Draft): boolean {
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
      if (step?.kind === "tool") return !trusted(step.tool.name);
      if (step?.kind === "wait") return eventsOf(step).some((event) => "event" in event);
      return step?.kind === "agent";
    }
  }
}
