import type { Person } from "../../src/domain/incoming.ts";
import type { Gate, Policy, PolicyRule, Press, Vote } from "../../src/gates/gates.ts";
import { policiesSchema, resolvePolicy, subjectHash, subjectText } from "../../src/gates/gates.ts";

export function member(id: string, ...roles: string[]): Person {
  return { id, name: id, kind: "member", roles, managerId: null, active: true };
}

export const ana = member("ana", "requester");
export const ben = member("ben", "on-call");
export const cara = member("cara", "manager");
export const dan = member("dan", "security");
export const eve: Person = { ...member("eve", "manager"), kind: "guest" };

export const noon = "2026-11-21T12:00:00.000Z";
export const four = "2026-11-21T16:00:00.000Z";

export function rules(...list: unknown[]): PolicyRule[] {
  return policiesSchema.parse(list);
}

export const restart = {
  effectId: "e1",
  tool: "services.restart",
  contractHash: "c1",
  args: { service: "checkout", environment: "production" },
  pin: { version: 7 },
};

export function policyOf(...require: [role: string, count: number][]): Policy {
  return resolvePolicy(rules({ name: "test", match: {}, require: require.map(([role, count]) => ({ role, count })) }), [
    { tool: "t", risk: "dangerous", args: {} },
  ]);
}

const subject = subjectText([restart]);

export function gate(more: Partial<Gate> = {}): Gate {
  return {
    state: "open",
    barred: ["ana"],
    policy: policyOf(["manager", 1], ["security", 1]),
    votes: [],
    escalatedTo: [],
    subject,
    subjectHash: subjectHash(subject),
    expiresAt: four,
    consumed: [],
    ...more,
  };
}

export function press(by: Person, answer: "approve" | "deny" = "approve", more: Partial<Press> = {}): Press {
  return {
    by,
    answer,
    reason: answer === "deny" ? "not now" : null,
    subjectHash: subjectHash(subject),
    surface: "thread",
    at: noon,
    ...more,
  };
}

export function vote({ id, name, roles }: Person, decision: "approve" | "deny" = "approve"): Vote {
  return {
    person: { id, name, roles },
    decision,
    reason: null,
    surface: "thread",
    subjectHash: subjectHash(subject),
    at: noon,
  };
}
