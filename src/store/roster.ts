import { setTimeout as wait } from "node:timers/promises";
import { emptyHead, nextEntry } from "../audit/entry.ts";
import { digest, type JsonObject } from "../domain/json.ts";
import { clockOf, type Database, type Queryable } from "./database.ts";
import { type PersonSeed, syncPeople } from "./people.ts";

/** What steward.yaml says about who people are. */
export interface Roster {
  readonly people: readonly PersonSeed[];
  readonly groups: readonly { readonly platform: string; readonly role: string; readonly group: string }[];
}

/** "replaced": this content was taken over before, and another one since. */
export type Taken = { readonly kind: "taken" } | { readonly kind: "replaced"; readonly since: string };

/** Any number that nothing else locks. */
const lock = 7226111;
const tries = 10;

/**
 * Brings persons, roles and identities to what the file says, with one entry in the `admin` stream that says what changed; nothing
 * is written where nothing does. A content that was replaced since by another comes from a file that stayed behind, and changes
 * nothing, unless `again`: whoever runs Steward says that it holds once more. The embedded database has one process: what that
 * one is started with always holds.
 */
export async function takeRoster(db: Database, tenant: string, roster: Roster, again = false): Promise<Taken> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.tx((q) => takeOnce(q, tenant, roster, again || db.kind === "pglite"));
    } catch (error) {
      // Somebody else wrote the next entry of that stream at this moment.
      if ((error as { code?: string }).code !== "23505" || attempt === tries) throw error;
      await wait(Math.random() * attempt * 10);
    }
  }
}

/** Whether what holds now was taken from this content; null while none was. */
export async function isInForce(q: Queryable, tenant: string, roster: Roster): Promise<boolean | null> {
  const [newest] = await taken(q, tenant);
  return newest === undefined ? null : newest.hash === digest(plain(roster));
}

async function takeOnce(q: Queryable, tenant: string, roster: Roster, holds: boolean): Promise<Taken> {
  await q.query("select pg_advisory_xact_lock($1)", [lock]);
  const hash = digest(plain(roster));
  const known = await taken(q, tenant);
  const newest = known[0];
  const isNewest = newest?.hash === hash;
  if (newest && !isNewest && !holds && known.some((one) => one.hash === hash))
    return { kind: "replaced", since: newest.at };
  const before = await facts(q, tenant);
  await syncPeople(q, tenant, roster.people, roster.groups);
  if (!isNewest)
    await q.query("insert into steward.people_file (tenant_id, n, hash) values ($1, $2, $3)", [
      tenant,
      (newest?.n ?? 0) + 1,
      hash,
    ]);
  const change = changeOf(before, await facts(q, tenant));
  if (change !== null) await record(q, tenant, { ...change, file: hash });
  return { kind: "taken" };
}

const plain = ({ people, groups }: Roster) =>
  ({
    people: people.map(({ id, name, kind, roles, manager, identities }) => ({
      ...{ id, name, kind, roles: [...roles], manager },
      identities: identities.map(({ platform, workspace, user }) => ({ platform, workspace, user })),
    })),
    groups: groups.map(({ platform, role, group }) => ({ platform, role, group })),
  }) satisfies JsonObject;

/** The newest first. */
function taken(q: Queryable, tenant: string): Promise<{ n: number; hash: string; at: string }[]> {
  return q.query("select n, hash, at from steward.people_file where tenant_id = $1 order by n desc", [tenant]);
}

interface Facts {
  readonly persons: ReadonlyMap<string, { name: string; kind: string; manager: string | null }>;
  /** Roles and accounts, each as JSON. */
  readonly roles: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
}

/** Everybody who is active, the roles they hold and the accounts that are theirs. */
async function facts(q: Queryable, tenant: string): Promise<Facts> {
  const persons = await q.query<{ id: string; name: string; kind: string; manager: string | null }>(
    "select id, name, kind, manager_id as manager from steward.person where tenant_id = $1 and active order by id",
    [tenant],
  );
  const roles = await q.query(
    "select person_id as person, role from steward.role_grant where tenant_id = $1 order by person_id, role",
    [tenant],
  );
  const accounts = await q.query(
    `select person_id as person, platform, workspace, user_id as "user" from steward.identity where tenant_id = $1
     order by person_id, platform, workspace, user_id`,
    [tenant],
  );
  const texts = (rows: readonly object[]) => new Set(rows.map((row) => JSON.stringify(row)));
  return {
    persons: new Map(persons.map(({ id, ...rest }) => [id, rest])),
    roles: texts(roles),
    accounts: texts(accounts),
  };
}

/** What is otherwise now, by ids alone: an entry cannot be erased. Null when nothing is. */
function changeOf(before: Facts, after: Facts): JsonObject | null {
  const less = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((text) => !other.has(text)).map((text) => JSON.parse(text) as JsonObject);
  const changed = [...after.persons].flatMap(([id, now]): JsonObject[] => {
    const was = before.persons.get(id);
    const other = {
      ...(was?.kind !== now.kind && { kind: now.kind }),
      ...(was?.manager !== now.manager && { manager: now.manager }),
      ...(was?.name !== now.name && { renamed: true }),
    };
    return was === undefined || Object.keys(other).length === 0 ? [] : [{ person: id, ...other }];
  });
  const came = [...after.persons].filter(([id]) => !before.persons.has(id));
  const all: Record<string, JsonObject[string][]> = {
    came: came.map(([person, { kind, manager }]) => ({ person, kind, manager })),
    left: [...before.persons.keys()].filter((id) => !after.persons.has(id)),
    changed,
    given: less(after.roles, before.roles),
    taken: less(before.roles, after.roles),
    linked: less(after.accounts, before.accounts),
    unlinked: less(before.accounts, after.accounts),
  };
  const some = Object.entries(all).filter(([, list]) => list.length > 0);
  return some.length === 0 ? null : (Object.fromEntries(some) as JsonObject);
}

async function record(q: Queryable, tenant: string, data: JsonObject): Promise<void> {
  const stream = "admin";
  const [head = emptyHead] = await q.query<{ seq: number; hash: Buffer }>(
    "select seq, hash from steward.audit where tenant_id = $1 and stream = $2 order by seq desc limit 1",
    [tenant, stream],
  );
  const at = await clockOf(q);
  const next = nextEntry(head, { tenant, stream, at, kind: "people.changed", by: "system", body: null, data });
  await q.query("insert into steward.audit (tenant_id, stream, seq, entry, hash) values ($1, $2, $3, $4, $5)", [
    ...[tenant, stream, next.seq, next.entry],
    next.hash,
  ]);
}
