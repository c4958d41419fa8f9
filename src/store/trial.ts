import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";
import type { Environment, Grant, Operation, Service, TrialStore, Where } from "../trial/company.ts";
import type { Database, Queryable } from "./database.ts";

const seeded = {
  versions: { checkout: "1.4.2", billing: "2.0.7", search: "0.9.13", website: "5.1.0" },
  instances: { production: 3, staging: 2 },
} as const;

/** The trial company's tables. */
export function trialStore(db: Database): TrialStore {
  return {
    seed: (tenant) => seed(db, tenant),
    now: async () => new Date((await db.query<{ now: string }>("select steward.now() as now"))[0]?.now ?? Number.NaN),
    services: (tenant) => readServices(db, tenant, null),
    service: async (where) => (await readServices(db, where.tenant, where))[0] ?? null,
    logs: async (where, limit) =>
      (
        await db.query<{ at: string; line: string }>(
          `select at, line from steward.trial_log ${here} order by id desc limit $4`,
          [...keyOf(where), limit],
        )
      ).map((row) => ({ at: iso(row.at), line: row.line })),
    deploys: async (where, limit) =>
      (
        await db.query<{ version: string; by_id: string; at: string }>(
          `select version, by_id, at from steward.trial_deploy ${here} order by at desc limit $4`,
          [...keyOf(where), limit],
        )
      ).map((row) => ({ version: row.version, by: row.by_id, at: iso(row.at) })),
    log: (where, line) => log(db, where, line),
    deploy: (where, version, by) =>
      db.tx(async (tx) => {
        await tx.query(`update steward.trial_service set version = $4 ${hereByName}`, [...keyOf(where), version]);
        // Two deploys in one millisecond are one after the other all the same.
        await tx.query(
          `insert into steward.trial_deploy (tenant_id, service, environment, version, by_id, at)
           select $1, $2, $3, $4, $5, greatest(steward.now(), (select max(at) + interval '1 millisecond' from steward.trial_deploy ${here}))`,
          [...keyOf(where), version, by],
        );
        await log(tx, where, `INFO version ${version} deployed by ${by}`);
      }),
    setFault: (where, fault) =>
      db.tx(async (tx) => {
        await tx.query(
          `update steward.trial_service set fault = case when $4::text is null then null else json_build_object('kind', $4::text, 'since', steward.now())::text end ${hereByName}`,
          [...keyOf(where), fault],
        );
        await tx.query(`update steward.trial_instance set status = $4 ${here} and status <> 'restarting'`, [
          ...keyOf(where),
          fault === "crashloop" ? "failing" : "running",
        ]);
      }),
    begin: (tenant, key, kind, detail) => begin(db, tenant, key, kind, detail),
    takeDown: (where, key, number) =>
      db.tx(async (tx) => {
        if (await isNext(tx, where.tenant, key, number))
          await tx.query(`update steward.trial_instance set status = 'restarting' ${here} and number = $4`, [
            ...keyOf(where),
            number,
          ]);
      }),
    bringUp: (where, key, number) => db.tx((tx) => bringUp(tx, where, key, number)),
    finishRestart: (where, key, result) =>
      db.tx(async (tx) => {
        const [operation] = await tx.query<{ result: string | null }>(
          "select result from steward.trial_operation where tenant_id = $1 and key = $2 for update",
          [where.tenant, key],
        );
        if (operation?.result === null)
          await tx.query(
            `update steward.trial_service set fault = null ${hereByName} and fault::json->>'kind' in ('memory-leak', 'slow')`,
            keyOf(where),
          );
        return finish(tx, where.tenant, key, result);
      }),
    grant: ({ tenant, key, forMs, ...grant }) =>
      db.tx(async (tx) => {
        const operation = await begin(tx, tenant, key, "directory.grant", { ...grant, forMs });
        if (operation.result !== null) return operation.result;
        const [row] = await tx.query<{ until_at: string | null }>(
          `insert into steward.trial_grant (tenant_id, person_id, resource, level, granted_at, until_at, grant_key)
           select $1::text, $2, $3, $4, at, at + $5::bigint * interval '1 millisecond', $6
           from (select steward.now() as at) as the_moment
           on conflict (tenant_id, person_id, resource) do update
             set level = excluded.level, granted_at = excluded.granted_at, until_at = excluded.until_at, grant_key = excluded.grant_key
           returning until_at`,
          [tenant, grant.person, grant.resource, grant.level, forMs, key],
        );
        return finish(tx, tenant, key, {
          ...grant,
          until: row?.until_at == null ? null : iso(row.until_at),
          forMs,
          grant: key,
        });
      }),
    revoke: ({ tenant, key, person, resource, grant }) =>
      db.tx(async (tx) => {
        const operation = await begin(tx, tenant, key, "directory.revoke", { person, resource, grant });
        if (operation.result !== null) return operation.result;
        const gone = await tx.query(
          "delete from steward.trial_grant where tenant_id = $1 and person_id = $2 and resource = $3 and ($4::text is null or grant_key = $4) returning person_id",
          [tenant, person, resource, grant],
        );
        return finish(tx, tenant, key, { person, resource, revoked: gone.length > 0 });
      }),
    grants: (tenant, person) => readGrants(db, tenant, person),
    append: async (tenant, kind, detail, result) => {
      await db.query(
        "insert into steward.trial_operation (tenant_id, key, kind, detail, progress, result) values ($1, $2, $3, $4, 1, $5)",
        [tenant, newId(), kind, canonical(detail), canonical(result)],
      );
    },
    byMarker: async (tenant, kind, marker) =>
      (
        await readOperations(
          db,
          "tenant_id = $1 and kind = $2 and detail::json->>'marker' = $3 order by key desc limit 1",
          [tenant, kind, marker],
        )
      )[0] ?? null,
    operations: (tenant, kind) => readOperations(db, "tenant_id = $1 and kind = $2 order by at, key", [tenant, kind]),
  };
}

