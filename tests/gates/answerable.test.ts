import { expect, test } from "vitest";
import { openCard, type Policy, settledCard, whyUnanswerable } from "../../src/gates/gates.ts";
import { ben, cara, dan, four, gate, member, policyOf } from "./company.ts";

const manager = policyOf(["manager", 1]);
const gil = { id: "gil", name: "Gil" };
const asked = (policy: Policy, barred: readonly string[], holders: readonly ReturnType<typeof member>[], boss = null) =>
  whyUnanswerable({ policy, barred, holders, manager: boss });

test("somebody may approve it: nothing is said", () => {
  expect(asked(manager, ["ana"], [cara])).toBeNull();
  expect(asked(policyOf(["manager", 1], ["security", 1]), ["ana"], [cara, dan])).toBeNull();
});

test("the only one who has the role asked for it: that is said, with what an administrator can do", () => {
  expect(asked(manager, ["cara"], [cara])).toBe(
    "As it stands nobody can approve this: it lacks 1 manager, and cara may not approve what is their own wish. An administrator can give the role manager to somebody else, in steward.yaml or in the chat group that brings it; whoever has it can answer here.",
  );
});

test("nobody has the role, or too few: whose role it is", () => {
  expect(asked(manager, ["ana"], [])).toContain("it lacks 1 manager, and nobody else is known to have that role.");
  const both = member("gil", "manager", "security");
  expect(asked(policyOf(["manager", 1], ["security", 1]), ["ana"], [both])).toMatch(
    /nobody can approve this: it lacks 1 (manager|security),/,
  );
  expect(asked(policyOf(["on-call", 1], ["manager", 2]), ["ana"], [ben, cara])).toContain("lacks 1 manager");
  expect(asked(policyOf(["on-call", 1], ["manager", 2]), ["ana"], [])).toContain(
    "lacks 2 manager and 1 on-call, and nobody else is known to have those roles.",
  );
});

test("whom an escalation will add is said too, where it adds somebody who may", () => {
  const escalate = [{ afterMs: 1_800_000, to: "manager-of-requester" as const }];
  const late = (barred: readonly string[]) =>
    whyUnanswerable({ policy: { ...manager, escalate }, barred, holders: [], manager: gil });
  expect(late(["ana"])).toMatch(/After 30 minutes Gil may approve it too\.$/);
  expect(late(["gil"])).not.toContain("After");
});

const shown = {
  ...gate({ policy: manager, barred: ["cara"] }),
  title: "restart checkout",
  requester: { name: "cara" },
  effects: [],
  approverNames: "",
  expiresAt: four,
  unanswerable: "As it stands nobody can approve this.",
};

test("the card says it as long as it is so and open", () => {
  expect(openCard(shown)).toMatchObject({
    text: expect.stringContaining("As it stands nobody can approve this."),
    fields: expect.arrayContaining([{ label: "Nobody can approve it yet", value: shown.unanswerable }]),
  });
  const wider = { ...shown, escalatedTo: [{ kind: "person", ...gil } as const] };
  for (const card of [
    openCard(wider),
    settledCard(shown, "Withdrawn"),
    openCard({ ...shown, unanswerable: undefined as never }),
  ])
    expect(JSON.stringify(card)).not.toContain("nobody can approve");
});

test("that it is said takes no button away, however much the card shows", () => {
  const send = (length: number) => ({
    effectId: "e1",
    step: "tell",
    tool: "messages.send",
    describes: "Send a message to general",
    risk: "write" as const,
    args: { to: "general", text: "x".repeat(length) },
  });
  const labels = (length: number, unanswerable?: string) => {
    const { buttons = [] } = openCard({ ...shown, effects: [send(length)], unanswerable: unanswerable as never });
    return buttons.map(({ label }) => label);
  };
  const because = whyUnanswerable({ policy: manager, barred: ["cara"], holders: [cara], manager: null }) ?? "";
  for (const why of [undefined, because]) {
    expect(labels(2700, why)).toEqual(["Approve", "Deny"]);
    expect(labels(3000, why)).toEqual(["Deny"]);
  }
});
