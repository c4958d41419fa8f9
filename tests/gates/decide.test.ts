import { expect, test } from "vitest";
import type { Gate, Press } from "../../src/gates/gates.ts";
import { decide, mayAnswer, sentenceFor } from "../../src/gates/gates.ts";
import { ana, ben, cara, dan, eve, four, gate, member, policyOf, press, vote } from "./company.ts";

test("nobody approves their own request, but they may withdraw it, even without a reason", () => {
  const both = { ...ana, roles: ["manager", "security"] };
  expect(decide(gate(), press(both))).toEqual({ kind: "refused", because: "own-request" });
  expect(decide(gate(), press(ana, "deny", { reason: null }))).toMatchObject({ kind: "denied", withdrawn: true });
});

test("manager and security are two people", () => {
  const both = member("fay", "manager", "security");
  expect(decide(gate(), press(both))).toMatchObject({ kind: "counted", missing: ["1 security"] });
  for (const second of [cara, dan])
    expect(decide(gate({ votes: [vote(both)] }), press(second))).toMatchObject({ kind: "approved" });
});

test("a deny needs a reason, and ends it at once", () => {
  expect(decide(gate(), press(dan, "deny", { reason: "  " }))).toEqual({ kind: "needs-reason" });
  expect(decide(gate({ votes: [vote(cara)] }), press(dan, "deny", { reason: " no " }))).toMatchObject({
    kind: "denied",
    withdrawn: false,
    vote: { reason: "no" },
  });
});

const refusals: [string, Partial<Gate>, Press, string][] = [
  ["somebody without the role", {}, press(ben), "not-an-approver"],
  ["somebody without the role who denies", {}, press(ben, "deny"), "not-an-approver"],
  ["a second press", { votes: [vote(cara)] }, press(cara), "already-voted"],
  ["a changed mind", { votes: [vote(cara)] }, press(cara, "deny"), "already-voted"],
  ["a press at the very end", {}, press(cara, "approve", { at: four }), "expired"],
  ["a press at no time at all", {}, press(cara, "approve", { at: "later" }), "expired"],
  ["an expired gate", { state: "expired" }, press(cara), "expired"],
  ["an approved gate", { state: "approved" }, press(cara), "already-decided"],
  ["a waived gate", { state: "waived" }, press(cara), "already-decided"],
  ["a withdrawn gate", { state: "withdrawn" }, press(ana, "deny"), "already-decided"],
  ["a superseded gate", { state: "superseded" }, press(cara), "superseded"],
  ["a card of another subject", {}, press(cara, "approve", { subjectHash: "old" }), "superseded"],
  ["a gate that is not open yet", { state: "new" }, press(cara), "not-yet"],
  ["a guest with the role", {}, press(eve), "guest"],
  ["a bot with the role", {}, press({ ...cara, kind: "bot" }), "bot"],
  ["an inactive manager", {}, press({ ...cara, active: false }), "inactive"],
];

test.each(refusals)("%s is refused", (_, more, one, because) => {
  const decision = decide(gate(more), one);
  expect(decision).toEqual({ kind: "refused", because });
  expect(sentenceFor(decision, gate(more), one.by.id)).toMatch(/^[A-Z].*\.$/);
});

test("escalation adds who may answer and leaves the number as it was", () => {
  const escalatedTo = [{ kind: "person", id: "ben", name: "ben" } as const];
  const late = gate({ escalatedTo });
  expect(decide(late, press(ben))).toMatchObject({ kind: "counted" });
  expect(decide(gate({ escalatedTo, votes: [vote(ben)] }), press(dan))).toMatchObject({ kind: "approved" });
  expect(sentenceFor({ kind: "refused", because: "not-an-approver" }, late, "eve")).toBe(
    "This needs 1 manager and 1 security, or ben; you are not among them.",
  );
});

test("an escalation to whoever asked does not let them approve", () => {
  expect(decide(gate({ escalatedTo: [{ kind: "person", id: "ana", name: "ana" }] }), press(ana))).toEqual({
    kind: "refused",
    because: "own-request",
  });
});

test("two of one role are two people", () => {
  const two = gate({ policy: policyOf(["manager", 2]) });
  expect(decide(two, press(cara))).toMatchObject({ kind: "counted", missing: ["1 manager"] });
  expect(decide({ ...two, votes: [vote(cara)] }, press(member("gil", "manager")))).toMatchObject({ kind: "approved" });
});

test("a gate waits for those who may still answer it", () => {
  expect([ana, ben, cara, dan, eve].filter((person) => mayAnswer(gate({ votes: [vote(dan)] }), person))).toEqual([
    cara,
  ]);
});

test("who changed what is asked cannot approve it, and says why when they deny it", () => {
  const changed = gate({ barred: ["ana", "cara"], changers: ["cara"] });
  const approve = decide(changed, press(cara));
  expect(approve).toEqual({ kind: "refused", because: "own-request" });
  expect(sentenceFor(approve, changed, "cara")).toMatch(/^You changed this, so somebody else has to approve it\./);
  expect(sentenceFor(decide(changed, press(ana)), changed, "ana")).toMatch(/^You asked for this yourself/);
  expect(decide(changed, press(cara, "deny", { reason: null }))).toEqual({ kind: "needs-reason" });
  expect(decide(changed, press(cara, "deny"))).toMatchObject({ kind: "denied", withdrawn: false });
  expect(decide(changed, press(ana, "deny", { reason: null }))).toMatchObject({ kind: "denied", withdrawn: true });
});
