import { newId } from "../domain/ids.ts";
import { systemName } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import type {
  Deploy,
  Environment,
  FaultKind,
  Grant,
  Operation,
  Service,
  Spell,
  TrialStore,
  Where,
} from "../trial/company.ts";
import type { Database, Queryable } from "./database.ts";
import {
  begin,
  beginFault,
  endFault,
  finish,
  here,
  hereByName,
  keyOf,
  log,
  type OperationRow,
  release,
  rollback,
  scale,
  toOperation,
} from "./trial-changes.ts";

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
    spells: async (tenant, environment, since) =>
      (
        await db.query<{ service: string; kind: FaultKind; since: string; until_at: string | null }>(
          `select service, kind, since, until_at from steward.trial_fault
            where tenant_id = $1 and environment = $2 and (until_at is null or until_at >= $3) order by id`,
          [tenant, environment, since],
        )
      ).map(
        ({ service, kind, since: from, until_at }): Spell => ({
          service,
          kind,
          since: iso(from),
          until: until_at === null ? null : iso(until_at),
        }),
      ),
    deploys: async (where, limit) =>
      (
        await db.query<{ version: string; by: string; at: string; change: Deploy["change"] }>(
          // People are called by their names wherever a release is spoken of.
          `select version, coalesce((select p.name from steward.person p where p.tenant_id = $1 and p.id = by_id), by_id) as by, at, change
           from steward.trial_deploy ${here} order by at desc limit $4`,
          [...keyOf(where), limit],
        )
      ).map((row) => ({ ...row, by: systemName(row.by) ?? row.by, at: iso(row.at) })),
    log: (where, line) => log(db, where, line),
    deploy: (where, version, by, change = "version") => db.tx((tx) => release(tx, where, version, by, change)),
    setFault: (where, fault, brought = false) =>
      db.tx(async (tx) => {
        await endFault(tx, where, null);
        if (fault === null) return;
        const [now] = await tx.query<{ version: string }>(
          `select version from steward.trial_service ${hereByName}`,
          keyOf(where),
        );
        await beginFault(tx, where, fault, brought ? (now?.version ?? null) : null);
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
    finishRestart: (where, key, heals, result) =>
      db.tx(async (tx) => {
        const [operation] = await tx.query<{ result: string | null }>(
          "select result from steward.trial_operation where tenant_id = $1 and key = $2 for update",
          [where.tenant, key],
        );
        if (operation?.result === null) await endFault(tx, where, heals);
        return finish(tx, where.tenant, key, result);
      }),
    rollback: (where, key, toVersion, by) => db.tx((tx) => rollback(tx, where, key, toVersion, by)),
    scale: (where, key, instances) => db.tx((tx) => scale(tx, where, key, instances)),
    grant: ({ tenant, key, forMs, ...grant }) =>
      db.tx(async (tx) => {
        const operation = await begin(tx, tenant, key, "directory.grant", { ...grant, forMs });
        if (operation.result !== null) return operation.result;
        const [row] = await tx.query<{ until_at: string | null }>(
          // Materialized, or the planner reads the clock once for each use of it.
          `with the_moment as materialized (select steward.now() as at)
           insert into steward.trial_grant (tenant_id, person_id, resource, level, granted_at, until_at, grant_key)
           select $1::text, $2, $3, $4, at, at + $5::bigint * interval '1 millisecond', $6 from the_moment
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
    operation: async (tenant, key) =>
      (await readOperations(db, "tenant_id = $1 and key = $2", [tenant, key]))[0] ?? null,
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
    kind: FaultKind | null;
    since: string | null;
    instances: Service["instances"];
  }>(
    `select s.name, s.environment, s.version, f.kind, f.since,
            (select coalesce(json_agg(json_build_object('number', i.number, 'status', i.status, 'startedAt', i.started_at, 'restarts', i.restarts) order by i.number), '[]')
               from steward.trial_instance i where i.tenant_id = s.tenant_id and i.service = s.name and i.environment = s.environment) as instances
       from steward.trial_service s
       left join steward.trial_fault f
         on f.tenant_id = s.tenant_id and f.service = s.name and f.environment = s.environment and f.until_at is null
      where s.tenant_id = $1 and ($2::text is null or s.name = $2) and ($3::text is null or s.environment = $3)
      order by s.name, s.environment`,
    [tenant, where?.service ?? null, where?.environment ?? null],
  );
  return rows.map((row) => ({
    name: row.name,
    environment: row.environment,
    version: row.version,
    fault: row.kind === null || row.since === null ? null : { kind: row.kind, since: iso(row.since) },
    instances: row.instances.map((instance) => ({ ...instance, startedAt: iso(instance.startedAt) })),
  }));
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
            status = case when exists (select from steward.trial_fault ${here} and until_at is null and kind = 'crashloop') then 'failing' else 'running' end
      ${here} and number = $4`,
    [...keyOf(where), number],
  );
  await log(tx, where, `INFO instance ${number} restarted`);
  return true;
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
    "select person_id, resource, level, granted_at, until_at, grant_key from steward.trial_grant where tenant_id = $1 and ($2::text is null or person_id = $2) order by person_id, resource, granted_at, grant_key",
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

async function readOperations(db: Queryable, condition: string, values: readonly unknown[]): Promise<Operation[]> {
  const rows = await db.query<OperationRow>(
    `select key, kind, detail, progress, result, calls from steward.trial_operation where ${condition}`,
    values,
  );
  return rows.map(toOperation);
}

/** Drivers give instants as Date or as text. */
function iso(instant: string | Date): string {
  return new Date(instant).toISOString();
}
