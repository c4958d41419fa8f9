import type { Command } from "../domain/command.ts";
import { playbookOf } from "./playbook.ts";
import type { Specialist } from "./specialist.ts";
import type { TaskContext } from "./task.ts";

/** What is left to a playbook of the time that whoever gave the task set, and what people have of it to answer about money. */
const playbookShare = 0.2;
const questionShare = 0.1;

export const noTime = "its time was nearly over";
export const inItsPlace = "it goes on without a model";

/** Says in time that the playbook has to do the work; nothing where no limit was set, or where it takes a model. */
export function watchTime(specialist: Specialist, task: TaskContext): Command[] {
  const limitMs = limitOf(specialist, task);
  if (limitMs === null) return [];
  const delayMs = Math.round(limitMs * (1 - playbookShare));
  return [{ type: "timer", params: { id: "time", event: { type: "time.short" }, delayMs } }];
}

/** How long people are waited for when money is short, in milliseconds; null: as long as the question lives. */
export function questionMs(specialist: Specialist, task: TaskContext): number | null {
  const limitMs = limitOf(specialist, task);
  return limitMs === null ? null : Math.round(limitMs * questionShare);
}

function limitOf(specialist: Specialist, { task, limitMs }: TaskContext): number | null {
  return limitMs === undefined || playbookOf(specialist, task) === null ? null : limitMs;
}
