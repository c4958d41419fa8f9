import type { Covered } from "../domain/command.ts";
import { parseDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { whyNotTold } from "./audience.ts";
import { holds } from "./conditions.ts";
import { eventTriggers, fits } from "./events.ts";
import { fail, followsMishap, haltOf } from "./halt.ts";
import { holderOf, othersFor } from "./holder.ts";
import type { Draft, StepState } from "./plan-state.ts";
import { draftScope, readersOf, taskId, wishId } from "./plan-state.ts";
import type { Scope } from "./references.ts";
import { resolve, resolveText } from "./references.ts";
import { beginRepeat } from "./repeat.ts";
import { cardOf, closedCard, linesOf, worded } from "./say.ts";
import type { Step, WorkStep } from "./schema.ts";
import { eventsOf } from "./schema.ts";
import { originsIn, taintedIn } from "./taint.ts";

type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** Begins a step whose dependencies are settled; returns what it becomes. */
export function beginStep(draft: Draft, step: Step, was: StepState): StepState {
  const scope = stepScope(draft, step.id);
  if (!wanted(draft, step, scope)) return { ...was, state: "skipped" };
  const now: StepState = { state: "waiting", generation: was.generation, attempt: 1 };
  switch (step.kind) {
    case "tool":
    case "agent":
      beginRepeat(draft, step);
      return tryStep(draft, step, now);
    case "approve":
      return ask(draft, step, now, scope);
    case "notify": {
      const error = whyNotThere(draft, step, scope);
      if (error !== null) {
        fail(draft, step.id);
        return { ...now, state: "failed", error };
      }
      say(draft, step);
      return { ...now, state: "done", output: { told: true } };
    }
    case "wait":
      return wait(draft, step, now, scope);
  }
}

/** What a step may refer to: where it is done because the run, or its part of it, was stopped, also who did that and why. */
function stepScope(draft: Draft, id: string): Scope {
  const { run, ...scope } = draftScope(draft);
  const stopped = haltOf(draft, id)?.because?.replace(/^Stopped: | Already done: .*$/g, "");
  return { ...scope, ...(run && { run: { ...run, ...(stopped !== undefined && { stopped }) } }) };
}

/** Sends a tool or agent step on its way, the first time or again, unless what was approved has become pointless. */
export function tryStep(draft: Draft, step: WorkStep, now: StepState): StepState {
  const scope = stepScope(draft, step.id);
  const { generation, attempt } = now;
  if (step.kind === "tool") {
    if (step.unless !== undefined && holds(step.unless as JsonObject, scope))
      return { ...settled(now), state: "skipped" };
    const args = argsOf(draft, step, scope);
    const timeout = step.timeout === undefined ? {} : { timeoutMs: step.timeout };
    draft.commands.push({
      type: "perform",
      params: {
        id: wishId(step.id, now),
        step: step.id,
        generation,
        tool: step.tool.name,
        args,
        gate: gateOf(draft, step.id),
        ...timeout,
        ...tainted(step.tool.args, draft),
      },
    });
  } else {
    const { task, input } = step.agent;
    const id = taskId(step.id, now);
    const specialist = holderOf(step, now);
    const others = othersFor(step, now);
    const takesOver = (now.tried ?? []).map(({ specialist: by, task: tried, error }) => ({ by, task: tried, error }));
    const given = {
      id,
      task,
      specialist,
      input: resolve(input, scope),
      ...tainted(input, draft),
      ...(step.timeout !== undefined && { limitMs: step.timeout }),
      ...(others.length > 0 && { others }),
      ...(takesOver.length > 0 && { takesOver }),
    };
    draft.commands.push({ type: "start", params: { id, machine: "agent", name: specialist, input: given } });
    if (step.timeout !== undefined)
      draft.commands.push({
        type: "timer",
        params: {
          id: `timeout:${step.id}`,
          event: {
            type: "step.timeout",
            step: step.id,
            generation,
            attempt,
            ...(now.hand !== undefined && { hand: now.hand }),
          },
          delayMs: step.timeout,
        },
      });
  }
  return { ...settled(now), state: "running", generation, attempt };
}

/** Which of these values came from outside, where there are any. */
function tainted(args: JsonObject, draft: Draft): { tainted?: string[] } {
  const names = taintedIn(args, draft);
  return names.length === 0 ? {} : { tainted: names };
}

/** Where those came from, for whoever is asked. */
function origins(args: JsonObject, draft: Draft): { origins?: Record<string, string> } {
  const found = originsIn(args, draft);
  return Object.keys(found).length === 0 ? {} : { origins: found };
}

/** The `open` that covers a step; null when nobody needs to be asked. */
function gateOf(draft: Draft, id: string): string | null {
  const approval = draft.definition.coveredBy.get(id);
  const state = approval === undefined ? undefined : draft.steps[approval];
  return approval !== undefined && state?.state === "done" ? wishId(approval, state) : null;
}

/** Asks for what is still to be done; a covered step that will be skipped is not asked for. */
function ask(draft: Draft, step: StepOf<"approve">, now: StepState, scope: Scope): StepState {
  if (isPointless(step, scope)) return passOver(draft, step, now, { because: "unless" });
  const covers = step.approve.covers.flatMap((id): Covered[] => {
    const covered = draft.definition.byId.get(id);
    const state = draft.steps[id];
    if (
      covered?.kind !== "tool" ||
      state === undefined ||
      state.state === "done" ||
      state.state === "skipped" ||
      state.state === "failed" ||
      !wanted(draft, covered, scope)
    )
      return [];
    return [
      {
        step: id,
        generation: state.generation,
        tool: covered.tool.name,
        args: argsOf(draft, covered, scope),
        ...tainted(covered.tool.args, draft),
        ...origins(covered.tool.args, draft),
      },
    ];
  });
  if (covers.length === 0) return { ...now, state: "skipped" };
  const title = worded(step.approve.title ?? "", scope) || draft.run.title;
  const { barred = [], floor = [], changed: by = [] } = draft.changes[step.id] ?? {};
  const changed = {
    ...(barred.length > 0 && { barred }),
    ...(floor.length > 0 && { floor }),
    ...(by.length > 0 && { changed: by }),
    ...(draft.vote && { vote: draft.vote }),
  };
  const { alike, fields } = step.approve;
  const more = { ...(alike && { alike }), ...(fields && { fields: linesOf(fields, scope) }) };
  draft.commands.push({ type: "open", params: { id: wishId(step.id, now), title, covers, ...more, ...changed } });
  return now;
}

/** Whether what an approval asks need not be asked any more. */
export function isPointless(step: StepOf<"approve">, scope: Scope): boolean {
  return step.approve.unless !== undefined && holds(step.approve.unless as JsonObject, scope);
}

/** The run goes on without what was asked for: the steps that the approval covers are skipped. */
export function passOver(draft: Draft, step: StepOf<"approve">, was: StepState, output: JsonObject): StepState {
  for (const id of step.approve.covers) {
    const state = draft.steps[id];
    if (state?.state === "pending") draft.steps[id] = { ...state, state: "skipped" };
  }
  return { ...was, state: "done", output };
}

/** What a tool step is called with: as the definition says, but for what was changed while it was approved. */
function argsOf(draft: Draft, step: StepOf<"tool">, scope: Scope): JsonObject {
  const approval = draft.definition.coveredBy.get(step.id);
  const edits = approval === undefined ? undefined : draft.changes[approval]?.edits[step.id];
  return { ...(resolve(step.tool.args, scope) as JsonObject), ...edits };
}

/** Names of the channels it is told in, or thread. */
function placesOf({ notify }: StepOf<"notify">, scope: Scope): string[] {
  return [notify.to ?? []].flat().map((to) => resolveText(to, scope).replace(/^#/, ""));
}

/** Why nothing may be told there, or null. */
function whyNotThere(draft: Draft, step: StepOf<"notify">, scope: Scope): string | null {
  if (taintedIn({ to: step.notify.to ?? null }, draft).length > 0)
    return "Where this is told would be chosen by what came from outside; name the channel in the workflow";
  for (const place of placesOf(step, scope)) {
    const why = whyNotTold(place, draft.audiences);
    if (why !== null) return why;
  }
  return null;
}

/** Has a message visible where it belongs, or what it replaces become this; with an `outcome` it is over and asks nothing any more. */
export function say(draft: Draft, step: StepOf<"notify">, outcome?: string): void {
  const scope = stepScope(draft, step.id);
  const { replaces } = step.notify;
  const first = replaces === undefined ? step : (draft.definition.byId.get(replaces) as typeof step);
  const said = outcome === undefined ? cardOf(step, scope) : closedCard(step, scope, outcome);
  const page = `/runs/${draft.run.runId}`;
  const card = said.picture === undefined ? said : { ...said, picture: { ...said.picture, page } };
  const places = placesOf(first, scope);
  // Who asked in this very channel has its thread there.
  const except = places.includes("thread") && draft.run.place ? { except: draft.run.place } : {};
  for (const name of new Set(places)) {
    const id = `notify:${first.id}${name === places[0] ? "" : `@#${name}`}`;
    const to = name === "thread" ? name : { channel: name, ...except };
    // Away from the thread nobody sees whose it is and where: the run's page says so.
    const there = name === "thread" ? card : { ...card, link: page };
    const readers = name === "thread" ? readersOf(draft.definition, draft.run) : {};
    draft.commands.push({ type: "note", params: { id, to, card: there, ...readers } });
  }
}

function wait(draft: Draft, step: StepOf<"wait">, now: StepState, scope: Scope): StepState {
  const events = eventsOf(step);
  const told = toldAlready(draft, step, scope);
  if (told !== null) return { ...now, state: "done", output: told };
  const ms = waitMs(step, scope);
  if (ms === null && events.length === 0) {
    fail(draft, step.id);
    return {
      ...now,
      state: "failed",
      error: `“${resolveText(step.wait.for ?? "", scope)}” is not a duration to wait for`,
    };
  }
  if (ms !== null)
    draft.commands.push({
      type: "timer",
      params: {
        id: `wait:${step.id}`,
        event: { type: "wait.over", step: step.id, generation: now.generation },
        delayMs: ms,
      },
    });
  for (const [index, event] of events.entries()) {
    const match = resolve(event.match, scope);
    if ("event" in event) {
      const expectation = { type: "expect", name: `event:${event.event}`, match, roles: [] };
      draft.commands.push({ type: "tell", params: { id: expectId(step.id, index), to: "inbox", event: expectation } });
      continue;
    }
    const people = (event.people ?? []).map((id) => `person:${resolveText(id, scope)}`);
    const roles = [...event.roles, ...people, ...(event.requester === false ? ["not-requester"] : [])];
    const expectation = { type: "expect", name: event.intent, match, roles };
    draft.commands.push({ type: "tell", params: { id: expectId(step.id, index), to: "inbox", event: expectation } });
  }
  return now;
}

/** A wait for what the run was told already, when it was told last, is over as it begins. */
function toldAlready(draft: Draft, step: StepOf<"wait">, scope: Scope): JsonObject | null {
  const { event: data } = draft;
  if (data === null) return null;
  const own = eventTriggers(draft.definition).map(({ event }) => event);
  const heard = eventsOf(step).find(
    (event) => "event" in event && own.includes(event.event) && fits(resolve(event.match, scope) as JsonObject, data),
  );
  return heard === undefined || !("event" in heard) ? null : { because: "event", event: heard.event, params: data };
}

/** The id under which a wait expects its event of this number. */
export function expectId(step: string, index: number): string {
  return index === 0 ? `expect:${step}` : `expect:${step}:${index}`;
}

/** How long a wait lasts, in milliseconds; null when only its event ends it, or when what it refers to is no duration. */
export function waitMs(step: StepOf<"wait">, scope: Scope): number | null {
  const value = step.wait.for === undefined ? null : resolve(step.wait.for, scope);
  return typeof value === "number" && value >= 0 ? value : typeof value === "string" ? parseDuration(value) : null;
}

/** The state without why it waits. */
export function settled({ waitsFor: _, ...rest }: StepState): StepState {
  return rest;
}

function wanted(draft: Draft, step: Step, scope: Scope): boolean {
  return (step.when === undefined || holds(step.when as JsonObject, scope)) && !followsMishap(draft, step);
}
