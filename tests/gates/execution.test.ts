import { expect, test } from "vitest";
import { checkExecution } from "../../src/gates/gates.ts";
import { cara, dan, gate, member, restart, vote } from "./company.ts";

const approved = gate({ state: "approved", votes: [vote(cara), vote(dan)] });

test("what was approved may run once", () => {
  expect(checkExecution(approved, restart, [cara, dan])).toEqual({ kind: "ok" });
  expect(checkExecution({ ...approved, consumed: ["e1"] }, restart, [cara, dan])).toMatchObject({
    because: "consumed",
  });
});

test("what was not approved, or not this, does not run", () => {
  for (const state of ["open", "denied", "expired", "superseded", "waived"] as const)
    expect(checkExecution({ ...approved, state }, restart, [cara, dan])).toMatchObject({ because: "not-approved" });
  expect(
    checkExecution(approved, { ...restart, args: { ...restart.args, service: "billing" } }, [cara, dan]),
  ).toMatchObject({ because: "changed" });
});

test.each([
  ["lost the role", [cara, { ...dan, roles: [] }]],
  ["left", [cara, { ...dan, active: false }]],
  ["became a guest", [cara, { ...dan, kind: "guest" as const }]],
  ["is gone", [cara]],
])("an approval whose voter %s is worth nothing", (_, voters) => {
  expect(checkExecution(approved, restart, voters)).toMatchObject({
    because: "voter-lost-role",
    sentence: "With the roles its voters hold now the approval lacks 1 security",
  });
});

test("a voter who changed roles still counts where they fit, and strangers add nothing", () => {
  expect(
    checkExecution(approved, restart, [
      { ...cara, roles: ["security"] },
      { ...dan, roles: ["manager"] },
    ]),
  ).toEqual({ kind: "ok" });
  expect(
    checkExecution({ ...approved, votes: [vote(cara)] }, restart, [cara, dan, member("hal", "security")]),
  ).toMatchObject({ because: "voter-lost-role" });
});
