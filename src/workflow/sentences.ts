import { formatDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import { sentenceEnd, shorten } from "../domain/text.ts";
import { waitMs } from "./begin-step.ts";
import { type Definition, nameIn, type Part } from "./definition.ts";
import { failsAtEnd } from "./halt.ts";
import type { Elsewhere, PlanContext, StepState } from "./plan-state.ts";
import { scopeOf } from "./plan-state.ts";
import { resolveText } from "./references.ts";
import { didNothing, worded } from "./say.ts";
import type { Step } from "./schema.ts";
import { eventsOf } from "./schema.ts";

/** Who asked for what and how far it is: one sentence or two, changed in place as the run goes on. */
export function statusOf(definition: Definition, run: PlanContext): string {
  return `${sentenceEnd(`${run.requester.name} asked to ${run.title}`)} ${activityOf(definition, run)}`;
}

function activityOf(definition: Definition, run: PlanContext): string {
  if (run.phase === "completed") return isIdle(definition, run) ? "Nothing was done." : "Done.";
  if (run.phase === "failed") return "Failed.";
  if (run.phase === "cancelled") return "Stopped.";
  const stopping = run.phase === "compensating" ? ["Stopping."] : [];
  const { parts } = definition;
  const at = parts?.map((part, i) =>
    sentenceEnd(`Part ${i + 1}: ${endOf(definition, run, part) ?? workOf(definition, run, part)}`),
  );
  return [...stopping, ...(at ?? [workOf(definition, run)])].join(" ");
}

/** Whether it has ended, in all its parts, without having had anything to do. */
function isIdle(definition: Definition, run: PlanContext): boolean {
  const scope = scopeOf(definition, run, run.steps);
  return (definition.parts ?? [definition]).every(({ reply = "" }) => didNothing(reply, scope));
}

/** What goes on in a run, or in one part of it. */
function workOf(definition: Definition, run: PlanContext, part?: Part): string {
  const steps = definition.steps.filter(({ id }) => part === undefined || part.steps.includes(id));
  const running = steps.filter((step) => run.steps[step.id]?.state === "running").map((step) => step.id);
  const waiting = steps.flatMap((step) => waitingFor(definition, run, step, run.steps[step.id]));
  return [
    ...(running.length > 0 ? [`Working: ${running.map((id) => wordsOf(definition, id)).join(", ")}.`] : []),
    ...new Set(waiting),
  ].join(" ");
}

/** How a part has ended, or why it has not begun; null while it goes on. */
function endOf(definition: Definition, run: PlanContext, part: Part): string | null {
  const states = part.steps.map((id) => run.steps[id]?.state ?? "pending");
  const others = (definition.parts ?? []).filter(({ id }) => part.waitsFor.includes(id));
  const before = others.find(({ id }) => run.halted?.[id] !== undefined);
  const untouched = states.every((state) => state === "pending" || state === "cancelled");
  if (before !== undefined && untouched) return `not begun, because ${partName(definition, before)} did not work out.`;
  if (states.some((state) => state === "running" || state === "waiting")) return null;
  const failed = failures(definition, run, part.steps);
  if (failed !== "") return `${failed}${already(definition, run, part.steps)}`;
  const { because = null } = run.halted?.[part.id] ?? {};
  if (because !== null) return stoppedWith(definition, run, because, [part]);
  if (untouched) return `waits for ${others.map((other) => partName(definition, other)).join(" and ")}.`;
  const last = worded(part.reply ?? "", scopeOf(definition, run, run.steps));
  return last === "" ? "done." : last;
}

/** "part 2". */
export function partName({ parts = [] }: Definition, part: Part): string {
  return `part ${parts.indexOf(part) + 1}`;
}

function waitingFor(definition: Definition, run: PlanContext, step: Step, state: StepState | undefined): string[] {
  if (state?.state !== "waiting") return [];
  if (state.waitsFor === "retry")
    return [`Trying ${wordsOf(definition, step.id)} again soon, because ${state.error ?? "it failed"}.`];
  if (state.waitsFor === "look") return [`Watching: ${wordsOf(definition, step.id)}.`];
  if (state.waitsFor === "help")
    return [
      state.taker === undefined
        ? `Nobody could do ${wordsOf(definition, step.id)}: somebody has to say how it goes on.`
        : `Somebody does ${wordsOf(definition, step.id)} by hand.`,
    ];
  if (state.waitsFor === "answer") return [`Somebody has to say whether ${wordsOf(definition, step.id)} happened.`];
  if (step.kind === "approve") return ["Waiting for approval."];
  // A wait beside another that says nothing only watches the time.
  if (step.kind !== "wait" || (step.wait.until !== undefined && step.wait.says === undefined)) return [];
  const scope = scopeOf(definition, run, run.steps);
  if (step.wait.says !== undefined) return [resolveText(step.wait.says, scope)];
  const ms = waitMs(step, scope);
  // What an event is called is the workflow's matter: people read who is waited for.
  const [event] = eventsOf(step);
  const byPeople = event !== undefined && "intent" in event;
  if (ms === null) return [byPeople ? "Waiting for an answer." : "Waiting for news from outside."];
  const early =
    event === undefined ? "" : byPeople ? ", or until somebody answers" : ", or until there is news from outside";
  return [`Waiting ${formatDuration(ms)}${early}.`];
}

/** "take-back", as people read it. */
function wordsOf(definition: Definition, id: string): string {
  return nameIn(definition, id).replaceAll("-", " ");
}

/** The last word to the requester; of several parts a line for each. */
export function replyOf(definition: Definition, run: PlanContext): string {
  const { parts } = definition;
  if (run.phase === "cancelled" && run.because !== undefined)
    return stoppedWith(definition, run, run.because, parts ?? [definition]);
  const again = " Open the run to see why and to do it again.";
  if (parts !== undefined) {
    const scope = scopeOf(definition, run, run.steps);
    const lines = parts.map(
      (part, i) =>
        `${i + 1}. ${shorten(resolveText(part.title, scope), 160)}: ${endOf(definition, run, part) ?? "done."}`,
    );
    return `${lines.join("\n")}${run.phase === "failed" ? `\n${again.trim()}` : ""}`;
  }
  if (run.phase === "cancelled") return "Stopped.";
  const last = worded(definition.reply ?? "", scopeOf(definition, run, run.steps));
  if (run.phase !== "failed") return last || "Done.";
  // A failure that the workflow goes on after is one that its last word knows of.
  const failed = definition.steps.filter(({ id }) => run.steps[id]?.state === "failed");
  const more = failed.every(failsAtEnd) && last !== "" ? ` ${sentenceEnd(last)}` : already(definition, run);
  return `Failed to ${run.title}. ${failures(definition, run)}${more}${again}`;
}

/** Who ended it and, of what had begun by then, what there is to say besides. */
function stoppedWith(
  definition: Definition,
  run: PlanContext,
  because: string,
  ended: readonly (Pick<Definition, "stopped"> | Part)[],
): string {
  const scope = scopeOf(definition, run, run.steps);
  const begun = ended.filter((one) => {
    const ids = "waitsFor" in one ? one.steps : Object.keys(run.steps);
    return ids.some((id) => (run.steps[id]?.attempt ?? 0) > 0);
  });
  const more = begun.map(({ stopped }) => worded(stopped ?? "", scope)).filter((text) => text !== "");
  return [because, ...new Set(more)].join(" ");
}

/** What did not work, a sentence for each step that failed. */
function failures(definition: Definition, run: PlanContext, among?: readonly string[]): string {
  return Object.entries(run.steps)
    .filter(([id, step]) => step.state === "failed" && (among?.includes(id) ?? true))
    .map(
      ([id, { error }]) =>
        `“${nameIn(definition, id)}” did not work: ${(error ?? "no reason given").replace(/\.$/, "")}.`,
    )
    .join(" ");
}

/** "Stopped: ben denied it: too busy now."; of a question that was taken back, "Stopped: ana withdrew it." */
export function deniedBecause(by: Json, reason: string): string {
  const back = `withdrawn by ${namesOf(by)}`;
  if (reason.startsWith(back))
    return `Stopped: ${namesOf(by)} withdrew it${because(reason.slice(back.length).replace(/^: /, ""))}`;
  return `Stopped: ${namesOf(by)} denied it${because(reason)}`;
}

/** Why nobody is asked any more: "R-ABC123 has done the same already". */
export function elsewhereBecause(run: string, how: Elsewhere): string {
  if (how === "done") return `${run} has done the same already`;
  return `${run} has come to the same, and ${how === "asked" ? "its approval is open" : "it was approved there"}`;
}

export function cancelledBecause(by: Json, reason: string): string {
  return `Stopped: ${namesOf(by)} cancelled it${because(reason)}`;
}

/** `step` is the question that nobody answered: of several parts only its own matters. */
export function expiredBecause(definition: Definition, run: Pick<PlanContext, "steps">, step = ""): string {
  const done = already(definition, run, definition.partOf.get(step)?.steps);
  return done === ""
    ? "Nobody answered in time, so nothing was done."
    : `Nobody answered in time, so it stopped there.${done}`;
}

/** What has been done to the world so far; nothing is undone by stopping. */
function already(definition: Definition, run: Pick<PlanContext, "steps">, among?: readonly string[]): string {
  const done = definition.steps
    .filter(({ id, kind }) => kind === "tool" && run.steps[id]?.state === "done" && (among?.includes(id) ?? true))
    .map(({ id }) => nameIn(definition, id));
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
