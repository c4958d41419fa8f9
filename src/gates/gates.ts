/** Approval: who may say yes to what, and what that yes is good for. Pure: time and people are passed in. */

export { whyUnanswerable } from "./answerable.ts";
export { argumentName, argumentValue } from "./argument.ts";
export type { Shown } from "./card.ts";
export { escalationCard, openCard, reminderCard, settledCard } from "./card.ts";
export type { ChangeField, Changes } from "./change.ts";
export { changeFields, readChanges } from "./change.ts";
export type { Decision, Press, Refusal } from "./decide.ts";
export { decide } from "./decide.ts";
export { wrongEditable } from "./editable.ts";
export type { Execution } from "./execution.ts";
export { checkExecution } from "./execution.ts";
export type { Escalated, Gate, GateState, ShownEffect, Vote, Voter } from "./gate.ts";
export { mayAnswer } from "./gate.ts";
export type { Nameable } from "./names.ts";
export { wrongNames } from "./names.ts";
export type { Escalation, EscalationTarget, Judged, Policy, PolicyRule, Requirement } from "./policy.ts";
export {
  asksPeople,
  atLeast,
  editableArgs,
  inWords,
  mayAsk,
  policiesSchema,
  policyHash,
  resolvePolicy,
} from "./policy.ts";
export { reasonGiven, sentenceFor, steeredBecause, whoMayApprove } from "./sentence.ts";
export type { SubjectEffect } from "./subject.ts";
export { callsIn, covers, subjectHash, subjectText } from "./subject.ts";
export type { Tally } from "./tally.ts";
export { tally } from "./tally.ts";
