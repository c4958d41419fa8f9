import type { Command } from "../domain/command.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Specialist } from "./specialist.ts";
import type { Progress, TaskContext } from "./task.ts";

/** The tool that says whether a task may begin: a specialist has only so many seats. */
export const seatTool = "agents.seat";

const longestMs = 15_000;
/** Waits of 1, 2, 4, 8 and then 15 s: half an hour in all. */
const mostTries = 120;

/** Asks for a seat, the first time or again. */
export function askForSeat(specialist: Specialist, task: TaskContext): Progress {
  const seat = task.seat + 1;
  const step = `seat-${seat}`;
  const { others = [] } = task;
  return {
    context: { ...task, seat },
    commands: [
      {
        type: "perform",
        params: {
          id: `${step}#1`,
          step,
          generation: 1,
          tool: seatTool,
          args: {
            specialist: specialist.name,
            seats: specialist.concurrency,
            ...(others.length > 0 && { others: [...others] }),
          },
          gate: null,
        },
      },
    ],
  };
}

/** What came of asking for a seat: it has one, another specialist has, or nobody. */
export function readSeat(output: Json): {
  readonly seated: boolean;
  readonly ahead: number;
  readonly free: string | null;
} {
  const { seated, ahead, free } = (output ?? {}) as JsonObject;
  return {
    seated: seated === true,
    ahead: typeof ahead === "number" ? ahead : 0,
    free: typeof free === "string" ? free : null,
  };
}

/** There was none: another try in a while, which is said once it takes longer; or the task gives up. */
export function waitForSeat(specialist: Specialist, task: TaskContext, ahead: number): Progress {
  const delayMs = Math.min(longestMs, 1000 * 2 ** (task.seat - 1));
  if (task.seat >= mostTries) {
    const error = `${specialist.name} has had no time for ${formatDuration(mostTries * longestMs)}: all its ${specialist.concurrency} seats are taken`;
    return { context: { ...task, phase: "failed", error, retryable: true }, commands: [] };
  }
  const timer: Command = { type: "timer", params: { id: "seat", event: { type: "seat.again" }, delayMs } };
  const places = specialist.concurrency === 1 ? "the only seat is" : `all ${specialist.concurrency} seats are`;
  const before = ahead > specialist.concurrency ? `, and ${ahead - specialist.concurrency} wait before it` : "";
  const said = note(`“${nameOf(task)}” waits for the agent ${specialist.name}: ${places} taken${before}.`);
  return { context: task, commands: task.seat === saidAfter ? [timer, said] : [timer] };
}

/** It has a seat: what was said about the wait is true no more. */
export function endWait(specialist: Specialist, task: TaskContext): readonly Command[] {
  return task.seat > saidAfter
    ? [note(`“${nameOf(task)}” has begun: the agent ${specialist.name} had a seat for it.`)]
    : [];
}

/** After so many tries, some seconds, whoever asked is told. */
const saidAfter = 3;

function note(text: string): Command {
  return { type: "note", params: { id: "seat", to: "thread", card: { text } } };
}

/** The step that gave the task, without the part of a request that it belongs to. */
function nameOf({ id }: TaskContext): string {
  return id.replace(/#.*$/, "").replace(/^part-\d+-/, "");
}
