import { expect, test } from "vitest";
import { verify } from "../../src/audit/verify.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { recordNow } from "../../src/store/audit.ts";
import type { Database } from "../../src/store/database.ts";
import type { PersonSeed } from "../../src/store/people.ts";
import { isInForce, type Roster, takeRoster } from "../../src/store/roster.ts";
import { openWithTenant } from "../messages/database.ts";

const tenant = "default";
const person = (id: string, more: Partial<PersonSeed> = {}): PersonSeed => ({
  ...{ id, name: id, kind: "member", roles: [], manager: null, identities: [] },
  ...more,
});
const slack = { platform: "slack", workspace: "T1", user: "U1" };
const first: Roster = {
  people: [
    person("ana", { manager: "cara", identities: [slack] }),
    person("ben", { roles: ["on-call"] }),
    person("cara"),
  ],
  groups: [],
};
const second: Roster = {
  people: [person("ana", { name: "Ana", manager: "ben" }), person("cara", { roles: ["manager"], identities: [slack] })],
  groups: [],
};

async function changes(db: Database): Promise<JsonObject[]> {
  const rows = await db.query<{ entry: string }>("select entry from steward.audit where stream = 'admin' order by seq");
  return rows.map(({ entry }) => {
    const { kind, data } = JSON.parse(entry) as { kind: string; data: JsonObject };
    expect(kind).toBe("people.changed");
    const { file, ...rest } = data;
    expect(file).toMatch(/^[0-9a-f]{64}$/);
    return rest;
  });
}

const roles = (db: Database) =>
  db
    .query("select person_id || ':' || role as held from steward.role_grant order by 1")
    .then((rows) => rows.map(({ held }) => held));

test("who came and went, and every role and account given or taken, is on record once; an older file changes nothing by itself", async () => {
  const db = await openWithTenant();
  expect(await isInForce(db, tenant, first)).toBe(null);
  // As many replicas that start at the same moment.
  expect(await Promise.all([1, 2, 3].map(() => takeRoster(db, tenant, first)))).toEqual(
    [1, 2, 3].map(() => ({ kind: "taken" })),
  );
  const began = {
    came: [
      { person: "ana", kind: "member", manager: "cara" },
      { person: "ben", kind: "member", manager: null },
      { person: "cara", kind: "member", manager: null },
    ],
    given: [{ person: "ben", role: "on-call" }],
    linked: [{ person: "ana", ...slack }],
  };
  expect(await changes(db)).toEqual([began]);

  expect(await takeRoster(db, tenant, second)).toEqual({ kind: "taken" });
  const changed = {
    left: ["ben"],
    changed: [{ person: "ana", manager: "ben", renamed: true }],
    given: [{ person: "cara", role: "manager" }],
    taken: [{ person: "ben", role: "on-call" }],
    linked: [{ person: "cara", ...slack }],
    unlinked: [{ person: "ana", ...slack }],
  };
  expect(await changes(db)).toEqual([began, changed]);
  expect(await takeRoster(db, tenant, second)).toEqual({ kind: "taken" });

  // A replica that still has the first file starts again.
  expect(await takeRoster(db, tenant, first)).toEqual({ kind: "replaced", since: expect.stringMatching(/^20.*Z$/) });
  expect(await roles(db)).toEqual(["cara:manager"]);
  expect(await isInForce(db, tenant, first)).toBe(false);
  expect(await changes(db)).toEqual([began, changed]);

  // Whoever runs Steward says that it holds again; the other is the old one from now on.
  expect(await takeRoster(db, tenant, first, true)).toEqual({ kind: "taken" });
  expect(await roles(db)).toEqual(["ben:on-call"]);
  expect(await takeRoster(db, tenant, second)).toMatchObject({ kind: "replaced" });
  expect(await takeRoster(db, tenant, first)).toEqual({ kind: "taken" });
  expect(await isInForce(db, tenant, first)).toBe(true);
  expect(await changes(db)).toMatchObject([began, changed, { came: [{ person: "ben" }] }]);
  expect(await recordNow(db, tenant, verify)).toMatchObject({ ok: true, entries: 3 });
  await db.close();
});
