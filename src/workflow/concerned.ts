import type { Draft, StepState } from "./plan-state.ts";
import { taskId, wishId } from "./plan-state.ts";
import type { Step, WorkStep } from "./schema.ts";

/** The step that an event is about and how it is, or neither where it is about none that waits for it. */
type Concerned<S extends Step> =
  | { readonly step: S; readonly was: StepState }
  | { readonly step: null; readonly was: null };
const nobody = { step: null, was: null } as const;

/** The tool step a result is about, if it is of this generation and the step is not settled. */
export function toolIn(
  draft: Draft,
  event: { readonly step: string; readonly generation: number },
): Concerned<WorkStep> {
  const step = draft.definition.byId.get(event.step);
  const was = draft.steps[event.step];
  if (step?.kind !== "tool" || was?.generation !== event.generation || !isUnsettled(was)) return nobody;
  return { step, was };
}

/** The agent step that has this task. */
export function taskIn(draft: Draft, task: string): Concerned<WorkStep> {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "agent" && was?.state === "running" && taskId(step.id, was) === task) return { step, was };
  }
  return nobody;
}

/** The agent step that asks people how it goes on, since whoever had this task last could not do it. */
export function helpFor(draft: Draft, task: string): Concerned<Extract<Step, { kind: "agent" }>> {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "agent" && was?.waitsFor === "help" && taskId(step.id, was) === task) return { step, was };
  }
  return nobody;
}

/** The approval that has this gate, settled or not. */
export function gateIn(draft: Draft, gate: string): Concerned<Extract<Step, { kind: "approve" }>> {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "approve" && was !== undefined && wishId(step.id, was) === gate) return { step, was };
  }
  return nobody;
}

/** Whether something can still become of it. */
export function isUnsettled(state: StepState | undefined): boolean {
  return state?.state === "pending" || state?.state === "running" || state?.state === "waiting";
}
