import { expect, test } from "vitest";
import type { Person } from "../../src/domain/incoming.ts";
import type { Action } from "../../src/people/people.ts";
import { checkKey, hashKey, keyIdOf, maySee, newKey, parseScopes, permits, seenBy } from "../../src/people/people.ts";

const person = (id: string, roles: string[] = [], more: Partial<Person> = {}): Person => ({
  id,
  name: id,
  kind: "member",
  roles,
  managerId: null,
  active: true,
  ...more,
});
const dan = person("dan", ["security"]);
const everyone: Record<string, Person> = {
  ana: person("ana", ["requester"]),
  ben: person("ben", ["on-call"]),
  cara: person("cara", ["manager", "auditor"]),
  dan,
  eve: person("eve", [], { kind: "guest" }),
  bot: person("bot", ["on-call", "auditor"], { kind: "bot" }),
  old: person("old", ["manager"], { active: false }),
};

test.each<[Action, object, string]>([
  ["run.cancel", { requesterId: "ana" }, "ana ben cara"],
  ["run.pause", { requesterId: "eve" }, "ben cara eve"],
  ["run.pause", { requesterId: "ana", approved: true }, "ben cara"],
  ["run.pause", { requesterId: "ben", approved: true }, "ben cara"],
  ["run.resume", { requesterId: "ana", requesterManagerId: "dan" }, "ana ben cara dan"],
  ["run.again", { requesterId: null }, "ben cara"],
  ["run.settle", { requesterId: "old" }, "ben cara"],
  ["run.start", { risk: "dangerous" }, "ana ben cara dan"],
  ["run.start", {}, "ana ben cara dan"],
  ["run.start", { risk: "read" }, "ana ben cara dan eve bot"],
  ["run.read", { requesterId: "eve" }, "ana ben cara dan eve"],
  ["run.read", { requesterId: "ana", personal: true }, "ana cara"],
  ["audit.read", {}, "cara"],
  ["trial.break", {}, "ana ben cara dan"],
])("%s of %j is for %s", (action, subject, allowed) => {
  const names = Object.keys(everyone).filter((name) => permits(everyone[name] as Person, action, subject).ok);
  expect(names.join(" ")).toBe(allowed);
});

test("a refusal says who may", () => {
  expect(permits(dan, "run.cancel", { requesterId: "ana" })).toEqual({
    ok: false,
    because: "not-yours",
    sentence: "Only whoever asked for this run, a manager or somebody on call may do that.",
  });
});

test("a key opens the doors of its scopes until it is revoked, and only its hash is kept", () => {
  const { id, secret, hash } = newKey();
  const key = { id, hash, scopes: ["audit:read"], revoked: false };
  expect(keyIdOf(secret)).toBe(id);
  expect(hashKey(secret)).toEqual(hash);
  expect(checkKey(secret, key, "audit:read")).toEqual({ ok: true });
  expect(checkKey(secret, key, "workflows:write")).toMatchObject({ because: "scope" });
  expect(checkKey(secret, { ...key, revoked: true }, "audit:read")).toMatchObject({ because: "revoked" });
  expect(checkKey(`${secret}x`, key, "audit:read")).toMatchObject({ because: "unknown" });
  expect(checkKey(secret, null, "audit:read")).toMatchObject({ because: "unknown" });
  expect(keyIdOf("Bearer nonsense")).toBeNull();
});

test("scopes are read from a list, and a wrong one is named", () => {
  expect(parseScopes("audit:read, workflows:write")).toEqual({ ok: true, scopes: ["workflows:write", "audit:read"] });
  expect(parseScopes("audit:write")).toEqual({
    ok: false,
    sentence:
      '"audit:write" is not a scope; use some of workflows:write, workflows:read, audit:read, gates:read, runs:steer',
  });
  expect(parseScopes(" ")).toMatchObject({ ok: false });
});

test("an API key sees what is not personal, its own, and the rest only if it may read the audit", () => {
  const sees = (reader: { keyId: string; audits?: true }) =>
    [
      { requesterId: "ana", personal: false },
      { requesterId: "ana", personal: true },
      { requesterId: "key:one", personal: true },
    ].map((of) => maySee({ by: null, ...reader }, of));
  expect(sees({ keyId: "one" })).toEqual([true, false, true]);
  expect(sees({ keyId: "two" })).toEqual([true, false, false]);
  expect(sees({ keyId: "two", audits: true })).toEqual([true, true, true]);
  expect(seenBy({ by: null, keyId: "one" })).toEqual({ personalOf: "key:one" });
  expect(seenBy({ by: null, keyId: "two", audits: true })).toEqual({});
});
