import { roughly } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { isPointless, passOver, say, settled, tryStep } from "./begin-step.ts";
import { followersOf } from "./definition.ts";
import { closeTask, closeWait, failStep, letGo, stopPart, stopRun, tookTooLong } from "./end-step.ts";
import { eventTriggers, fits } from "./events.ts";
import { failsAtEnd, goOnAgain, haltOf } from "./halt.ts";
import { helped, passOn } from "./hand-over.ts";
import { othersFor } from "./holder.ts";
import type { Draft, PlanEvent, StepState } from "./plan-state.ts";
import { draftScope, taskId, together, wishId } from "./plan-state.ts";
import { resolve } from "./references.ts";
import { endMet, endRepeat, looked } from "./repeat.ts";
import { showsEvents } from "./say.ts";
import type { Step, WorkStep } from "./schema.ts";
import { eventsOf } from "./schema.ts";
import { cancelledBecause, deniedBecause, expiredBecause } from "./sentences.ts";

type EventOf<T extends PlanEvent["type"]> = Extract<PlanEvent, { type: T }>;
type Hear<T extends PlanEvent["type"]> = (draft: Draft, event: EventOf<T>) => void;

/** What each event does to a run. One about a step that is settled, or about an older generation of it, does nothing. */
const hearers: { readonly [T in PlanEvent["type"]]: Hear<T> } = {
  begin: () => {},
  "gate.opened": (draft, { gate }) => {
    const { step, was } = gateIn(draft, gate);
    // Opened after it had become pointless: what it would act on was still being read.
    if (step !== null && was.state === "done" && !("by" in Object(was.output)) && !("waived" in Object(was.output)))
      letGo(draft, step, was);
  },
  "effect.done": (draft, event) => {
    const { step, was } = toolIn(draft, event);
    if (step === null || (was.state === "pending" && was.attempt === 0)) return;
    if (was.waitsFor === "retry") letGo(draft, step, was);
    finish(draft, step, was, event.output);
  },
  "effect.failed": (draft, event) => {
    const { step, was } = toolIn(draft, event);
    if (step !== null && (was.state === "running" || was.waitsFor === "answer"))
      failStep(draft, step, was, event.error);
  },
  "effect.inDoubt": (draft, event) => {
    const { step, was } = toolIn(draft, event);
    if (step !== null && was.state === "running")
      draft.steps[step.id] = { ...was, state: "waiting", waitsFor: "answer" };
  },
  "gate.waived": (draft, { gate, policy = true }) => decided(draft, gate, { waived: policy }),
  "gate.approved": (draft, { gate, by }) => decided(draft, gate, { by }),
  "gate.denied": (draft, { gate, by, reason, step }) =>
    step === undefined
      ? refused(draft, gate, deniedBecause(by, reason), { because: "denied", by, reason })
      : cannotRun(draft, gate, step, reason),
  "gate.expired": (draft, { gate }) =>
    refused(draft, gate, expiredBecause(draft.definition, draft, gateIn(draft, gate).step?.id), { because: "expired" }),
  "gate.superseded": (draft, { gate, change, vote }) => {
    const { step } = gateIn(draft, gate);
    if (step === null || !askAnew(draft, gate) || change === undefined) return;
    draft.changes = { ...draft.changes, [step.id]: together(draft.changes[step.id], change) };
    draft.vote = vote ?? null;
  },
  "task.done": (draft, event) => {
    const { step, was } = taskIn(draft, event.task);
    if (step === null) return;
    closeTask(draft, step);
    finish(draft, step, was, event.output);
  },
  "task.failed": (draft, event) => {
    const { step, was } = taskIn(draft, event.task);
    if (step === null) return;
    closeTask(draft, step);
    if (event.to !== undefined && step.kind === "agent" && othersFor(step, was).includes(event.to))
      passOn(draft, step, was, event.to);
    else failStep(draft, step, was, event.error);
  },
  "step.timeout": (draft, event) => {
    const step = draft.definition.byId.get(event.step);
    const was = draft.steps[event.step];
    if (step?.kind !== "agent" || was?.state !== "running") return;
    if (was.generation !== event.generation || was.attempt !== event.attempt || was.hand !== event.hand) return;
    letGo(draft, step, was);
    failStep(draft, step, was, tookTooLong(step));
  },
  "step.retry": (draft, event) => {
    const step = draft.definition.byId.get(event.step);
    const was = draft.steps[event.step];
    if ((step?.kind !== "tool" && step?.kind !== "agent") || was?.waitsFor !== "retry") return;
    if (was.generation === event.generation)
      draft.steps[step.id] = tryStep(draft, step, { ...settled(was), attempt: was.attempt + 1 });
  },
  "step.repeat": (draft, event) => {
    const step = draft.definition.byId.get(event.step);
    const was = draft.steps[event.step];
    if ((step?.kind !== "tool" && step?.kind !== "agent") || was?.waitsFor !== "look") return;
    // Another look is another effect, for whoever looks first.
    const { by: _, ...rest } = was;
    if (was.generation === event.generation)
      draft.steps[step.id] = tryStep(draft, step, { ...rest, generation: was.generation + 1, attempt: 1 });
  },
  "repeat.over": (draft, event) => {
    const step = draft.definition.byId.get(event.step);
    const was = draft.steps[event.step];
    if ((step?.kind !== "tool" && step?.kind !== "agent") || !isUnsettled(was)) return;
    if (was?.waitsFor === "answer") return;
    if (was?.state === "running" && step.kind === "agent") letGo(draft, step, was);
    endRepeat(draft, step, false);
  },
  expected: (draft, { id, by, params, name, at }) => {
    const [kind, waiting = "", index = "0"] = id.split(":");
    const step = draft.definition.byId.get(waiting);
    if (kind === "help") {
      if (step?.kind === "agent") helped(draft, step, Number(index), String(by), name ?? String(by));
      return;
    }
    const event = step?.kind === "wait" ? eventsOf(step)[Number(index)] : undefined;
    const intent = event !== undefined && "intent" in event ? event.intent : null;
    endWait(draft, waiting, null, {
      because: "event",
      intent,
      by,
      name: name ?? by,
      params,
      after: afterStart(draft, at),
    });
  },
  event: (draft, { name, data, by, at }) => {
    const own = draft.event !== null && eventTriggers(draft.definition).some(({ event }) => event === name);
    if (own) draft.event = { ...data, told: toldTimes(draft.event) + 1 };
    const scope = draftScope(draft);
    for (const step of draft.definition.steps) {
      if (step.kind !== "wait" || draft.steps[step.id]?.state !== "waiting") continue;
      const wanted = eventsOf(step).some(
        (event) => "event" in event && event.event === name && fits(resolve(event.match, scope) as JsonObject, data),
      );
      if (wanted)
        endWait(draft, step.id, null, {
          because: "event",
          event: name,
          by,
          params: data,
          after: afterStart(draft, at),
        });
    }
    if (own) drawAgain(draft);
  },
  "wait.over": (draft, { step, generation, at }) =>
    endWait(draft, step, generation, { because: "time", after: afterStart(draft, at) }),
  cancel: (draft, { by, reason = "" }) => stopRun(draft, cancelledBecause(by, reason)),
  again: (draft, { step }) => again(draft, step),
};

