/** The specialists: who can be given which task, and how it is done without a model. Pure data. */
import { analysis } from "./analysis.ts";
import { data } from "./data.ts";
import { observer } from "./observer.ts";
import type { Specialist } from "./specialist.ts";

export type { Look, Playbook, Report, Specialist } from "./specialist.ts";
export type { TaskContext, TaskEvent, TaskInput } from "./work.ts";
export { answerOf, isSeen, work } from "./work.ts";

/** Every specialist there is. */
export const specialists: readonly Specialist[] = [observer, data, analysis];

/** The specialist of this name, or null. */
export function specialistNamed(name: string): Specialist | null {
  return specialists.find((specialist) => specialist.name === name) ?? null;
}
