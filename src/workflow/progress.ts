import type { Command } from "../domain/command.ts";
import { beginStep, tryStep } from "./begin-step.ts";
import type { Definition } from "./definition.ts";
import { closeTask, closeWait, failStep, letGo, settled, stopSteps, tookTooLong } from "./end-step.ts";
import { taskId, wishId } from "./plan-state.ts";
import type { Draft, Phase, PlanContext, PlanEvent, StepState } from "./plan-state.ts";
import type { Json } from "../domain/json.ts";
import type { Step, WorkStep } from "./schema.ts";
import { cancelledBecause, deniedBecause, expiredBecause, replyOf, statusOf } from "./sentences.ts";

/**
 * One event in the life of a run: what it becomes, and what it asks for. Pure: the same run and event always give the same.
 * Results of older generations, of steps that are settled and of runs that have ended change nothing.
 */
export function progress(definition: Definition, run: PlanContext, event: PlanEvent): { readonly context: PlanContext; readonly commands: readonly Command[] } {
  if (run.phase === "completed" || run.phase === "cancelled" || (run.phase === "failed" && event.type !== "again" && event.type !== "cancel")) return { context: run, commands: [] };
  const draft: Draft = { definition, run, steps: { ...run.steps }, commands: [], stopping: run.stopping, because: null };
  take(draft, event);
  if (draft.because === null) goOn(draft);
  const { because: _, ...rest } = run;
  const context: PlanContext = { ...rest, steps: draft.steps, stopping: draft.stopping, phase: phaseOf(draft), ...(draft.because === null ? {} : { because: draft.because }) };
  return { context, commands: [...draft.commands, ...notesOf(definition, run, context)] };
}

function take(draft: Draft, event: PlanEvent): void {
  switch (event.type) {
    case "begin":
    case "gate.opened": return;
    case "effect.done": return onTool(draft, event, (step, was) => {
      if (was.state === "pending" && was.attempt === 0) return;
      if (was.waitsFor === "retry") letGo(draft, step, was);
      finish(draft, step, was, event.output);
    });
    case "effect.failed": return onTool(draft, event, (step, was) => {
      if (was.state === "running" || was.waitsFor === "answer") failStep(draft, step, was, event.error);
    });
    case "effect.inDoubt": return onTool(draft, event, (step, was) => {
      if (was.state === "running") draft.steps[step.id] = { ...was, state: "waiting", waitsFor: "answer" };
    });
    case "gate.waived": return onGate(draft, event.gate, (step, was) => finish(draft, step, was, { waived: event.policy ?? true }));
    case "gate.approved": return onGate(draft, event.gate, (step, was) => finish(draft, step, was, { by: event.by }));
    case "gate.denied": return onGate(draft, event.gate, () => stop(draft, deniedBecause(event.by, event.reason), event.gate));
    case "gate.expired": return onGate(draft, event.gate, () => stop(draft, expiredBecause(draft.definition, draft), event.gate));
    case "gate.superseded": return askAgain(draft, event.gate);
    case "task.done": return onTask(draft, event.task, (step, was) => (closeTask(draft, step), finish(draft, step, was, event.output)));
    case "task.failed": return onTask(draft, event.task, (step, was) => (closeTask(draft, step), failStep(draft, step, was, event.error)));
    case "expected": return onWait(draft, event.id.replace(/^expect:/, ""), (step, was) => finish(draft, step, was, { because: "event", by: event.by, params: event.params }));
    case "wait.over": return onWait(draft, event.step, (step, was) => {
      if (was.generation === event.generation) finish(draft, step, was, { because: "time" });
    });
    case "step.retry": return retry(draft, event.step, event.generation);
    case "step.timeout": {
      const step = draft.definition.byId.get(event.step);
      const was = draft.steps[event.step];
      if (step?.kind !== "agent" || was?.state !== "running" || was.generation !== event.generation || was.attempt !== event.attempt) return;
      letGo(draft, step, was);
      return failStep(draft, step, was, tookTooLong(step));
    }
    case "cancel": return stop(draft, cancelledBecause(event.by, event.reason ?? ""), null);
    case "again": return again(draft, event.step);
  }
}

function onTool(draft: Draft, event: { step: string; generation: number }, take: (step: WorkStep, was: StepState) => void): void {
  const step = draft.definition.byId.get(event.step);
  const was = draft.steps[event.step];
  if (step?.kind === "tool" && was?.generation === event.generation && ["pending", "running", "waiting"].includes(was.state)) take(step, was);
}

function onGate(draft: Draft, gate: string, take: (step: Step, was: StepState) => void): void {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "approve" && was?.state === "waiting" && wishId(step.id, was) === gate) return take(step, was);
  }
}

