import type { Draft, Halt } from "./plan-state.ts";

/** How far the part of the run that a step belongs to has come to its end; null while it goes on. */
export function haltOf(draft: Pick<Draft, "definition" | "stopping" | "because" | "halted">, id: string): Halt | null {
  const { stopping, because } = draft;
  if (stopping || because !== null) return { stopping, because };
  const part = draft.definition.partOf.get(id);
  return part === undefined ? null : (draft.halted[part.id] ?? null);
}

/** A step failed for good: its part of the run begins nothing new. */
export function fail(draft: Draft, id: string): void {
  const part = draft.definition.partOf.get(id);
  if (part === undefined) draft.stopping = true;
  else draft.halted[part.id] = { stopping: true, because: draft.halted[part.id]?.because ?? null };
}

/** What failed is to be done again. What people ended stays ended. */
export function goOnAgain(draft: Draft, id: string): void {
  draft.stopping = false;
  const part = draft.definition.partOf.get(id);
  const halt = part && draft.halted[part.id];
  if (part === undefined || halt === undefined) return;
  if (halt.because === null) delete draft.halted[part.id];
  else draft.halted[part.id] = { ...halt, stopping: false };
}
