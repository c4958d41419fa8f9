import { isPointless, passOver } from "./begin-step.ts";
import { isUnsettled } from "./concerned.ts";
import { endWait, letGo } from "./end-step.ts";
import type { Draft, StepState } from "./plan-state.ts";
import { draftScope } from "./plan-state.ts";
import { endMet } from "./repeat.ts";
import type { Step } from "./schema.ts";

/** Ends what something has made pointless: waits, questions and further looks; true when there was one. */
export function endPointless(draft: Draft): boolean {
  const waits = endWaits(draft);
  const gates = endGates(draft);
  return endMet(draft) || gates || waits;
}

function endGates(draft: Draft): boolean {
  const scope = draftScope(draft);
  const pointless = draft.definition.steps.filter(
    (step): step is Extract<Step, { kind: "approve" }> =>
      step.kind === "approve" && draft.steps[step.id]?.state === "waiting" && isPointless(step, scope),
  );
  for (const step of pointless) {
    const was = draft.steps[step.id] as StepState;
    letGo(draft, step, was);
    draft.steps[step.id] = passOver(draft, step, was, { because: "unless" });
  }
  return pointless.length > 0;
}

function endWaits(draft: Draft): boolean {
  const pointless = draft.definition.steps.filter((step) => {
    if (step.kind !== "wait" || step.wait.until === undefined || draft.steps[step.id]?.state !== "waiting")
      return false;
    return !isUnsettled(draft.steps[step.wait.until]);
  });
  for (const { id } of pointless) endWait(draft, id, null, { because: "until" });
  return pointless.length > 0;
}
