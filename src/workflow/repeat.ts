import type { Json, JsonObject } from "../domain/json.ts";
import { holds } from "./conditions.ts";
import type { Draft, StepState } from "./plan-state.ts";
import { draftScope } from "./plan-state.ts";
import type { Step, WorkStep } from "./schema.ts";

/** What a step that repeats has come to: what it saw last, how often it has looked, and whether what it waits for holds. */
type Looked = {
  readonly last: Json;
  readonly looks: number;
  readonly met: boolean;
  /** It was ended by what the run was told between two looks, not by what it saw. */
  readonly early?: true;
};

/** How long it may go on is measured from here. */
export function beginRepeat(draft: Draft, step: WorkStep): void {
  if (step.repeat === undefined) return;
  const event = { type: "repeat.over", step: step.id };
  draft.commands.push({ type: "timer", params: { id: overId(step.id), event, delayMs: step.repeat.atMost } });
}

/** A look has seen something (null: it failed). It was the last one, or another is set. */
export function looked(draft: Draft, step: WorkStep, was: StepState, last: Json): void {
  const { repeat } = step;
  if (repeat === undefined) return;
  const looks = (was.looks ?? 0) + 1;
  const { generation, attempt, by } = was;
  const had = by !== undefined && { by };
  const waiting = { state: "waiting", waitsFor: "look", generation, attempt, ...had, looks } as const;
  draft.steps[step.id] = { ...waiting, output: { last, looks, met: false } satisfies Looked };
  if (isMet(draft, step)) endRepeat(draft, step, true);
  else {
    const event = { type: "step.repeat", step: step.id, generation };
    draft.commands.push({ type: "timer", params: { id: againId(step.id), event, delayMs: repeat.every } });
  }
}

/** Ends those that wait for their next look and need none, because of what the run was told meanwhile; true when there was one. */
export function endMet(draft: Draft): boolean {
  const met = draft.definition.steps.filter(
    (step): step is WorkStep =>
      "repeat" in step &&
      step.repeat !== undefined &&
      draft.steps[step.id]?.waitsFor === "look" &&
      isMet(draft, step as WorkStep),
  );
  for (const step of met) endRepeat(draft, step, true, { early: true });
  return met.length > 0;
}

/** It is over, whether what it waits for holds or not. */
export function endRepeat(draft: Draft, step: WorkStep, met: boolean, how: Pick<Looked, "early"> = {}): void {
  const was = draft.steps[step.id];
  if (was === undefined) return;
  const { last = null } = (was.output ?? {}) as Partial<Looked>;
  const { generation, attempt, by, looks = 0 } = was;
  const had = by !== undefined && { by };
  const output = { last, looks, met, ...how } satisfies Looked;
  draft.steps[step.id] = { state: "done", generation, attempt, ...had, output };
  closeRepeat(draft, step);
}

/** Cancels its timers. */
export function closeRepeat(draft: Draft, step: Step): void {
  if (!("repeat" in step) || step.repeat === undefined) return;
  for (const id of [againId(step.id), overId(step.id)]) draft.commands.push({ type: "cancelTimer", params: { id } });
}

function isMet(draft: Draft, { repeat }: WorkStep): boolean {
  return repeat !== undefined && holds(repeat.until as JsonObject, draftScope(draft));
}

const againId = (step: string): string => `repeat:${step}`;
const overId = (step: string): string => `repeat-over:${step}`;
