/** The specialists: who can be given which task, and how it is done without a model. Pure data. */
import { analysis } from "./analysis.ts";
import { attention } from "./attention.ts";
import { communication } from "./communication.ts";
import { dashboard } from "./dashboard.ts";
import { data } from "./data.ts";
import { documentation } from "./documentation.ts";
import { observer } from "./observer.ts";
import { operator } from "./operator.ts";
import { patterns } from "./patterns.ts";
import { planner } from "./planner.ts";
import { reviews } from "./reviews.ts";
import type { Specialist } from "./specialist.ts";

export { longestMessage, type Words } from "./communication-words.ts";
export { accountPage, causeOf, type RunRecord, recordOf } from "./documentation-pages.ts";
export { wrongInput } from "./input.ts";
export type { PlanReader } from "./plan-tools.ts";
export { checkingPlans, planReader, planTools } from "./plan-tools.ts";
export type { Look, Playbook, Report, Specialist, Task, Thinking } from "./specialist.ts";
export { thinks } from "./specialist.ts";
export type { TaskContext, TaskEvent, TaskInput, TaskPhase, Tools } from "./task.ts";
export type { AgentStore, Found } from "./tools.ts";
export { agentTools } from "./tools.ts";
export { failedAs, taskContext, whyNoAgent, work } from "./work.ts";

/** Every specialist there is. */
export const specialists: readonly Specialist[] = [
  observer,
  data,
  analysis,
  documentation,
  communication,
  operator,
  planner,
  dashboard,
  attention,
  patterns,
  reviews,
];
