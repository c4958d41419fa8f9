import type { Person } from "../domain/incoming.ts";
import type { Queryable } from "./database.ts";

const columns = `p.id, p.name, p.kind, p.manager_id as "managerId", p.active,
  array(select g.role from steward.role_grant g where g.tenant_id = p.tenant_id and g.person_id = p.id order by g.role) as roles`;

/** These people with the roles they hold now, in the caller's transaction. */
export function findPeople(on: Pick<Queryable, "query">, tenant: string, ids: readonly string[]): Promise<Person[]> {
  return on.query<Person>(
    `select ${columns} from steward.person p where p.tenant_id = $1 and p.id = any ($2::text[])`,
    [tenant, [...new Set(ids)]],
    "people-now",
  );
}

/** Active members who hold any of these roles, by name. */
export function holdersOf(on: Pick<Queryable, "query">, tenant: string, roles: readonly string[]): Promise<Person[]> {
  return on.query<Person>(
    `select ${columns} from steward.person p where p.tenant_id = $1 and p.active and p.kind = 'member'
       and exists (select from steward.role_grant g where g.tenant_id = p.tenant_id and g.person_id = p.id and g.role = any ($2::text[])) order by p.name`,
    [tenant, roles],
    "holders",
  );
}

/** Everybody of a tenant, by name. */
export function allPeople(on: Queryable, tenant: string): Promise<Person[]> {
  return on.query<Person>(`select ${columns} from steward.person p where p.tenant_id = $1 order by p.id`, [tenant]);
}

/** What every row of a tenant hangs on. */
export async function keepTenant(q: Queryable, tenant: string): Promise<void> {
  await q.query("insert into steward.tenant (id, name) values ($1, $1) on conflict do nothing", [tenant]);
}

export interface PersonSeed {
  readonly id: string;
  readonly name: string;
  readonly kind: "member" | "guest" | "bot";
  readonly roles: readonly string[];
  readonly manager: string | null;
  readonly identities: readonly { readonly platform: string; readonly workspace: string; readonly user: string }[];
}

/** Brings persons, roles and identities to what steward.yaml says; a person it no longer names is deactivated, never deleted. */
export async function syncPeople(
  q: Queryable,
  tenant: string,
  people: readonly PersonSeed[],
  groups: readonly { readonly platform: string; readonly role: string }[] = [],
): Promise<void> {
  await keepTenant(q, tenant);
  const rows = JSON.stringify(people.map(({ id, name, kind, manager }) => ({ id, name, kind, manager })));
  await q.query(
    `insert into steward.person as p (tenant_id, id, name, kind, manager_id)
     select $1, r.id, r.name, r.kind, r.manager from json_to_recordset($2::json) as r(id text, name text, kind text, manager text)
     on conflict (tenant_id, id) do update set name = excluded.name, kind = excluded.kind, manager_id = excluded.manager_id, active = true`,
    [tenant, rows],
  );
  await q.query("update steward.person set active = false where tenant_id = $1 and not (id = any ($2::text[]))", [
    tenant,
    people.map((person) => person.id),
  ]);
  // A role that a platform's group brought stays only as long as some group still brings it.
  await q.query(
    `delete from steward.role_grant g where tenant_id = $1 and (source = 'steward.yaml' or not exists (
       select from json_to_recordset($2::json) as r(platform text, role text) where r.platform = g.source and r.role = g.role))`,
    [tenant, JSON.stringify(groups.map(({ platform, role }) => ({ platform, role })))],
  );
  const grants = people.flatMap(({ id, roles }) => [...new Set(roles)].map((role) => ({ person: id, role })));
  await q.query(
    `insert into steward.role_grant (tenant_id, person_id, role) select $1, r.person, r.role from json_to_recordset($2::json) as r(person text, role text)
     on conflict (tenant_id, person_id, role) do update set source = 'steward.yaml'`,
    [tenant, JSON.stringify(grants)],
  );
  await q.query("delete from steward.identity where tenant_id = $1 and source = 'steward.yaml'", [tenant]);
  const identities = people.flatMap((person) => person.identities.map((each) => ({ ...each, person: person.id })));
  await q.query(
    `insert into steward.identity (tenant_id, platform, workspace, user_id, person_id)
     select $1, r.platform, r.workspace, r.user, r.person
     from json_to_recordset($2::json) as r(platform text, workspace text, "user" text, person text)
     on conflict (tenant_id, platform, workspace, user_id) do update set person_id = excluded.person_id, source = 'steward.yaml'`,
    [tenant, JSON.stringify(identities)],
  );
}