function onTask(draft: Draft, task: string, take: (step: WorkStep, was: StepState) => void): void {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "agent" && was?.state === "running" && taskId(step.id, was) === task) return take(step, was);
  }
}

function onWait(draft: Draft, id: string, take: (step: Step, was: StepState) => void): void {
  const step = draft.definition.byId.get(id);
  const was = draft.steps[id];
  if (step?.kind !== "wait" || was?.state !== "waiting") return;
  take(step, was);
  if (draft.steps[id]?.state === "done") closeWait(draft, step);
}

function finish(draft: Draft, step: Step, { generation, attempt }: StepState, output: Json): void {
  draft.steps[step.id] = { state: "done", generation, attempt, output };
}

function retry(draft: Draft, id: string, generation: number): void {
  const step = draft.definition.byId.get(id);
  const was = draft.steps[id];
  if ((step?.kind === "tool" || step?.kind === "agent") && was?.waitsFor === "retry" && was.generation === generation)
    draft.steps[id] = tryStep(draft, step, { ...settled(was), attempt: was.attempt + 1 });
}

/** Ends the run early. The gate that ended it needs no withdrawing. */
function stop(draft: Draft, because: string, gate: string | null): void {
  draft.because = because;
  if (gate !== null) onGate(draft, gate, (step, was) => (draft.steps[step.id] = { ...was, state: "cancelled" }));
  stopSteps(draft, true);
}

/** What was to be approved has changed: what it covers waits for a new gate. */
function askAgain(draft: Draft, gate: string): void {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind !== "approve" || was === undefined || wishId(step.id, was) !== gate || (was.state !== "waiting" && was.state !== "done")) continue;
    const open = step.approve.covers.filter((id) => ["pending", "running", "waiting"].includes(draft.steps[id]?.state ?? ""));
    if (open.length === 0) return;
    for (const id of open) {
      const covered = draft.definition.byId.get(id);
      const state = draft.steps[id];
      if (covered === undefined || state === undefined) continue;
      if (state.waitsFor === "retry") letGo(draft, covered, state);
      draft.steps[id] = { ...settled(state), state: "pending" };
    }
    draft.steps[step.id] = { state: "pending", generation: was.generation + 1, attempt: 0 };
  }
}

/** A person wants the failed steps done again, and those that were stopped with them: new generations, so new effects, and new approvals for those that need one. */
function again(draft: Draft, only: string | undefined): void {
  const failed = draft.definition.steps.filter((step) => draft.steps[step.id]?.state === "failed" && (only === undefined || step.id === only));
  if (draft.run.phase !== "failed" || failed.length === 0) return;
  draft.stopping = false;
  const anew = draft.definition.steps.filter((step) => failed.includes(step) || draft.steps[step.id]?.state === "cancelled").map((step) => step.id);
  const approvals = anew.map((id) => draft.definition.coveredBy.get(id));
  for (const [id, step] of Object.entries(draft.steps)) {
    if (anew.includes(id) || approvals.includes(id)) draft.steps[id] = { state: "pending", generation: step.generation + 1, attempt: 0 };
  }
}

/** Begins every step that can begin, until no more can; a step failed for good stops what else waits. */
function goOn(draft: Draft): void {
  for (let moved = true; moved; ) {
    moved = false;
    if (draft.stopping) return stopSteps(draft, false);
    for (const step of draft.definition.steps) {
      const was = draft.steps[step.id];
      if (draft.stopping || was?.state !== "pending" || !isReady(draft, step.id)) continue;
      draft.steps[step.id] = beginStep(draft, step, was);
      moved = true;
    }
  }
}

function isReady(draft: Draft, id: string): boolean {
  return (draft.definition.after.get(id) ?? []).every((other) => ["done", "skipped"].includes(draft.steps[other]?.state ?? ""));
}

function phaseOf(draft: Draft): Phase {
  if (draft.because !== null) return "cancelled";
  const states = Object.values(draft.steps).map((step) => step.state);
  if (states.includes("running")) return "running";
  if (states.includes("waiting")) return "waiting";
  return states.includes("failed") ? "failed" : "completed";
}

function notesOf(definition: Definition, before: PlanContext, after: PlanContext): Command[] {
  const link = `/runs/${after.runId}`;
  const status = statusOf(definition, after);
  const changed = before.phase === "pending" || status !== statusOf(definition, before);
  const ended = after.phase !== before.phase && ["completed", "failed", "cancelled"].includes(after.phase);
  return [
    ...(changed ? [{ type: "note", params: { id: "status", to: "thread", card: { text: status, link } } } as const] : []),
    ...(ended ? [{ type: "note", params: { id: "reply", to: "thread", card: { text: replyOf(definition, after), link } } } as const] : []),
  ];
}
