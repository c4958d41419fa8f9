import type { Json, JsonObject } from "../domain/json.ts";
import { passOver, settled } from "./begin-step.ts";
import { gateIn, isUnsettled } from "./concerned.ts";
import { failStep, finish, letGo, stopPart } from "./end-step.ts";
import type { Draft } from "./plan-state.ts";

/** People or policy let it go on. */
export function decided(draft: Draft, gate: string, output: Json): void {
  const { step, was } = gateIn(draft, gate);
  if (step !== null && was.state === "waiting") finish(draft, step, was, output);
}

/** The gate that ends a run is over itself and needs no withdrawing. */
export function refused(draft: Draft, gate: string, because: string, output: JsonObject): void {
  const { step, was } = gateIn(draft, gate);
  if (step === null || was.state !== "waiting") return;
  if (step.approve.onDenied === "skip") {
    draft.steps[step.id] = passOver(draft, step, was, output);
    return;
  }
  draft.steps[step.id] = { ...was, state: "cancelled" };
  stopPart(draft, step.id, because);
}

/** A covered step fails before anybody was asked; where the run goes on without it, the others are asked about. */
export function cannotRun(draft: Draft, gate: string, id: string, message: string): void {
  const { step, was } = gateIn(draft, gate);
  const covered = draft.definition.byId.get(id);
  const state = draft.steps[id];
  if (step === null || was.state !== "waiting" || covered?.kind !== "tool" || state?.state !== "pending") return;
  draft.steps[step.id] = { state: "pending", generation: was.generation + 1, attempt: 0 };
  const { repeat: _, ...once } = covered;
  failStep(draft, once, state, { message, retryable: false });
}

/** What was to be approved has changed: what it covers and is not finished waits for a new gate. True where something does. */
export function askAnew(draft: Draft, gate: string): boolean {
  const { step, was } = gateIn(draft, gate);
  if (step === null || (was.state !== "waiting" && was.state !== "done")) return false;
  const open = step.approve.covers.filter(
    (id) => isUnsettled(draft.steps[id]) && draft.steps[id]?.waitsFor !== "answer",
  );
  for (const id of open) {
    const covered = draft.definition.byId.get(id);
    const state = draft.steps[id];
    if (covered === undefined || state === undefined) continue;
    if (state.waitsFor === "retry") letGo(draft, covered, state);
    draft.steps[id] = { ...settled(state), state: "pending" };
  }
  if (open.length > 0) draft.steps[step.id] = { state: "pending", generation: was.generation + 1, attempt: 0 };
  return open.length > 0;
}
