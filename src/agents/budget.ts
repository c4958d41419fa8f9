import type { Command } from "../domain/command.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { together } from "../workflow/index.ts";
import { deniedBy, takeBack } from "./calls.ts";
import { inItsPlace, questionMs } from "./limit.ts";
import type { Thinking } from "./specialist.ts";
import type { Progress, Talk, TaskContext, TaskEvent } from "./task.ts";
import { askingTool, type Raise, raiseTool, type TurnAnswered } from "./turn.ts";

type Talking = TaskContext & { readonly talk: Talk };
type Changed = Extract<TaskEvent, { type: "gate.superseded" }>;

/** The next answer may cost more than is left: people are asked whether to go on, unless they are being asked about this cap already. */
export function askForMore(
  specialist: Thinking,
  task: Talking,
  { cap, spentUsd, capUsd, needsUsd = 0, usd = 0, call }: Extract<TurnAnswered, { kind: "over-budget" }>,
): Progress {
  const needs = Math.ceil(needsUsd * 100) / 100;
  const raise: Raise = { scope: cap, usd: Math.max(specialist.model.budgetUsd, needs) };
  const { change: _, earlier = [], ...before } = task.talk;
  const over = { spentUsd, capUsd, needsUsd: needs };
  const talk: Talk = { ...before, usd: before.usd + usd, ...(call && { earlier: [...earlier, call] }), raise, over };
  return look({ ...task, talk, phase: "overBudget" }, raise);
}

/** Whether others are being asked about this cap: a question for each agent of a run would ask people the same over and over. */
function look(task: Talking, { scope }: Raise): Progress {
  const generation = (task.talk.looked ?? 0) + 1;
  const step = lookStep(task.talk);
  const params = { id: `${step}#${generation}`, step, generation, tool: askingTool, args: { scope }, gate: null };
  return {
    context: { ...task, talk: { ...task.talk, looked: generation } },
    commands: [{ type: "perform", params }],
  };
}

/** The question itself, waited for as long as the task has time. */
function ask(specialist: Thinking, task: Talking, raise: Raise): Progress {
  const { spentUsd = 0, capUsd = 0, needsUsd = 0 } = task.talk.over ?? {};
  const least = needsUsd === 0 ? "" : `, and its next answer may need ${usdText(needsUsd)} more`;
  const title = `Let the agent ${specialist.name} go on: ${usdText(spentUsd)} of ${usdText(capUsd)} of the model budget (${raise.scope}) are spent${least}`;
  return asked(specialist, task, raise, title);
}

/** Waits of 2, 4, 8, 16 and then 30 s while others are asked; as long as people would be waited for. */
function waitForOthers(specialist: Thinking, task: Talking): Progress {
  const { looked = 1, waits } = task.talk;
  const again: Command = {
    type: "timer",
    params: { id: "budget", event: { type: "budget.again" }, delayMs: Math.min(30_000, 1000 * 2 ** looked) },
  };
  const context = { ...task, talk: { ...task.talk, waits: true as const } };
  return { context, commands: waits ? [again] : [again, ...lateTimer(specialist, task)] };
}

/** What came of the look: nobody else is asked, others are, or it was turned down while this task was at work. */
function readAsking(output: Json): { readonly kind: string; readonly because: string } {
  const { kind, because } = (output ?? {}) as JsonObject;
  return { kind: String(kind), because: typeof because === "string" ? because : "Nobody raised it" };
}

/** Somebody who may allow it changed how much: that is what is asked now. */
function askForOther(specialist: Thinking, task: Talking, { change, vote }: Changed): Progress | null {
  const { raise, generation } = task.talk;
  const edits = change?.edits[stepOf(task.talk)];
  if (raise === null || change === undefined || edits === undefined) return null;
  const wanted = { ...raise, ...edits } as Raise;
  const all = together(task.talk.change, change);
  const talk: Talk = { ...task.talk, raise: wanted, change: all, generation: generation + 1 };
  const { barred, floor, changed: by = [] } = all;
  const title = `Let the model budget (${wanted.scope}) be ${usdText(wanted.usd)} more`;
  const more = { barred, floor, ...(by.length > 0 && { changed: by }), ...(vote !== undefined && { vote }) };
  return asked(specialist, { ...task, talk }, wanted, title, more);
}