/** Takes an event into the draft; what can begin because of it begins later. */
export function hear(draft: Draft, event: PlanEvent): void {
  (hearers[event.type] as Hear<PlanEvent["type"]>)(draft, event);
}

type Concerned<S extends Step> =
  | { readonly step: S; readonly was: StepState }
  | { readonly step: null; readonly was: null };
const nobody = { step: null, was: null } as const;

/** The tool step a result is about, if it is of this generation and the step is not settled. */
function toolIn(draft: Draft, event: { readonly step: string; readonly generation: number }): Concerned<WorkStep> {
  const step = draft.definition.byId.get(event.step);
  const was = draft.steps[event.step];
  if (step?.kind !== "tool" || was?.generation !== event.generation || !isUnsettled(was)) return nobody;
  return { step, was };
}

function taskIn(draft: Draft, task: string): Concerned<WorkStep> {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "agent" && was?.state === "running" && taskId(step.id, was) === task) return { step, was };
  }
  return nobody;
}

function gateIn(draft: Draft, gate: string): Concerned<Extract<Step, { kind: "approve" }>> {
  for (const step of draft.definition.steps) {
    const was = draft.steps[step.id];
    if (step.kind === "approve" && was !== undefined && wishId(step.id, was) === gate) return { step, was };
  }
  return nobody;
}

function isUnsettled(state: StepState | undefined): boolean {
  return state?.state === "pending" || state?.state === "running" || state?.state === "waiting";
}

