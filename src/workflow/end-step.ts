import { formatDuration } from "../domain/duration.ts";
import { sha256 } from "../domain/json.ts";
import { expectId } from "./begin-step.ts";
import type { Draft, Failure, StepState } from "./plan-state.ts";
import { taskId, wishId } from "./plan-state.ts";
import type { Step, WorkStep } from "./schema.ts";
import { eventsOf } from "./schema.ts";

/** A try has failed: another is set, or the step is skipped, or the run stops. */
export function failStep(draft: Draft, step: WorkStep, was: StepState, error: Failure): void {
  const { generation, attempt } = was;
  if (error.retryable && !draft.stopping && attempt < (step.retry?.attempts ?? 1)) {
    const event = { type: "step.retry", step: step.id, generation };
    draft.commands.push({
      type: "timer",
      params: { id: `retry:${step.id}`, event, delayMs: retryDelayMs(step, draft.run.seed, was) },
    });
    draft.steps[step.id] = { state: "waiting", waitsFor: "retry", generation, attempt, error: error.message };
    return;
  }
  draft.steps[step.id] = {
    state: step.onError === "skip" ? "skipped" : "failed",
    generation,
    attempt,
    error: error.message,
  };
  if (step.onError !== "skip") draft.stopping = true;
  if (step.onError === "escalate") {
    const text = `“${step.id}” failed while trying to ${draft.run.title}: ${error.message}. Somebody has to look at it; the run can go on from there.`;
    draft.commands.push({
      type: "note",
      params: {
        id: `escalate:${wishId(step.id, was)}`,
        to: "thread",
        urgent: true,
        card: { text, link: `/runs/${draft.run.runId}` },
      },
    });
  }
}

/** Exponential, never over `maxBackoff`, and the upper half of it spread by a hash, so that many runs do not come back at once. */
function retryDelayMs(step: WorkStep, seed: string, state: StepState): number {
  const { backoff = 1000, factor = 2, maxBackoff = 60_000 } = step.retry ?? {};
  const full = Math.min(maxBackoff, backoff * factor ** (state.attempt - 1));
  const spread =
    Number.parseInt(sha256([seed, step.id, state.generation, state.attempt].join("\u0000")).slice(0, 8), 16) / 2 ** 32;
  return Math.round(full / 2 + (full / 2) * spread);
}

/** What a failed wait for an agent is called. */
export function tookTooLong(step: WorkStep): Failure {
  return { message: `it took longer than ${formatDuration(step.timeout ?? 0)}`, retryable: true };
}

/** Ends what waits for people, time, events or an agent. An effect on its way is only let go of when `everything` ends. */
export function stopSteps(draft: Draft, everything: boolean): void {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (was === undefined) continue;
    const effect = step.kind === "tool" && was.waitsFor !== "retry";
    const active = was.state === "running" || was.state === "waiting";
    if (everything ? active || was.state === "pending" : active && !effect) {
      if (active) letGo(draft, step, was);
      draft.steps[step.id] = { ...settled(was), state: "cancelled" };
    }
  }
}

/** Takes back what a step in progress has set up: its timers, expectation, gate or task. */
export function letGo(draft: Draft, step: Step, was: StepState): void {
  const { commands } = draft;
  if (was.waitsFor === "retry") commands.push({ type: "cancelTimer", params: { id: `retry:${step.id}` } });
  else if (step.kind === "approve")
    commands.push({
      type: "tell",
      params: { id: `withdraw:${wishId(step.id, was)}`, to: wishId(step.id, was), event: { type: "withdraw" } },
    });
  else if (step.kind === "wait") closeWait(draft, step);
  else if (step.kind === "agent") {
    commands.push({
      type: "tell",
      params: { id: `cancel:${taskId(step.id, was)}`, to: taskId(step.id, was), event: { type: "cancel" } },
    });
    closeTask(draft, step);
  }
}

/** Cancels a wait's timer and forgets what it expected. */
export function closeWait(draft: Draft, step: Extract<Step, { kind: "wait" }>): void {
  if (step.wait.for !== undefined) draft.commands.push({ type: "cancelTimer", params: { id: `wait:${step.id}` } });
  for (const [index] of eventsOf(step).entries())
    draft.commands.push({
      type: "tell",
      params: { id: expectId(step.id, index), to: "inbox", event: { type: "forget" } },
    });
}

/** Cancels the time limit of an agent's task. */
export function closeTask(draft: Draft, step: WorkStep): void {
  if (step.kind === "agent" && step.timeout !== undefined)
    draft.commands.push({ type: "cancelTimer", params: { id: `timeout:${step.id}` } });
}

/** The state without why it waits. */
export function settled({ waitsFor: _, ...rest }: StepState): StepState {
  return rest;
}
