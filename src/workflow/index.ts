/** A definition of a workflow: read from a file, checked, kept by its hash, and what happens next in a run of it. Pure. */

export type { Addressed } from "./address.ts";
export { addressedTo, readAddressed, stepExpecting } from "./address.ts";
export { readAhead, wishedCalls } from "./ahead.ts";
export type { Audiences } from "./audience.ts";
export { whyNotTold } from "./audience.ts";
export { conditionInWords } from "./conditions.ts";
export type { Content, Definition } from "./definition.ts";
export { define, definitionFrom, titleOf } from "./definition.ts";
export { withDemanded } from "./demanded.ts";
export type { Heard } from "./events.ts";
export { fits, heardBy, toldFirst } from "./events.ts";
export { answers as handOverAnswers } from "./hand-over.ts";
export type { CheckedInput, Field } from "./input.ts";
export { checkInput } from "./input.ts";
export type { Joining } from "./join.ts";
export { joinParts } from "./join.ts";
export type { Known } from "./known.ts";
export type { Loaded } from "./load.ts";
export { loadDefinition } from "./load.ts";
export type {
  Answered,
  Change,
  Failure,
  Phase,
  PlanContext,
  PlanEvent,
  PlanInput,
  StepName,
  StepState,
  Trusted,
} from "./plan-state.ts";
export { planContext, together } from "./plan-state.ts";
export type { Problem } from "./problems.ts";
export { formatProblem, nearName } from "./problems.ts";
export { progress } from "./progress.ts";
export type { Scope } from "./references.ts";
export { findReferences, parseReference, resolve, resolveText, rewrite } from "./references.ts";
export { riskIn } from "./risk.ts";
export type { Step, Trigger } from "./schema.ts";
export { eventsOf } from "./schema.ts";
export { replyOf, statusOf } from "./sentences.ts";
export { outsideIn } from "./taint.ts";
export { writeDefinition } from "./write.ts";
