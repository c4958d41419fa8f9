import { retryTimer } from "../domain/command.ts";
import { formatDuration } from "../domain/duration.ts";
import { type Json, sha256 } from "../domain/json.ts";
import { expectId, settled } from "./begin-step.ts";
import { nameIn, worksBefore } from "./definition.ts";
import { fail, failsAtEnd, haltOf, isOnItsWay, isPassed } from "./halt.ts";
import { askForHelp, endHelp, handOver } from "./hand-over.ts";
import type { Draft, Failure, StepState } from "./plan-state.ts";
import { draftScope, taskId, wishId } from "./plan-state.ts";
import { closeRepeat, looked } from "./repeat.ts";
import { worded } from "./say.ts";
import type { Step, WorkStep } from "./schema.ts";
import { eventsOf } from "./schema.ts";

/** A step has come to its result; one that repeats to that of a look. */
export function finish(draft: Draft, step: Step, was: StepState, output: Json): void {
  const { generation, attempt, by } = was;
  if ("repeat" in step && step.repeat !== undefined && haltOf(draft, step.id) === null)
    looked(draft, step, was, output);
  else draft.steps[step.id] = { state: "done", generation, attempt, ...(by !== undefined && { by }), output };
}

/** What a wait was for has come. A `generation` that is not the present one is no longer waited for. */
export function endWait(draft: Draft, id: string, generation: number | null, output: Json): void {
  const step = draft.definition.byId.get(id);
  const was = draft.steps[id];
  if (step?.kind !== "wait" || was?.state !== "waiting" || (generation !== null && was.generation !== generation))
    return;
  finish(draft, step, was, output);
  closeWait(draft, step);
}

/** A try has failed: another is set, or the step is skipped, or the run stops. */
export function failStep(draft: Draft, step: WorkStep, was: StepState, error: Failure): void {
  const { generation, attempt } = was;
  const halt = haltOf(draft, step.id);
  if (step.repeat !== undefined && halt === null) {
    looked(draft, step, was, null);
    return;
  }
  const wanted = halt === null || (halt.because !== null && step.always === true);
  if (error.retryable && wanted && halt?.stopping !== true && attempt < (step.retry?.attempts ?? 1)) {
    const event = { type: "step.retry", step: step.id, generation };
    draft.commands.push({
      type: "timer",
      params: { id: retryTimer(step.id), event, delayMs: retryDelayMs(step, draft.run.seed, was) },
    });
    draft.steps[step.id] = { ...was, state: "waiting", waitsFor: "retry", error: error.message };
    return;
  }
  if (step.kind === "agent" && halt === null && error.ended !== true) {
    if (handOver(draft, step, was, error)) return;
    if (step.onError === "escalate") {
      askForHelp(draft, step, was, error);
      return;
    }
  }
  draft.steps[step.id] = {
    state: step.onError === "skip" ? "skipped" : "failed",
    generation,
    attempt,
    error: error.message,
  };
  // What people ended has ended: a failure does not keep what takes something back from running.
  const ended = halt !== null && halt.because !== null;
  if (step.onError !== "skip" && !failsAtEnd(step) && !ended) fail(draft, step.id);
  if (step.onError === "escalate" && wanted) {
    const text = `“${nameIn(draft.definition, step.id)}” failed while trying to ${draft.run.title}: ${error.message}. Somebody has to look at it; the run can go on from there.`;
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

/** Ends the run for good; `because` is the sentence for whoever asked. */
export function stopRun(draft: Draft, because: string): void {
  draft.because ??= because;
  draft.stopping = false;
  leaveInDoubt(draft);
  stopSteps(draft, true);
}

/** Ends the part of the run that a step belongs to, and the parts that wait for it; a run that has no parts ends whole. */
export function stopPart(draft: Draft, id: string, because: string): void {
  const part = draft.definition.partOf.get(id);
  if (part === undefined) {
    stopRun(draft, because);
    return;
  }
  const waiting = (draft.definition.parts ?? []).filter(({ waitsFor }) => waitsFor.includes(part.id));
  for (const { id: ended } of [part, ...waiting]) {
    draft.halted[ended] = { stopping: false, because: draft.halted[ended]?.because ?? because };
    leaveInDoubt(draft, ended);
    stopSteps(draft, true, ended);
  }
}

/**
 * Ends what waits for people, time, events or an agent, in the run or in one part of it. An effect on its way is only let go
 * of when `everything` ends, and not even then when a step that always runs would take back what it does.
 */
export function stopSteps(draft: Draft, everything: boolean, part?: string): void {
  const kept = everything ? takingBack(draft) : new Set<string>();
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (was === undefined || kept.has(step.id)) continue;
    if (part !== undefined && draft.definition.partOf.get(step.id)?.id !== part) continue;
    const effect = step.kind === "tool" && was.waitsFor !== "retry" && was.waitsFor !== "look";
    const active = was.state === "running" || was.state === "waiting";
    if (everything ? active || was.state === "pending" : active && !effect) {
      if (active) letGo(draft, step, was);
      draft.steps[step.id] = { ...settled(was), state: everything ? stoppedAs(step, was) : "cancelled" };
    }
  }
}

/** Nobody has to say any more whether these happened. What takes them back runs, in case they did; itself it can be done again. */
function leaveInDoubt(draft: Draft, part?: string): void {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (was?.state !== "waiting" || was.waitsFor !== "answer") continue;
    if (part !== undefined && draft.definition.partOf.get(step.id)?.id !== part) continue;
    closeRepeat(draft, step);
    draft.steps[step.id] =
      "always" in step && step.always
        ? { ...settled(was), state: "failed", error: "nobody knows whether it happened" }
        : { ...was, state: "cancelled" };
  }
}

