import { formatDuration } from "../domain/duration.ts";
import { type Json, sha256 } from "../domain/json.ts";
import { expectId, settled } from "./begin-step.ts";
import { type Definition, nameIn, type Part, worksBefore } from "./definition.ts";
import { fail, failsAtEnd, haltOf, isPassed } from "./halt.ts";
import { askForHelp, endHelp, handOver } from "./hand-over.ts";
import type { Draft, Failure, StepState } from "./plan-state.ts";
import { draftScope, taskId, wishId } from "./plan-state.ts";
import { closeRepeat, looked } from "./repeat.ts";
import { worded } from "./say.ts";
import type { Step, WorkStep } from "./schema.ts";
import { eventsOf } from "./schema.ts";

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
      params: { id: `retry:${step.id}`, event, delayMs: retryDelayMs(step, draft.run.seed, was) },
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
  if (step.onError !== "skip" && !failsAtEnd(step)) fail(draft, step.id);
  if (step.onError === "escalate") {
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
    stopSteps(draft, true, ended);
  }
}

/**
 * Whether the part of this step may not begin, because of one it waits for. Where that has done nothing of what people were to
 * approve in it, it ends, with its own last word, and with it all that wait for it. Where people turned down some of that, it goes
 * on as its workflow says, but nothing follows it.
 */
export function stopIdle(draft: Draft, id: string): boolean {
  const { definition, steps, halted } = draft;
  const waitsFor = definition.partOf.get(id)?.waitsFor ?? [];
  const before = (definition.parts ?? []).filter((part) => waitsFor.includes(part.id) && halted[part.id] === undefined);
  const idle = before.find((part) => {
    const acts = actsOf(definition, part);
    return acts.length > 0 && !acts.some((act) => steps[act]?.state === "done");
  });
  if (idle !== undefined) {
    stopPart(draft, idle.steps[0] ?? "", worded(idle.reply ?? "", draftScope(draft)) || "Nothing was done.");
    return true;
  }
  if (!before.some((part) => actsOf(definition, part).some((act) => isTurnedDown(draft, act)))) return false;
  stopPart(draft, id, "not begun, because not all of what comes before it was approved.");
  return true;
}

/** What a part does that people are asked about. */
function actsOf({ byId, coveredBy }: Definition, part: Part): readonly string[] {
  return part.steps.filter((id) => {
    const step = byId.get(id);
    return coveredBy.has(id) && step?.kind === "tool" && step.always !== true;
  });
}

function isTurnedDown({ definition, steps }: Draft, id: string): boolean {
  const { because } = (steps[definition.coveredBy.get(id) ?? ""]?.output ?? {}) as { readonly because?: Json };
  return steps[id]?.state === "skipped" && (because === "denied" || because === "expired");
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
      draft.steps[step.id] = { ...settled(was), state: "cancelled" };
    }
  }
}

/** Steps that always run and have something to take back, and the effects on their way that they would take back. */
function takingBack({ definition, steps }: Draft): Set<string> {
  const kept = new Set<string>();
  for (const step of definition.steps) {
    const state = steps[step.id]?.state ?? "done";
    if (!("always" in step) || !["pending", "running", "waiting"].includes(state)) continue;
    const before = worksBefore(definition, step.id);
    if (!before.every((id) => steps[id]?.state === "running" || isPassed({ definition, steps }, id))) continue;
    for (const id of before) if (steps[id]?.state === "running") kept.add(id);
    kept.add(step.id);
  }
  return kept;
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
  if (was.waitsFor === "retry") commands.push({ type: "cancelTimer", params: { id: `retry:${step.id}` } });
  else if (step.kind === "approve") {
    const event = { type: "withdraw", because: overBecause(draft, step) };
    commands.push({
      type: "tell",
      params: { id: `withdraw:${wishId(step.id, was)}`, to: wishId(step.id, was), event },
    });
  } else if (step.kind === "wait") closeWait(draft, step);
  else if (step.kind === "agent") {
    commands.push({
      type: "tell",
      params: { id: `cancel:${taskId(step.id, was)}`, to: taskId(step.id, was), event: { type: "cancel" } },
    });
    closeTask(draft, step);
  }
}

/** Why nobody needs to answer any more: "Cara cancelled it". */
function overBecause(draft: Draft, step: Extract<Step, { kind: "approve" }>): string {
  if (draft.because !== null) return draft.because.replace(/^Stopped: /, "").replace(/\.$/, "");
  if (draft.stopping) return "the run failed before anybody had decided";
  return worded(step.approve.withdrawn ?? "", draftScope(draft)) || "it is not needed any more";
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