const here = "where tenant_id = $1 and service = $2 and environment = $3";
const hereByName = "where tenant_id = $1 and name = $2 and environment = $3";

function keyOf(where: Where): [string, string, string] {
  return [where.tenant, where.service, where.environment];
}

async function seed(db: Database, tenant: string): Promise<void> {
  await db.tx(async (tx) => {
    for (const [name, version] of Object.entries(seeded.versions))
      for (const [environment, instances] of Object.entries(seeded.instances)) {
        const fresh = await tx.query(
          "insert into steward.trial_service (tenant_id, name, environment, version) values ($1, $2, $3, $4) on conflict do nothing returning name",
          [tenant, name, environment, version],
        );
        if (fresh.length === 0) continue;
        await tx.query(
          `insert into steward.trial_instance (tenant_id, service, environment, number, status, started_at)
           select $1, $2, $3, n, 'running', steward.now() - interval '3 days' from generate_series(1, $4::int) n`,
          [tenant, name, environment, instances],
        );
        await tx.query(
          "insert into steward.trial_deploy (tenant_id, service, environment, version, by_id, at) values ($1, $2, $3, $4, 'ben', steward.now() - interval '3 days')",
          [tenant, name, environment, version],
        );
        await log(
          tx,
          { tenant, service: name, environment: environment as Environment },
          `INFO ${name} ${version} is ready`,
        );
      }
  });
}

async function readServices(db: Queryable, tenant: string, where: Where | null): Promise<Service[]> {
  const rows = await db.query<{
    name: string;
    environment: Environment;
    version: string;
    fault: string | null;
    instances: Service["instances"];
  }>(
    `select s.name, s.environment, s.version, s.fault,
            (select coalesce(json_agg(json_build_object('number', i.number, 'status', i.status, 'startedAt', i.started_at, 'restarts', i.restarts) order by i.number), '[]')
               from steward.trial_instance i where i.tenant_id = s.tenant_id and i.service = s.name and i.environment = s.environment) as instances
       from steward.trial_service s
      where s.tenant_id = $1 and ($2::text is null or s.name = $2) and ($3::text is null or s.environment = $3)
      order by s.name, s.environment`,
    [tenant, where?.service ?? null, where?.environment ?? null],
  );
  return rows.map((row) => {
    const fault = row.fault === null ? null : (JSON.parse(row.fault) as NonNullable<Service["fault"]>);
    return {
      name: row.name,
      environment: row.environment,
      version: row.version,
      fault: fault && { kind: fault.kind, since: iso(fault.since) },
      instances: row.instances.map((instance) => ({ ...instance, startedAt: iso(instance.startedAt) })),
    };
  });
}

