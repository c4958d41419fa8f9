import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
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
        await db.query<{ version: string; by_id: string; at: string; change: Deploy["change"] }>(
          `select version, by_id, at, change from steward.trial_deploy ${here} order by at desc limit $4`,
          [...keyOf(where), limit],
        )
      ).map((row) => ({ version: row.version, by: row.by_id, at: iso(row.at), change: row.change })),
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

/** Ends the open fault, if it is of one of these kinds (null: of any), and lets the instances breathe. */
async function endFault(tx: Queryable, where: Where, kinds: readonly FaultKind[] | null): Promise<void> {
  const ended = await tx.query(
    `update steward.trial_fault set until_at = steward.now() ${here} and until_at is null and ($4::text[] is null or kind = any($4)) returning kind`,
    [...keyOf(where), kinds],
  );
  if (ended.length > 0)
    await tx.query(`update steward.trial_instance set status = 'running' ${here} and status = 'failing'`, keyOf(where));
}

async function beginFault(tx: Queryable, where: Where, kind: FaultKind, version: string | null): Promise<void> {
  await tx.query(
    `insert into steward.trial_fault (tenant_id, service, environment, kind, version, instances)
     select $1, $2, $3, $4::text, $5, count(*) from steward.trial_instance ${here}`,
    [...keyOf(where), kind, version],
  );
  if (kind === "crashloop")
    await tx.query(
      `update steward.trial_instance set status = 'failing' ${here} and status <> 'restarting'`,
      keyOf(where),
    );
}

async function release(
  tx: Queryable,
  where: Where,
  version: string,
  by: string,
  change: Deploy["change"],
): Promise<void> {
  await tx.query(`update steward.trial_service set version = $4 ${hereByName}`, [...keyOf(where), version]);
  await tx.query(`update steward.trial_instance set started_at = steward.now() ${here}`, keyOf(where));
  // Two deploys in one millisecond are one after the other all the same.
  await tx.query(
    `insert into steward.trial_deploy (tenant_id, service, environment, version, by_id, at, change)
     select $1, $2, $3, $4, $5, greatest(steward.now(), (select max(at) + interval '1 millisecond' from steward.trial_deploy ${here})), $6`,
    [...keyOf(where), version, by, change],
  );
  const what = { version: "deployed", configuration: "(new configuration) deployed", rollback: "brought back" }[change];
  await log(tx, where, `INFO version ${version} ${what} by ${by}`);
  const [open] = await tx.query<{ version: string | null }>(
    `select version from steward.trial_fault ${here} and until_at is null`,
    keyOf(where),
  );
  if (open?.version != null && open.version !== version) await endFault(tx, where, null);
  const [known] = await tx.query<{ kind: FaultKind }>(
    `select kind from steward.trial_fault f ${here} and version = $4
        and not exists (select from steward.trial_fault o where o.tenant_id = f.tenant_id and o.service = f.service and o.environment = f.environment and o.until_at is null)
      order by id desc limit 1`,
    [...keyOf(where), version],
  );
  if (known) await beginFault(tx, where, known.kind, version);
}

async function rollback(tx: Queryable, where: Where, key: string, toVersion: string, by: string): Promise<Json> {
  const { tenant, service, environment } = where;
  const operation = await begin(tx, tenant, key, "services.rollback", { service, environment, toVersion });
  if (operation.result !== null) return operation.result;
  const [now] = await tx.query<{ version: string }>(
    `select version from steward.trial_service ${hereByName} for update`,
    keyOf(where),
  );
  const fromVersion = now?.version ?? "";
  const known = await tx.query<{ version: string }>(
    `select version from steward.trial_deploy ${here} and version <> $4 group by version order by max(at) desc limit 5`,
    [...keyOf(where), fromVersion],
  );
  if (toVersion === fromVersion)
    throw new Fault("bad-request", `${service} in ${environment} runs version ${toVersion} already.`);
  if (!known.some(({ version }) => version === toVersion))
    throw new Fault(
      "bad-request",
      `Version ${toVersion} never ran on ${service} in ${environment}. ${known.length === 0 ? "No other version did." : `These did: ${known.map(({ version }) => version).join(", ")}.`}`,
    );
  await release(tx, where, toVersion, by, "rollback");
  return finish(tx, tenant, key, { service, environment, version: toVersion, fromVersion });
}

async function scale(tx: Queryable, where: Where, key: string, instances: number): Promise<Json> {
  const { tenant, service, environment } = where;
  const operation = await begin(tx, tenant, key, "services.scale", { service, environment, instances });
  if (operation.result !== null) return operation.result;
  const there = await tx.query<{ number: number }>(
    `select number from steward.trial_instance ${here} order by number for update`,
    keyOf(where),
  );
  const [open] = await tx.query<{ kind: FaultKind; instances: number }>(
    `select kind, instances from steward.trial_fault ${here} and until_at is null`,
    keyOf(where),
  );
  await tx.query(`delete from steward.trial_instance ${here} and number > $4`, [...keyOf(where), instances]);
  await tx.query(
    `insert into steward.trial_instance (tenant_id, service, environment, number, status, started_at)
     select $1, $2, $3, n, $5, steward.now() from generate_series(1, $4::int) n on conflict do nothing`,
    [...keyOf(where), instances, open?.kind === "crashloop" ? "failing" : "running"],
  );
  if (open && instances >= 2 * open.instances) await endFault(tx, where, ["traffic-spike"]);
  await log(tx, where, `INFO ${instances} instances instead of ${there.length}`);
  return finish(tx, tenant, key, { service, environment, instances, before: there.length });
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
            status = case when exists (select from steward.trial_fault ${here} and until_at is null and kind = 'crashloop') then 'failing' else 'running' end
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
