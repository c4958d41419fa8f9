import type { Person } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Asks, Risk } from "../domain/tool.ts";
import type { Policy } from "./policy.ts";

export type GateState = "new" | "open" | "approved" | "denied" | "expired" | "withdrawn" | "superseded" | "waived";

/** A person as they were when they voted, in JSON. */
export type Voter = { readonly id: string; readonly name: string; readonly roles: readonly string[] };

/** One person's answer. `at` is an ISO instant from the one clock; `subjectHash` is what they answered about. */
export type Vote = {
  readonly person: Voter;
  readonly decision: "approve" | "deny";
  readonly reason: string | null;
  readonly surface: string;
  readonly subjectHash: string;
  readonly at: string;
};

/** Who may answer as well since nobody did in time. They stand in for any requirement; the number needed stays. */
export type Escalated =
  | { readonly kind: "person"; readonly id: string; readonly name: string }
  | { readonly kind: "role"; readonly role: string };

/** One covered effect as an approver reads it. */
export type ShownEffect = {
  readonly effectId: string;
  readonly step: string;
  readonly tool: string;
  readonly risk: Risk;
  readonly describes: string;
  readonly args: JsonObject;
  /** Arguments that whoever approves may change. */
  readonly editable?: readonly string[];
  /** Arguments that are only words for people: to reword them is nothing more than was asked for. */
  readonly wording?: readonly string[];
  /** What its approver presses, where that is not Approve and Deny. */
  readonly asks?: Asks;
  /** Arguments whose values came from outside: an alert, a log, a ticket, or a model that read one. */
  readonly tainted?: readonly string[];
  /** Where each of those came from, in words. */
  readonly origins?: Readonly<Record<string, string>>;
  /** It needs a person only because of those: had somebody here named them, it would be less of a risk. */
  readonly steered?: true;
  /** What it would do now, as the tool says; null when it cannot say. */
  readonly dryRun?: string | null;
};

/** All that judging a gate needs. Plain JSON. */
export interface Gate {
  readonly state: GateState;
  /** Who may not approve: who asked, and for whom. They may withdraw. */
  readonly barred: readonly string[];
  /** Those of them who only changed what is asked: they end somebody else's request, and so say why. */
  readonly changers?: readonly string[];
  readonly policy: Policy;
  readonly votes: readonly Vote[];
  readonly escalatedTo: readonly Escalated[];
  readonly subject: string;
  readonly subjectHash: string;
  readonly expiresAt: string;
  /** Ids of the effects this approval was already used for. */
  readonly consumed: readonly string[];
}

/** Whether a person can fill a requirement of this role, by the role itself or because the gate was escalated to them. */
export function fills(
  person: { readonly id: string; readonly roles: readonly string[] },
  role: string,
  escalatedTo: readonly Escalated[],
): boolean {
  return person.roles.includes(role) || standsIn(person, escalatedTo);
}

function standsIn(
  person: { readonly id: string; readonly roles: readonly string[] },
  escalatedTo: readonly Escalated[],
): boolean {
  return escalatedTo.some((to) => (to.kind === "person" ? to.id === person.id : person.roles.includes(to.role)));
}

/** Whether this person's press on this gate would count now, apart from what they answer: for lists of what waits for me. */
export function mayAnswer(gate: Pick<Gate, "barred" | "policy" | "escalatedTo" | "votes">, person: Person): boolean {
  return (
    person.active &&
    person.kind === "member" &&
    !gate.barred.includes(person.id) &&
    !gate.votes.some((vote) => vote.person.id === person.id) &&
    isApprover(gate, person)
  );
}

/** Whether the policy or an escalation names this person. */
export function isApprover(gate: Pick<Gate, "policy" | "escalatedTo">, person: Person): boolean {
  return gate.policy.require.some(({ role }) => fills(person, role, gate.escalatedTo));
}