/** A step that need not work and waits for its next try has not worked: what it was tried for may follow it. */
function stoppedAs(step: Step, was: StepState): StepState["state"] {
  if (was.waitsFor !== "retry" || !("onError" in step)) return "cancelled";
  return step.onError === "skip" ? "skipped" : failsAtEnd(step) ? "failed" : "cancelled";
}

/** Steps that always run and have something to take back, and the effects on their way that they would take back. */
function takingBack(draft: Draft): Set<string> {
  const { definition, steps } = draft;
  const kept = new Set<string>();
  for (const step of definition.steps) {
    const state = steps[step.id]?.state ?? "done";
    if (!("always" in step) || !["pending", "running", "waiting"].includes(state)) continue;
    const before = worksBefore(definition, step.id);
    if (!before.every((id) => hasBegun(steps[id])) || !leavesSomething(draft, before)) continue;
    for (const id of before) if (isOnItsWay(steps[id])) kept.add(id);
    kept.add(step.id);
  }
  return kept;
}

function hasBegun(state: StepState | undefined): boolean {
  return state !== undefined && state.state !== "pending" && (state.state !== "cancelled" || state.attempt > 0);
}

/** Whether any of this was done, may have been, or need not work. What else was only tried leaves nothing behind. */
function leavesSomething({ definition, steps }: Draft, works: readonly string[]): boolean {
  const were = works.map((id) => steps[id]);
  if (were.some((was) => was?.state === "done" || was?.waitsFor === "answer" || (was?.looks ?? 0) > 0)) return true;
  return works.every((id) => {
    const step = definition.byId.get(id);
    const was = steps[id];
    const dropped = step !== undefined && was !== undefined && stoppedAs(step, was) !== "cancelled";
    return isOnItsWay(was) || dropped || isPassed({ definition, steps }, id);
  });
}

/** Takes back what a step in progress has set up: its timers, expectation, gate or task. */
export function letGo(draft: Draft, step: Step, was: StepState): void {
  const { commands } = draft;
  closeRepeat(draft, step);
  if (was.waitsFor === "look") return;
  if (was.waitsFor === "help" && step.kind === "agent") {
    endHelp(draft, step, was);
    return;
  }
  if (was.waitsFor === "retry") commands.push({ type: "cancelTimer", params: { id: retryTimer(step.id) } });
  else if (step.kind === "approve") withdraw(draft, step, was, overBecause(draft, step));
  else if (step.kind === "wait") closeWait(draft, step);
  else if (step.kind === "agent") {
    commands.push({
      type: "tell",
      params: { id: `cancel:${taskId(step.id, was)}`, to: taskId(step.id, was), event: { type: "cancel" } },
    });
    closeTask(draft, step);
  }
}

/** Takes a question back that nobody needs to answer any more. */
export function withdraw(draft: Draft, step: Step, was: StepState, because: string): void {
  const gate = wishId(step.id, was);
  const event = { type: "withdraw", because };
  draft.commands.push({ type: "tell", params: { id: `withdraw:${gate}`, to: gate, event } });
}

/** Why nobody needs to answer any more: "Cara cancelled it". */
function overBecause(draft: Draft, step: Extract<Step, { kind: "approve" }>): string {
  if (draft.because !== null) return draft.because.replace(/^Stopped: /, "").replace(/\.$/, "");
  if (draft.stopping) return "the run failed before anybody had decided";
  return worded(step.approve.withdrawn ?? "", draftScope(draft)) || "it is not needed any more";
}

/** Cancels a wait's timer and forgets what it expected. */
function closeWait(draft: Draft, step: Extract<Step, { kind: "wait" }>): void {
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