/** The question, and its end where whoever gave the task set a time: what was not answered by then has expired for us. */
function asked(specialist: Thinking, task: Talking, raise: Raise, title: string, more: object = {}): Progress {
  const { generation } = task.talk;
  const gate = raiseGate(task.talk);
  const covers = [{ step: stepOf(task.talk), generation, tool: raiseTool, args: raise, tainted: [] }];
  const waitMs = questionMs(specialist, task);
  const until = waitMs === null ? "" : `. Unanswered for ${formatDuration(waitMs)}, ${inItsPlace}`;
  const open: Command = { type: "open", params: { id: gate, title: `${title}${until}`, covers, ...more } };
  return { context: task, commands: [open, ...lateTimer(specialist, task)] };
}

/** Says when nobody is waited for any more; nothing where the question may take as long as it lives. */
function lateTimer(specialist: Thinking, task: Talking): Command[] {
  const delayMs = questionMs(specialist, task);
  const gate = raiseGate(task.talk);
  return delayMs === null
    ? []
    : [{ type: "timer", params: { id: `late:${gate}`, event: { type: "gate.expired", gate }, delayMs } }];
}

/** What people answered about the budget: nothing yet, or more of it, or the model is of no more use. */
export type OnBudget =
  | ({ readonly kind: "waits" } & Progress)
  | { readonly kind: "raised"; readonly talk: Talk }
  | { readonly kind: "stop"; readonly because: string; readonly commands: readonly Command[] };

export function hearOfBudget(specialist: Thinking, task: Talking, event: TaskEvent): OnBudget {
  const { talk } = task;
  const { generation } = talk;
  const step = stepOf(talk);
  const gate = raiseGate(talk);
  const stop = (because: string): OnBudget => ({ kind: "stop", because, commands: [] });
  const waits = (next: Partial<Progress> = {}): OnBudget => ({ kind: "waits", context: task, commands: [], ...next });
  const { raise } = talk;
  if (event.type === "budget.again") return waits(raise === null || !talk.waits ? {} : look(task, raise));
  if ("step" in event && event.step === lookStep(talk)) {
    if (raise === null || !("generation" in event) || event.generation !== talk.looked) return waits();
    if (event.type === "effect.inDoubt") return waits();
    const found = event.type === "effect.done" ? readAsking(event.output) : null;
    if (found?.kind === "asked") return waits(waitForOthers(specialist, task));
    if (found?.kind === "turned-down") return stop(found.because);
    if (!talk.waits) return waits(ask(specialist, task, raise));
    // Those who were asked may have allowed it meanwhile: there may be room now.
    const { waits: _, ...before } = talk;
    return { kind: "raised", talk: { ...before, raise: null, generation: generation + 1 } };
  }
  if ("gate" in event && event.gate === gate) {
    if (event.type === "gate.denied") return stop(deniedBy(event.by, event.reason));
    if (event.type === "gate.superseded") {
      const other = askForOther(specialist, task, event);
      return other === null ? stop("What was to be allowed changed after it was approved") : waits(other);
    }
    if (event.type === "gate.expired")
      return talk.raising
        ? waits()
        : { kind: "stop", because: "Nobody raised it in time", commands: [takeBack(gate, inItsPlace)] };
    if (event.type === "gate.opened" || talk.raise === null) return waits();
    const params = { id: `${step}#${generation}`, step, generation, tool: raiseTool, args: talk.raise, gate };
    return waits({
      context: { ...task, talk: { ...talk, raising: true } },
      commands: [{ type: "perform", params }],
    });
  }
  if (talk.raising && "step" in event && event.step === step) {
    const { raising: _, ...before } = talk;
    if (event.type === "effect.done")
      return { kind: "raised", talk: { ...before, raise: null, generation: generation + 1 } };
    if (event.type === "effect.failed") return stop(event.error.message);
  }
  return waits();
}

/** The question that is open about the budget, by its id. */
export function raiseGate(talk: Talk): string {
  return `${stepOf(talk)}?${talk.generation}`;
}

function lookStep(talk: Talk): string {
  return `asking-${talk.turns.length + 1}`;
}

function stepOf(talk: Talk): string {
  return `raise-${talk.turns.length + 1}`;
}

function usdText(usd: number): string {
  return `${usd.toFixed(2)} USD`;
}
