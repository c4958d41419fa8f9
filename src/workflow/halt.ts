import { followersOf, worksBefore } from "./definition.ts";
import type { Draft, Halt, StepState } from "./plan-state.ts";
import type { Step } from "./schema.ts";

/** How far the part of the run that a step belongs to has come to its end; null while it goes on. */
export function haltOf(draft: Pick<Draft, "definition" | "stopping" | "because" | "halted">, id: string): Halt | null {
  const { stopping, because } = draft;
  if (stopping || because !== null) return { stopping, because };
  const part = draft.definition.partOf.get(id);
  return part === undefined ? null : (draft.halted[part.id] ?? null);
}

/** Whether what follows a step may begin: it was done, or the run goes on without it. */
export function isPassed({ definition, steps }: Pick<Draft, "definition" | "steps">, id: string): boolean {
  const state = steps[id]?.state;
  return state === "done" || state === "skipped" || (state === "failed" && failsAtEnd(definition.byId.get(id)));
}

/** Whether a step is doing something, or somebody still has to say whether it did. */
export function isOnItsWay(state: StepState | undefined): boolean {
  return state?.state === "running" || (state?.state === "waiting" && state.waitsFor === "answer");
}

/** Whether a run goes on without this step when it fails, and fails when all else is over. */
export function failsAtEnd(step: Step | undefined): boolean {
  return step !== undefined && "onError" in step && step.onError === "failAtEnd";
}

/** A step failed for good: its part of the run begins nothing new. */
export function fail(draft: Draft, id: string): void {
  const part = draft.definition.partOf.get(id);
  if (part === undefined) draft.stopping = true;
  else draft.halted[part.id] = { stopping: true, because: draft.halted[part.id]?.because ?? null };
}

/** What failed is to be done again. What people ended stays ended. */
function goOnAgain(draft: Draft, id: string): void {
  draft.stopping = false;
  const part = draft.definition.partOf.get(id);
  const halt = part && draft.halted[part.id];
  if (part === undefined || halt === undefined) return;
  if (halt.because === null) delete draft.halted[part.id];
  else draft.halted[part.id] = { ...halt, stopping: false };
}

/**
 * Whether it was approved together with something before it that did not work out. People agreed to the one after the other,
 * not to the second alone: nobody is told that what they never heard of is over. What is taken back is taken back all the same.
 */
export function followsMishap({ definition, steps }: Draft, step: Step): boolean {
  const approval = definition.coveredBy.get(step.id);
  if (approval === undefined || ("always" in step && step.always)) return false;
  return worksBefore(definition, step.id).some((id) => {
    const { state, error } = steps[id] ?? {};
    return (
      definition.coveredBy.get(id) === approval && (state === "skipped" || state === "failed") && error !== undefined
    );
  });
}

/** A person wants the failed steps done again, with those that were stopped: new effects, so new approvals too. */
export function again(draft: Draft, only: string | undefined): void {
  const { definition, steps } = draft;
  const failed = definition.steps.filter(({ id }) => steps[id]?.state === "failed" && (only ?? id) === id);
  if (draft.run.phase !== "failed" || failed.length === 0) return;
  for (const { id } of failed) goOnAgain(draft, id);
  // Of what was ended only what could not be taken back is done again.
  const stopped = ({ id }: Step) => haltOf(draft, id) === null && steps[id]?.state === "cancelled";
  // What went on without a failed step follows it again.
  const late = followersOf(
    definition,
    failed.filter(failsAtEnd).map(({ id }) => id),
  );
  const anew = definition.steps.filter((step) => failed.includes(step) || stopped(step) || late.has(step.id));
  const approvals = anew.map((step) => definition.coveredBy.get(step.id));
  for (const { id } of definition.steps) {
    if (!approvals.includes(id) && !anew.some((step) => step.id === id)) continue;
    steps[id] = { state: "pending", generation: (steps[id]?.generation ?? 0) + 1, attempt: 0 };
  }
}
