import type { Card } from "../domain/card.ts";
import { shortId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { sentenceEnd } from "../domain/text.ts";
import { addressedTo } from "./address.ts";
import { settled, tryStep } from "./begin-step.ts";
import { nameIn } from "./definition.ts";
import { fail } from "./halt.ts";
import { holderOf, othersFor } from "./holder.ts";
import type { Draft, Failure, StepState, Tried } from "./plan-state.ts";
import { taskId } from "./plan-state.ts";
import type { WorkStep } from "./schema.ts";

type AgentStep = Extract<WorkStep, { kind: "agent" }>;

/** Whoever had it could not do it: another who can has it now, with what was found so far. False when there is nobody. */
export function handOver(draft: Draft, step: AgentStep, was: StepState, error: Failure): boolean {
  const tried = [...(was.tried ?? []), failedNow(step, was, error)];
  const [next] = othersFor(step, { ...was, tried });
  if (next === undefined) return false;
  const text = `${holderOf(step, was)} could not do “${nameIn(draft.definition, step.id)}”: ${sentenceEnd(error.message)} ${next} goes on with it.`;
  tell(draft, `hand:${taskId(step.id, was)}`, { text, link: `/runs/${draft.run.runId}` });
  give(draft, step, { ...was, tried }, next);
  return true;
}

/** Whoever had it has no seat, and this one has. */
export function passOn(draft: Draft, step: AgentStep, was: StepState, to: string): void {
  give(draft, step, { ...was, full: [...(was.full ?? []), holderOf(step, was)] }, to);
}

function give(draft: Draft, step: AgentStep, was: StepState, by: string): void {
  const hand = (was.hand ?? 0) + 1;
  draft.steps[step.id] = tryStep(draft, step, { ...settled(was), by, hand, attempt: 1 });
}

function failedNow(step: AgentStep, was: StepState, { message, known }: Failure): Tried {
  const now = { specialist: holderOf(step, was), generation: was.generation, task: taskId(step.id, was) };
  return { ...now, error: message, ...(known !== undefined && { known }) };
}

/** What whoever asked and whoever is on call may answer, by the intents that say it; who took it alone says that it is done. */
export const answers = ["try-again", "take-request", "give-up", "solve-request"] as const;
const helpers = ["on-call"];

/** Nobody could do it: whoever asked and whoever is on call are asked how it goes on, with all that was tried and is known. */
export function askForHelp(draft: Draft, step: AgentStep, was: StepState, error: Failure): void {
  const { generation, attempt, hand } = was;
  const tried = [...(was.tried ?? []), failedNow(step, was, error)];
  draft.steps[step.id] = {
    state: "waiting",
    waitsFor: "help",
    generation,
    attempt,
    ...(hand !== undefined && { hand }),
    tried,
    error: error.message,
  };
  expect(draft, step);
  show(draft, step, helpCard(draft, step, tried));
}

/** What somebody answered to that. */
export function helped(draft: Draft, step: AgentStep, index: number, by: string, name: string): void {
  const was = draft.steps[step.id];
  const answer = answers[index];
  if (answer === undefined || was?.waitsFor !== "help") return;
  const { tried = [], generation, attempt } = was;
  const card = helpCard(draft, step, tried);
  forget(draft, step, was);
  switch (answer) {
    case "try-again":
      show(draft, step, { ...card, buttons: [], outcome: `${name} said: try again.` }, generation);
      draft.steps[step.id] = tryStep(draft, step, { state: "waiting", generation: generation + 1, attempt: 1, tried });
      return;
    case "take-request":
      draft.steps[step.id] = { ...was, taker: by };
      expect(draft, step, by);
      show(draft, step, {
        ...card,
        text: `${name} has taken it and does it by hand.`,
        buttons: buttonsOf(draft, step, "Done", "solve-request"),
      });
      return;
    case "give-up":
      show(draft, step, { ...card, buttons: [], outcome: `${name} gave it up.` });
      draft.steps[step.id] = {
        state: "failed",
        generation,
        attempt,
        tried,
        error: `${was.error ?? "it failed"}; ${name} gave it up`,
      };
      fail(draft, step.id);
      return;
    case "solve-request": {
      show(draft, step, { ...card, buttons: [], outcome: `${name} did it by hand.` });
      const output: JsonObject = { summary: `${name} did “${nameIn(draft.definition, step.id)}” by hand`, by, name };
      draft.steps[step.id] = { state: "done", generation, attempt, taker: by, output };
      return;
    }
    default:
      answer satisfies never;
  }
}

/** The run goes on, or ends, without an answer. */
export function endHelp(draft: Draft, step: AgentStep, was: StepState, outcome = "The run was stopped."): void {
  forget(draft, step, was);
  const card = helpCard(draft, step, was.tried ?? []);
  show(draft, step, { ...card, buttons: [], outcome });
}

function helpCard(draft: Draft, step: AgentStep, tried: readonly Tried[]): Card {
  const { run } = draft;
  const attempts = tried.map(({ specialist, error, known = "" }, i) =>
    `${i + 1}. ${specialist}: ${sentenceEnd(error)} ${known}`.trim(),
  );
  const found = draft.definition.steps.flatMap(({ id, kind }) => {
    const { summary } = (draft.steps[id]?.output ?? {}) as { readonly summary?: Json };
    return kind === "agent" && typeof summary === "string"
      ? [`${nameIn(draft.definition, id)}: ${sentenceEnd(summary)}`]
      : [];
  });
  return {
    title: `Nobody could do “${nameIn(draft.definition, step.id)}”`,
    text: `${run.requester.name} asked to ${sentenceEnd(run.title)} The run waits until ${run.requester.name} or somebody on call says how it goes on.`,
    fields: [
      { label: "Request", value: shortId(run.runId) },
      { label: "Tried", value: attempts.join("\n") },
      ...(found.length > 0 ? [{ label: "Known", value: found.join("\n") }] : []),
    ],
    buttons: buttonsOf(draft, step, "I take it", "take-request"),
    link: `/runs/${run.runId}`,
  };
}

/** Several steps of a run may ask for help at once: each button says which one it answers. */
function buttonsOf(
  { run }: Draft,
  step: AgentStep,
  label: string,
  takes: (typeof answers)[number],
): NonNullable<Card["buttons"]> {
  const say = (answer: (typeof answers)[number]) => addressedTo(answer, run.runId, step.id);
  return [
    { label: "Try again", style: "default", say: say("try-again") },
    { label, style: "primary", say: say(takes) },
    { label: "Give up", style: "danger", say: say("give-up") },
  ];
}

/** In the thread, and where approvals are asked for: there those on call look. */
function show(draft: Draft, step: AgentStep, card: Card, generation = draft.steps[step.id]?.generation ?? 1): void {
  const id = `help:${step.id}#${generation}`;
  draft.commands.push({ type: "note", params: { id, to: "thread", card, urgent: true } });
  draft.commands.push({ type: "note", params: { id, to: "approvals", card, urgent: true } });
}

function tell(draft: Draft, id: string, card: Card): void {
  draft.commands.push({ type: "note", params: { id, to: "thread", card } });
}

function openAnswers(taker: string | undefined): readonly number[] {
  return taker === undefined ? [0, 1, 2] : [0, 2, 3];
}

function expect(draft: Draft, step: AgentStep, taker?: string): void {
  const match = { request: shortId(draft.run.runId) };
  for (const index of openAnswers(taker)) {
    const name = answers[index] ?? "";
    const roles = name === "solve-request" ? [`person:${taker}`] : helpers;
    const event = { type: "expect", name, match, roles };
    draft.commands.push({ type: "tell", params: { id: helpId(step.id, index), to: "inbox", event } });
  }
}

function forget(draft: Draft, step: AgentStep, { taker }: StepState): void {
  for (const index of openAnswers(taker))
    draft.commands.push({
      type: "tell",
      params: { id: helpId(step.id, index), to: "inbox", event: { type: "forget" } },
    });
}

/** What an answer of this number is expected under. */
function helpId(step: string, index: number): string {
  return `help:${step}:${index}`;
}
