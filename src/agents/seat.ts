import type { Command } from "../domain/command.ts";
import { formatDuration } from "../domain/duration.ts";
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
          args: { specialist: specialist.name, seats: specialist.concurrency },
          gate: null,
        },
      },
    ],
  };
}

/** There was none: another try in a while, or the task gives up. */
export function waitForSeat(specialist: Specialist, task: TaskContext): Progress {
  const delayMs = Math.min(longestMs, 1000 * 2 ** (task.seat - 1));
  if (task.seat >= mostTries) {
    const error = `${specialist.name} has had no time for ${formatDuration(mostTries * longestMs)}: all its ${specialist.concurrency} seats are taken`;
    return { context: { ...task, phase: "failed", error, retryable: true }, commands: [] };
  }
  const timer: Command = { type: "timer", params: { id: "seat", event: { type: "seat.again" }, delayMs } };
  return { context: task, commands: [timer] };
}

/** Whether a task got the seat it asked for. */
export function isSeated(output: unknown): boolean {
  return (output as { seated?: unknown } | null)?.seated === true;
}