function finish(draft: Draft, step: Step, was: StepState, output: Json): void {
  const { generation, attempt, by } = was;
  if ("repeat" in step && step.repeat !== undefined && haltOf(draft, step.id) === null)
    looked(draft, step, was, output);
  else draft.steps[step.id] = { state: "done", generation, attempt, ...(by !== undefined && { by }), output };
}

function decided(draft: Draft, gate: string, output: Json): void {
  const { step, was } = gateIn(draft, gate);
  if (step !== null && was.state === "waiting") finish(draft, step, was, output);
}

/** The gate that ends a run is over itself and needs no withdrawing. */
function refused(draft: Draft, gate: string, because: string, output: JsonObject): void {
  const { step, was } = gateIn(draft, gate);
  if (step === null || was.state !== "waiting") return;
  if (step.approve.onDenied === "skip") {
    draft.steps[step.id] = passOver(draft, step, was, output);
    return;
  }
  draft.steps[step.id] = { ...was, state: "cancelled" };
  stopPart(draft, step.id, because);
}

/** A covered step fails before anybody was asked; where the run goes on without it, the others are asked about. */
function cannotRun(draft: Draft, gate: string, id: string, message: string): void {
  const { step, was } = gateIn(draft, gate);
  const covered = draft.definition.byId.get(id);
  const state = draft.steps[id];
  if (step === null || was.state !== "waiting" || covered?.kind !== "tool" || state?.state !== "pending") return;
  draft.steps[step.id] = { state: "pending", generation: was.generation + 1, attempt: 0 };
  const { repeat: _, ...once } = covered;
  failStep(draft, once, state, { message, retryable: false });
}

/** How long after the start something came, for people; null where one of the two is not known. */
function afterStart(draft: Draft, at: string | undefined): string | null {
  if (at === undefined || draft.run.at === undefined) return null;
  return roughly(Date.parse(at) - Date.parse(draft.run.at));
}

function toldTimes(event: JsonObject | null): number {
  const told = event?.["told"];
  return typeof told === "number" ? told : 1;
}

/** Messages that show what the run was told last. */
function drawAgain(draft: Draft): void {
  for (const step of shownBy(draft)) if (showsEvents(step)) say(draft, step);
}

/** A run was stopped: what asked something, or showed how things are, says so and is not drawn again. */
export function closeCards(draft: Draft, because: string): void {
  for (const step of shownBy(draft))
    if (showsEvents(step) || step.notify.buttons !== undefined) say(draft, step, because.replace(/\.$/, ""));
}

/** The messages that can be seen; of those that replace each other the newest. */
function shownBy(draft: Draft): Extract<Step, { kind: "notify" }>[] {
  const shown = draft.definition.steps.filter(
    (step): step is Extract<Step, { kind: "notify" }> =>
      step.kind === "notify" && draft.steps[step.id]?.state === "done",
  );
  return shown.filter(
    (step) =>
      !shown.some(
        ({ id, notify }) =>
          id !== step.id && notify.replaces === (step.notify.replaces ?? step.id) && isAfter(shown, id, step.id),
      ),
  );
}

function isAfter(steps: readonly Step[], id: string, other: string): boolean {
  return steps.findIndex((step) => step.id === id) > steps.findIndex((step) => step.id === other);
}

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

function endWait(draft: Draft, id: string, generation: number | null, output: Json): void {
  const step = draft.definition.byId.get(id);
  const was = draft.steps[id];
  if (step?.kind !== "wait" || was?.state !== "waiting" || (generation !== null && was.generation !== generation))
    return;
  finish(draft, step, was, output);
  closeWait(draft, step);
}

/** What was to be approved has changed: what it covers and is not finished waits for a new gate. */
function askAnew(draft: Draft, gate: string): boolean {
  const { step, was } = gateIn(draft, gate);
  if (step === null || (was.state !== "waiting" && was.state !== "done")) return false;
  const open = step.approve.covers.filter(
    (id) => isUnsettled(draft.steps[id]) && draft.steps[id]?.waitsFor !== "answer",
  );
  for (const id of open) {
    const covered = draft.definition.byId.get(id);
    const state = draft.steps[id];
    if (covered === undefined || state === undefined) continue;
    if (state.waitsFor === "retry") letGo(draft, covered, state);
    draft.steps[id] = { ...settled(state), state: "pending" };
  }
  if (open.length > 0) draft.steps[step.id] = { state: "pending", generation: was.generation + 1, attempt: 0 };
  return open.length > 0;
}

/** A person wants the failed steps done again, with those that were stopped: new effects, so new approvals too. */
function again(draft: Draft, only: string | undefined): void {
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