async function log(db: Queryable, where: Where, line: string): Promise<void> {
  await db.query("insert into steward.trial_log (tenant_id, service, environment, line) values ($1, $2, $3, $4)", [
    ...keyOf(where),
    line,
  ]);
}

async function begin(db: Queryable, tenant: string, key: string, kind: string, detail: JsonObject): Promise<Operation> {
  const text = canonical(detail);
  const rows = await db.query<OperationRow>(
    `insert into steward.trial_operation as o (tenant_id, key, kind, detail) values ($1, $2, $3, $4)
     on conflict (tenant_id, key) do update set calls = o.calls + 1 returning key, kind, detail, progress, result, calls`,
    [tenant, key, kind, text],
  );
  const operation = toOperation(rows[0] as OperationRow);
  if (operation.kind !== kind || canonical(operation.detail) !== text)
    throw new Fault(
      "conflict",
      `The key ${key} was used before for ${operation.kind} with other arguments; a new call needs a new key.`,
    );
  return operation;
}

/** Locks the key's row, so that a second caller with the same key waits and then sees what is done. */
async function isNext(tx: Queryable, tenant: string, key: string, number: number): Promise<boolean> {
  const [row] = await tx.query<{ progress: number }>(
    "select progress from steward.trial_operation where tenant_id = $1 and key = $2 for update",
    [tenant, key],
  );
  return row?.progress === number - 1;
}

async function bringUp(tx: Queryable, where: Where, key: string, number: number): Promise<boolean> {
  if (!(await isNext(tx, where.tenant, key, number))) return false;
  await tx.query("update steward.trial_operation set progress = $3 where tenant_id = $1 and key = $2", [
    where.tenant,
    key,
    number,
  ]);
  await tx.query(
    `update steward.trial_instance set restarts = restarts + 1, started_at = steward.now(),
            status = case when (select fault::json->>'kind' from steward.trial_service ${hereByName}) = 'crashloop' then 'failing' else 'running' end
      ${here} and number = $4`,
    [...keyOf(where), number],
  );
  await log(tx, where, `INFO instance ${number} restarted`);
  return true;
}

async function finish(tx: Queryable, tenant: string, key: string, result: JsonObject): Promise<Json> {
  const [row] = await tx.query<{ result: string }>(
    "update steward.trial_operation set result = coalesce(result, $3) where tenant_id = $1 and key = $2 returning result",
    [tenant, key, canonical(result)],
  );
  return JSON.parse(row?.result ?? "null") as Json;
}

async function readGrants(db: Queryable, tenant: string, person: string | null): Promise<Grant[]> {
  const rows = await db.query<{
    person_id: string;
    resource: string;
    level: string;
    granted_at: string;
    until_at: string | null;
    grant_key: string;
  }>(
    "select person_id, resource, level, granted_at, until_at, grant_key from steward.trial_grant where tenant_id = $1 and ($2::text is null or person_id = $2) order by person_id, resource",
    [tenant, person],
  );
  return rows.map((row) => ({
    person: row.person_id,
    resource: row.resource,
    level: row.level,
    grantedAt: iso(row.granted_at),
    until: row.until_at === null ? null : iso(row.until_at),
    grant: row.grant_key,
  }));
}

interface OperationRow {
  readonly key: string;
  readonly kind: string;
  readonly detail: string;
  readonly progress: number;
  readonly result: string | null;
  readonly calls: number;
}

async function readOperations(db: Queryable, condition: string, values: readonly unknown[]): Promise<Operation[]> {
  const rows = await db.query<OperationRow>(
    `select key, kind, detail, progress, result, calls from steward.trial_operation where ${condition}`,
    values,
  );
  return rows.map(toOperation);
}

function toOperation(row: OperationRow): Operation {
  return {
    ...row,
    detail: JSON.parse(row.detail) as JsonObject,
    result: row.result === null ? null : (JSON.parse(row.result) as Json),
  };
}

/** Drivers give instants as Date or as text. */
function iso(instant: string | Date): string {
  return new Date(instant).toISOString();
}
