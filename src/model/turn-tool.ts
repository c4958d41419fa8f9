import { type Specialist, type Task, type Thinking, thinks } from "../agents/index.ts";
import { TurnAnswered, TurnAsked, turnTool } from "../agents/turn.ts";
import { Fault } from "../domain/fault.ts";
import { type AnyTool, defineTool, type Tool, type ToolCall } from "../domain/tool.ts";
import { thinkAloud } from "./aloud.ts";
import { answered, textOf } from "./answer.ts";
import { type Asker, type AskParts, ask, type Got } from "./ask.ts";
import type { Recorded } from "./ledger.ts";
import { offersFor, summaryQuestion, turnQuestion } from "./request.ts";
import { artifactsIn, type Excerpt, type Message, type Summary, shown, sizeOf, transcript } from "./transcript.ts";

export interface TurnParts {
  /** Null: no model is configured. */
  readonly ask: AskParts | null;
  /** All tools there are; read when a turn is asked. */
  tools(): ReadonlyMap<string, AnyTool>;
  /** Those whose tasks may ask. */
  readonly specialists: readonly Specialist[];
  /** How a large output of this run begins; null when the run has no such output. */
  artifact(tenant: string, runId: string, id: string, characters: number): Promise<Excerpt | null>;
}

/** How long a conversation may be, in characters; above, its oldest results go, then its oldest turns. */
const longestContext = 120_000;
const pausesAllowed = 3;
/** Three tries, and what is waited between them. */
const timeoutMs = 420_000;

/**
 * Asks a model for a task's next move. Keyed by the effect: what was answered is returned again without asking, and what was
 * asked and lost is asked once more.
 */
export function modelTurn(parts: TurnParts): Tool<TurnAsked, TurnAnswered> {
  return defineTool<TurnAsked, TurnAnswered>({
    name: turnTool,
    summary: "Asks a model what to do next in a task",
    params: TurnAsked,
    result: TurnAnswered,
    risk: () => "read",
    effect: "keyed",
    timeoutMs,
    wholeBytes: 65_536,
    // Each turn is told all that came before: kept for every turn, a task of twenty would be kept ten times over.
    repeats: true,
    steers: [],
    describe: (args) => `Ask the model for the next move of ${args.specialist} in ${args.task}`,
    run: (call) => turn(parts, call),
  });
}

async function turn(parts: TurnParts, call: ToolCall<TurnAsked>): Promise<TurnAnswered> {
  const { args, tenant, effectId, runId } = call;
  if (parts.ask === null) return { kind: "unavailable", because: "no model is configured" };
  const { specialist, task } = taskOf(parts.specialists, args);
  const offers = offersFor(specialist, task, parts.tools());
  const { ledger } = parts.ask;
  const before = [...args.turns.map((one) => one.call), ...(args.earlier ?? [])];
  const { at, recorded } = await ledger.answers(tenant, runId, [...before, effectId]);
  const asker: Asker = {
    tenant,
    effectId,
    runId,
    personId: call.requesterId,
    specialist: specialist.name,
    task: args.task,
    signal: call.signal,
    said: () => undefined,
  };
  const own = partsOf(recorded, effectId);
  const aloud = thinkAloud(specialist.name, (text, written) => call.progress(text, written));
  if (isWhole(own)) {
    // It may have been asked by a process that ended before it could show all of it.
    aloud.said(wholeOf(own));
    return answered(effectId, own, offers);
  }

  const spentUsd = spentOn(recorded) / 1e6;
  if (spentUsd >= 2 * specialist.model.budgetUsd)
    return {
      kind: "unavailable",
      because: `this task may spend ${specialist.model.budgetUsd} US dollars on models and has spent ${spentUsd}`,
    };
  // Past its budget a task must report with what it has.
  const last = args.last || spentUsd >= specialist.model.budgetUsd;
  const messages = await fitting(parts, parts.ask, asker, { ...args, last }, specialist, { at, recorded });
  if ("kind" in messages) return refusalOf(messages, effectId, recorded);
  const said = [...own];
  try {
    while (!isWhole(said)) {
      const soFar = said.flatMap((part) => part.content) as Message["content"];
      const question = turnQuestion(
        specialist,
        task,
        offers,
        soFar.length > 0 ? [...messages, { role: "assistant", content: soFar }] : messages,
        last,
      );
      const before = wholeOf(said);
      const speaker = { ...asker, said: (text: () => string) => aloud.saying(() => joined(before, text())) };
      const got = await ask(parts.ask, speaker, said.length === 0 ? "turn" : `turn:${said.length + 1}`, question, at);
      if (got.kind !== "answered") {
        const { recorded: now } = await ledger.answers(tenant, runId, [effectId]);
        return refusalOf(got, effectId, now);
      }
      said.push(got.recorded);
    }
    aloud.said(wholeOf(said));
    return answered(effectId, said, offers);
  } finally {
    aloud.end();
  }
}

