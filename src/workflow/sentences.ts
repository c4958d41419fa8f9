import { formatDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { sentenceEnd } from "../domain/text.ts";
import { waitMs } from "./begin-step.ts";
import { holds } from "./conditions.ts";
import type { Definition } from "./definition.ts";
import type { PlanContext, StepState } from "./plan-state.ts";
import { scopeOf } from "./plan-state.ts";
import type { Scope } from "./references.ts";
import { resolveText } from "./references.ts";
import type { Step, Wording } from "./schema.ts";
import { eventsOf } from "./schema.ts";

/** Who asked for what and how far it is: one sentence or two, changed in place as the run goes on. */
export function statusOf(definition: Definition, run: PlanContext): string {
  return `${sentenceEnd(`${run.requester.name} asked to ${run.title}`)} ${activityOf(definition, run)}`;
}

function activityOf(definition: Definition, run: PlanContext): string {
  if (run.phase === "completed") return "Done.";
  if (run.phase === "failed") return "Failed.";
  if (run.phase === "cancelled") return "Stopped.";
  const running = definition.steps.filter((step) => run.steps[step.id]?.state === "running").map((step) => step.id);
  const waiting = definition.steps.flatMap((step) => waitingFor(definition, run, step, run.steps[step.id]));
  const stopping = run.phase === "compensating" ? ["Stopping."] : [];
  return [
    ...stopping,
    ...(running.length > 0 ? [`Working: ${running.map(wordsOf).join(", ")}.`] : []),
    ...new Set(waiting),
  ].join(" ");
}

function waitingFor(definition: Definition, run: PlanContext, step: Step, state: StepState | undefined): string[] {
  if (state?.state !== "waiting") return [];
  if (state.waitsFor === "retry")
    return [`Trying ${wordsOf(step.id)} again soon, because ${state.error ?? "it failed"}.`];
  if (state.waitsFor === "look") return [`Watching: ${wordsOf(step.id)}.`];
  if (state.waitsFor === "answer") return [`Somebody has to say whether ${wordsOf(step.id)} happened.`];
  if (step.kind === "approve") return ["Waiting for approval."];
  // A wait beside another that says nothing only watches the time.
  if (step.kind !== "wait" || (step.wait.until !== undefined && step.wait.says === undefined)) return [];
  const scope = scopeOf(definition, run, run.steps);
  if (step.wait.says !== undefined) return [resolveText(step.wait.says, scope)];
  const ms = waitMs(step, scope);
  const [event] = eventsOf(step).map((one) => ("intent" in one ? one.intent : one.event));
  if (ms === null) return [`Waiting for “${event ?? ""}”.`];
  return [`Waiting ${formatDuration(ms)}${event === undefined ? "" : `, or until “${event}”`}.`];
}

/** "take-back", as people read it. */
function wordsOf(id: string): string {
  return id.replaceAll("-", " ");
}

/** The last word to the requester. */
export function replyOf(definition: Definition, run: PlanContext): string {
  if (run.phase === "cancelled") return run.because ?? "Stopped.";
  if (run.phase === "failed") {
    const failed = Object.entries(run.steps).filter(([, step]) => step.state === "failed");
    const what = failed
      .map(([id, step]) => `“${id}” did not work: ${(step.error ?? "no reason given").replace(/\.$/, "")}.`)
      .join(" ");
    return `Failed to ${run.title}. ${what}${already(definition, run)} Open the run to see why and to do it again.`;
  }
  return worded(definition.reply ?? "", scopeOf(definition, run, run.steps)) || "Done.";
}

/** The text, or the first of several that holds, written out; "" when none does. */
export function worded(wording: Wording, scope: Scope): string {
  const text =
    typeof wording === "string"
      ? wording
      : (wording.find(({ when }) => when === undefined || holds(when as JsonObject, scope))?.text ?? "");
  return resolveText(text, scope).trim();
}

/** "Stopped: ben denied it: too busy now." */
export function deniedBecause(by: Json, reason: string): string {
  return `Stopped: ${namesOf(by)} denied it${because(reason)}`;
}

export function cancelledBecause(by: Json, reason: string): string {
  return `Stopped: ${namesOf(by)} cancelled it${because(reason)}`;
}

export function expiredBecause(definition: Definition, run: Pick<PlanContext, "steps">): string {
  const done = already(definition, run);
  return done === ""
    ? "Nobody answered in time, so nothing was done."
    : `Nobody answered in time, so it stopped there.${done}`;
}

/** What has been done to the world so far; nothing is undone by stopping. */
function already(definition: Definition, run: Pick<PlanContext, "steps">): string {
  const done = definition.steps
    .filter((step) => step.kind === "tool" && run.steps[step.id]?.state === "done")
    .map((step) => step.id);
  return done.length === 0 ? "" : ` Already done: ${done.join(", ")}.`;
}

function because(reason: string): string {
  return reason.trim() === "" ? "." : `: ${sentenceEnd(reason)}`;
}

function namesOf(by: Json | undefined): string {
  if (typeof by === "string" && by !== "") return by;
  if (Array.isArray(by) && by.length > 0) return by.map((one: Json) => namesOf(one)).join(" and ");
  if (by !== null && typeof by === "object" && "name" in by) return namesOf(by["name"]);
  return "somebody";
}
