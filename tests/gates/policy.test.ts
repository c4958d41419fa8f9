import { expect, test } from "vitest";
import { inWords, policiesSchema, policyHash, resolvePolicy } from "../../src/gates/gates.ts";
import { rules } from "./company.ts";

const production = {
  name: "production restarts",
  match: { tool: "services.restart", args: { environment: "production" } },
  require: [{ role: "on-call", count: 1 }],
  remindAfter: "10m",
  escalate: [{ after: "20m", to: "manager-of-requester" }],
  expireAfter: "1h",
};
const staging = {
  name: "staging restarts",
  match: { tool: "services.restart", args: { environment: ["staging", "dev"] } },
  require: "none",
};
const access = {
  name: "access",
  match: { tool: "directory.grant" },
  require: [{ role: "manager" }, { role: "security" }],
};
const all = rules(production, staging, access);
const restartIn = (environment: string, risk: "write" | "dangerous" = "dangerous") => ({
  tool: "services.restart",
  risk,
  args: { service: "checkout", environment },
});
const grant = { tool: "directory.grant", risk: "dangerous" as const, args: { resource: "billing" } };

test("the first policy that matches tool and arguments gives the terms", () => {
  expect(resolvePolicy(all, [restartIn("production")])).toMatchObject({
    name: "production restarts",
    require: [{ role: "on-call", count: 1 }],
    remindAfterMs: 600_000,
    escalate: [{ afterMs: 1_200_000, to: "manager-of-requester" }],
    expireAfterMs: 3_600_000,
  });
  expect(
    resolvePolicy(rules({ ...staging, match: {} }, production), [restartIn("production", "write")]).require,
  ).toEqual([]);
});

test("staging needs nobody, a list of literals matches any of them", () => {
  expect(resolvePolicy(all, [restartIn("staging", "write")]).require).toEqual([]);
  expect(resolvePolicy(all, [restartIn("dev", "write")]).require).toEqual([]);
});

test("a policy that asks nobody about something dangerous is overruled: one manager", () => {
  const policy = resolvePolicy(all, [restartIn("staging")]);
  expect(policy.require).toEqual([{ role: "manager", count: 1 }]);
  expect(policy.because).toBe(
    'policy "staging restarts" asks nobody, but services.restart is dangerous here: one manager',
  );
});

test.each([
  ["read", []],
  ["write", []],
  ["dangerous", [{ role: "manager", count: 1 }]],
] as const)("without a policy, %s needs %j", (risk, require) => {
  expect(resolvePolicy([], [{ tool: "x", risk, args: {} }])).toMatchObject({
    require,
    expireAfterMs: 4 * 3_600_000,
    remindAfterMs: 900_000,
  });
});

test("a missing argument, or one named like a method of objects, never matches", () => {
  const odd = rules({ name: "odd", match: { args: { toString: "x", environment: "staging" } }, require: "none" });
  expect(resolvePolicy(odd, [{ tool: "x", risk: "dangerous", args: {} }]).because).toContain("no policy covers");
});

test("several effects: most of every role, shortest expiry, earliest reminder; effects that need nobody add nothing", () => {
  const two = rules(
    { name: "two", match: { tool: "a" }, require: [{ role: "manager", count: 2 }], expireAfter: "2h" },
    ...[production, access],
  );
  const policy = resolvePolicy(two, [
    { tool: "a", risk: "write", args: {} },
    grant,
    restartIn("production"),
    { tool: "read", risk: "read", args: {} },
  ]);
  expect(policy.require).toEqual([
    { role: "manager", count: 2 },
    { role: "on-call", count: 1 },
    { role: "security", count: 1 },
  ]);
  expect(policy).toMatchObject({
    name: "two + access + production restarts",
    expireAfterMs: 3_600_000,
    remindAfterMs: 600_000,
  });
  expect(policy.escalate).toEqual([]);
});

test("nobody stands in where a policy names nobody, or for what another policy of the same question is about", () => {
  const later = {
    ...production,
    name: "later",
    match: { tool: "later" },
    escalate: [{ after: "40m", to: "manager-of-requester" }],
  };
  const both = rules(production, later, access);
  const call = (tool: string) => ({ tool, risk: "dangerous" as const, args: { environment: "production" } });
  expect(resolvePolicy(both, [grant]).escalate).toEqual([]);
  expect(resolvePolicy(both, [call("services.restart"), grant]).escalate).toEqual([]);
  const manager = (afterMs: number) => [{ afterMs, to: "manager-of-requester" }];
  expect(resolvePolicy(both, [call("services.restart"), call("later")]).escalate).toEqual(manager(2_400_000));
  // Where no policy says anything, a manager is asked, and then the manager of whoever asked.
  expect(resolvePolicy(both, [call("unheard")]).escalate).toEqual(manager(1_800_000));
});

test("nothing reminds or escalates after the expiry", () => {
  expect(resolvePolicy(rules({ ...access, expireAfter: "5m" }), [grant])).toMatchObject({
    remindAfterMs: null,
    escalate: [],
    expireAfterMs: 300_000,
  });
});

test("the hash follows the terms", () => {
  expect(policyHash(resolvePolicy(all, [grant]))).toBe(policyHash(resolvePolicy(all, [grant])));
  expect(policyHash(resolvePolicy(all, [grant]))).not.toBe(policyHash(resolvePolicy(all, [restartIn("production")])));
});

test("requirements read as words", () => {
  expect(
    inWords([
      { role: "manager", count: 1 },
      { role: "security", count: 2 },
    ]),
  ).toBe("1 manager and 2 security");
});

test.each([
  [{ name: "a", match: { risk: "dangerous" }, require: "none" }, "asks nobody about what is dangerous"],
  [{ ...access, require: [{ role: "manager" }, { role: "manager" }] }, "names the role manager twice"],
  [{ ...access, require: [] }, "Too small"],
  [{ ...access, require: [{ role: "manager", count: 0 }] }, "count"],
  [{ ...access, expireAfter: "soon" }, '"soon" is not a duration'],
  [{ ...access, expireAfter: 60 }, '"60" is not a duration'],
  [{ ...access, remindAfter: "5h" }, "would remind after it expired"],
  [{ ...access, escalate: [{ after: "5h", to: "manager-of-requester" }] }, "would escalate after it expired"],
  [{ ...access, escalate: [{ after: "1h", to: "boss" }] }, "Write manager-of-requester, or {role: NAME}"],
  [{ ...access, veto: "none" }, "one deny ends the gate"],
  [{ ...access, requires: [] }, "requires"],
])("a wrong policy is refused: %j", (policy, sentence) => {
  const parsed = policiesSchema.safeParse([policy]);
  expect(JSON.stringify(parsed.error?.issues).replaceAll('\\"', '"').replaceAll("\\", "")).toContain(sentence);
});

test("two policies of one name are refused", () => {
  expect(policiesSchema.safeParse([access, access]).error?.issues[0]?.message).toBe(
    'Two policies are called "access"; give each its own name',
  );
});