/** What a model said in an answer and what followed its pauses. */
function wholeOf(parts: readonly Recorded[]): string {
  return textOf(parts.flatMap((part) => part.content));
}

function taskOf(
  specialists: readonly Specialist[],
  args: TurnAsked,
): { readonly specialist: Thinking; readonly task: Task } {
  const specialist = specialists.find(({ name }) => name === args.specialist);
  const task = specialist && Object.hasOwn(specialist.tasks, args.task) ? specialist.tasks[args.task] : undefined;
  if (!specialist || !task)
    throw new Fault("bad-request", `There is no specialist ${args.specialist} with a task ${args.task} here.`);
  if (!thinks(specialist)) throw new Fault("bad-request", `${args.specialist} asks no model.`);
  return { specialist, task };
}

/** Why there is no answer; at a cap with what this effect has paid for already. */
function refusalOf(
  got: Exclude<Got, { kind: "answered" }>,
  effectId: string,
  recorded: readonly Recorded[],
): TurnAnswered {
  if (got.kind !== "over-budget") return got;
  const { scope: cap, spentUsd, capUsd, needsUsd } = got;
  const usd = (recorded.find((one) => one.effectId === effectId)?.effectMicro ?? 0) / 1e6;
  return { kind: "over-budget", cap, spentUsd, capUsd, needsUsd, usd, call: effectId };
}

/** What all these effects cost, each counted once. Millionths of a US dollar. */
function spentOn(recorded: readonly Recorded[]): number {
  const each = new Map(recorded.map((one) => [one.effectId, one.effectMicro]));
  return [...each.values()].reduce((sum, micro) => sum + micro, 0);
}

/** The answer of an effect and what followed its pauses, in order. */
function partsOf(recorded: readonly Recorded[], effectId: string): readonly Recorded[] {
  return recorded.filter((one) => one.effectId === effectId && /^turn(:\d+)?$/.test(one.purpose));
}

function isWhole(parts: readonly Recorded[]): boolean {
  return parts.length > pausesAllowed || (parts.length > 0 && parts.at(-1)?.stopReason !== "pause_turn");
}

/** The conversation, kept short enough: results of the oldest turns are left out first, then those turns are summed up. */
async function fitting(
  parts: TurnParts,
  asking: AskParts,
  asker: Asker,
  args: TurnAsked,
  specialist: Specialist,
  { at, recorded }: { readonly at: string; readonly recorded: readonly Recorded[] },
): Promise<readonly Message[] | Exclude<Got, { kind: "answered" }>> {
  const said = new Map(
    args.turns.map((one) => [one.call, partsOf(recorded, one.call).flatMap((part) => part.content)]),
  );
  const excerpts = new Map(
    await Promise.all(
      artifactsIn(args).map(
        async (id) => [id, await parts.artifact(asker.tenant, asker.runId, id, shown.excerpt)] as const,
      ),
    ),
  );
  const summary = latestSummary(recorded);
  const newest = args.turns.length - 1;
  const shortened = (of: TurnAsked) =>
    shortest((bareUntil) => transcript(of, said, excerpts, { summary, bareUntil }), newest);
  const messages = shortened(args);
  if (sizeOf(messages) <= longestContext || newest <= (summary?.covers ?? 0)) return messages;
  // Summed up with the results that fit: what they said is what is needed later.
  const old = shortened({ ...args, turns: args.turns.slice(0, newest), last: false });
  const got = await ask(asking, asker, `summary:${newest}`, summaryQuestion(specialist, old), at);
  if (got.kind !== "answered") return got;
  const text = textOf(got.recorded.content);
  // One that was refused stands for nothing.
  return text === "" ? messages : transcript(args, said, excerpts, { summary: { covers: newest, text }, bareUntil: 0 });
}

/** A conversation with the results of as few turns left out as it takes to be short enough; at most those before this one. */
function shortest(build: (bareUntil: number) => readonly Message[], newest: number): readonly Message[] {
  let messages = build(0);
  for (let bareUntil = 1; bareUntil <= newest && sizeOf(messages) > longestContext; bareUntil++)
    messages = build(bareUntil);
  return messages;
}

/** The summary that stands for the most turns. */
function latestSummary(recorded: readonly Recorded[]): Summary | null {
  return recorded.reduce<Summary | null>((best, one) => {
    const covers = Number(/^summary:(\d+)$/.exec(one.purpose)?.[1] ?? 0);
    const text = textOf(one.content);
    return covers > (best?.covers ?? 0) && text !== "" ? { covers, text } : best;
  }, null);
}

/** A text and what followed after a pause, as `textOf` joins them. */
function joined(before: string, after: string): string {
  return [before, after].filter((text) => text !== "").join("\n");
}
