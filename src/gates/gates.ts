/** Approval: who may say yes to what, and what that yes is good for. Pure: time and people are passed in. */
export { covers, subjectHash, subjectText } from "./subject.ts";
export type { SubjectEffect } from "./subject.ts";
export { inWords, policiesSchema, policyHash, resolvePolicy } from "./policy.ts";
export type { Escalation, EscalationTarget, Judged, Policy, PolicyRule, Requirement } from "./policy.ts";
export { isApprover, mayAnswer } from "./gate.ts";
export type { Escalated, Gate, GateState, Vote, Voter } from "./gate.ts";
export { decide } from "./decide.ts";
export type { Decision, Press, Refusal } from "./decide.ts";
export { sentenceFor, whoMayApprove } from "./sentence.ts";
export { tally } from "./tally.ts";
export type { Tally } from "./tally.ts";
export { checkExecution } from "./execution.ts";
export type { Execution } from "./execution.ts";
export { escalationCard, openCard, reminderCard, settledCard } from "./card.ts";
export type { ShownEffect, Shown } from "./card.ts";
