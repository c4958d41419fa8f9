import { roughly } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { sentenceEnd } from "../domain/text.ts";
import { settled, tryStep } from "./begin-step.ts";
import { gateIn, helpFor, isUnsettled, taskIn, toolIn } from "./concerned.ts";
import { closeTask, endWait, failStep, finish, letGo, stopRun, tookTooLong, withdraw } from "./end-step.ts";
import { eventTriggers, fits, toldAgain } from "./events.ts";
import { askAnew, cannotRun, decided, refused } from "./gate-outcome.ts";
import { again } from "./halt.ts";
import { endHelp, helped, passOn } from "./hand-over.ts";
import { othersFor } from "./holder.ts";
import type { Draft, PlanEvent } from "./plan-state.ts";
import { draftScope, together } from "./plan-state.ts";
import { resolve } from "./references.ts";
import { endRepeat } from "./repeat.ts";
import { eventsOf } from "./schema.ts";
import { cancelledBecause, deniedBecause, elsewhereBecause, expiredBecause } from "./sentences.ts";
import { drawAgain } from "./shown.ts";

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
  "gate.denied": (draft, { gate, by, reason, step, unasked }) =>
    step === undefined
      ? refused(draft, gate, unasked ? `Stopped: ${sentenceEnd(reason)}` : deniedBecause(by, reason), {
          because: "denied",
          by,
          reason,
        })
      : cannotRun(draft, gate, step, reason),
  "gate.expired": (draft, { gate }) =>
    refused(draft, gate, expiredBecause(draft.definition, draft, gateIn(draft, gate).step?.id), { because: "expired" }),
  "gate.elsewhere": (draft, { gate, run, how }) => {
    const { step, was } = gateIn(draft, gate);
    if (step === null || was.state !== "waiting") return;
    const because = elsewhereBecause(run, how);
    if (how === "done") withdraw(draft, step, was, because);
    refused(draft, gate, `Stopped: ${because}.`, { because: "elsewhere", run, how, says: because });
  },
  "gate.superseded": (draft, { gate, change, vote }) => {
    const { step } = gateIn(draft, gate);
    if (step === null || !askAnew(draft, gate) || change === undefined) return;
    draft.changes = { ...draft.changes, [step.id]: together(draft.changes[step.id], change) };
    draft.vote = vote ?? null;
  },
  "task.done": (draft, event) => {
    const { step, was } = taskIn(draft, event.task);
    const late = helpFor(draft, event.task);
    if (late.step !== null) {
      // It was stuck, and somebody resumed it.
      endHelp(draft, late.step, late.was, "It was done after all.");
      finish(draft, late.step, settled(late.was), event.output);
    }
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
    if (own) draft.event = toldAgain(draft.event ?? {}, data);
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

/** How long after the start something came, for people; null where one of the two is not known. */
function afterStart(draft: Draft, at: string | undefined): string | null {
  if (at === undefined || draft.run.at === undefined) return null;
  return roughly(Date.parse(at) - Date.parse(draft.run.at));
}
