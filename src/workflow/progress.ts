import type { Card } from "../domain/card.ts";
import type { Command } from "../domain/command.ts";
import type { Audiences } from "./audience.ts";
import { beginStep } from "./begin-step.ts";
import { stopIdle } from "./between-parts.ts";
import { type Definition, worksBefore } from "./definition.ts";
import { stopSteps } from "./end-step.ts";
import { haltOf, isOnItsWay, isPassed } from "./halt.ts";
import { hear } from "./hear.ts";
import { type Draft, type Phase, type PlanContext, type PlanEvent, readersOf, type Trusted } from "./plan-state.ts";
import { endPointless } from "./pointless.ts";
import { replyOf, statusOf } from "./sentences.ts";
import { closeCards } from "./shown.ts";

/** What a run becomes, and what it asks for. */
export interface Progress {
  readonly context: PlanContext;
  readonly commands: readonly Command[];
}

/**
 * One event in the life of a run. Pure: the same run and event always give the same. Results of older generations, of
 * steps that are settled and of runs that have ended change nothing. `trusted` says which tools' answers came from nowhere else,
 * `audiences` where no step writes by itself.
 */
export function progress(
  definition: Definition,
  run: PlanContext,
  event: PlanEvent,
  trusted: Trusted = () => false,
  audiences: Audiences = new Map(),
): Progress {
  if (hasEnded(run, event)) return { context: run, commands: [] };
  const draft: Draft = {
    definition,
    run,
    steps: { ...run.steps },
    commands: [],
    trusted,
    audiences,
    event: run.event ?? null,
    stopping: run.stopping,
    because: run.because ?? null,
    halted: { ...run.halted },
    changes: run.changes ?? {},
    vote: null,
  };
  hear(draft, event);
  goOn(draft);
  const phase = phaseOf(draft);
  if (phase === "cancelled" && draft.because !== null) closeCards(draft, draft.because);
  const { because: _, halted: __, ...rest } = run;
  const context: PlanContext = {
    ...rest,
    steps: draft.steps,
    stopping: draft.stopping,
    phase,
    ...(draft.because === null ? {} : { because: draft.because }),
    ...(Object.keys(draft.halted).length === 0 ? {} : { halted: draft.halted }),
    ...(draft.event === null ? {} : { event: draft.event }),
    ...(Object.keys(draft.changes).length === 0 ? {} : { changes: draft.changes }),
  };
  return { context, commands: [...draft.commands, ...notesOf(definition, run, context)] };
}

function hasEnded(run: PlanContext, event: PlanEvent): boolean {
  if (run.phase === "failed") return event.type !== "again" && event.type !== "cancel";
  return run.phase === "completed" || run.phase === "cancelled";
}

/** Begins every step that can begin, until no more can; a step that failed for good stops what else waits. */
function goOn(draft: Draft): void {
  stopEnded(draft);
  for (let moved = true; moved && !draft.stopping; ) {
    moved = endPointless(draft);
    for (const step of draft.definition.steps) {
      const was = draft.steps[step.id];
      if (was?.state !== "pending" || haltOf(draft, step.id)?.stopping || !isReady(draft, step.id)) continue;
      moved = true;
      if (haltOf(draft, step.id) === null && stopIdle(draft, step.id)) continue;
      draft.steps[step.id] = beginStep(draft, step, was);
    }
  }
  if (draft.stopping) stopSteps(draft, draft.because !== null);
  for (const [part, { stopping, because }] of Object.entries(draft.halted))
    if (stopping) stopSteps(draft, because !== null, part);
}

/** What people ended takes back only what is there: an effect that was waited for may have failed since. */
function stopEnded(draft: Draft): void {
  if (draft.because !== null) stopSteps(draft, true);
  for (const [part, { because }] of Object.entries(draft.halted)) if (because !== null) stopSteps(draft, true, part);
}

function isReady(draft: Draft, id: string): boolean {
  // After a stop only steps that take something back are left: they wait for what is on its way, and for nothing else.
  if (haltOf(draft, id) !== null)
    return worksBefore(draft.definition, id).every((other) => !isOnItsWay(draft.steps[other]));
  return (draft.definition.after.get(id) ?? []).every((other) => isPassed(draft, other));
}

function phaseOf(draft: Draft): Phase {
  const states = Object.values(draft.steps).map((step) => step.state);
  if (draft.because !== null) {
    if (states.includes("running") || states.includes("waiting")) return "compensating";
    const left = draft.definition.steps.some((step) => "always" in step && draft.steps[step.id]?.state === "failed");
    return left ? "failed" : "cancelled";
  }
  if (states.includes("running")) return "running";
  if (states.includes("waiting")) return "waiting";
  if (states.includes("failed")) return "failed";
  return Object.keys(draft.halted).length > 0 ? "cancelled" : "completed";
}

/** The status when it says something new, and the reply when the run has ended. */
function notesOf(definition: Definition, before: PlanContext, after: PlanContext): Command[] {
  const note = (id: string, text: string, more: Pick<Card, "mark" | "last">): Command => {
    const card = { text, link: `/runs/${after.runId}`, ...more };
    return { type: "note", params: { id, to: "thread", card, ...readersOf(definition, after) } };
  };
  const mark = {
    completed: "done",
    failed: "failed",
    cancelled: "failed",
    running: "taken",
    compensating: "taken",
    waiting: "taken",
    pending: "taken",
  } as const;
  const status = statusOf(definition, after);
  const isNew = !definition.alone && (before.phase === "pending" || status !== statusOf(definition, before));
  const ended = after.phase !== before.phase && ["completed", "failed", "cancelled"].includes(after.phase);
  return [
    ...(isNew ? [note("status", status, { mark: mark[after.phase] })] : []),
    ...(ended && !isSaid(definition, after) ? [note("reply", replyOf(definition, after), { last: true })] : []),
  ];
}

/** Whether the last word stands in the thread already: in a message of the run itself. */
function isSaid({ steps, parts }: Definition, { phase, steps: states }: PlanContext): boolean {
  if (phase !== "completed" || parts !== undefined) return false;
  return steps.some((step) => step.kind === "notify" && step.notify.last && states[step.id]?.state === "done");
}
