import { Fault } from "../domain/fault.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";
import { neverRan } from "../domain/service.ts";
import type { Deploy, FaultKind, Operation, Where } from "../trial/company.ts";
import type { Queryable } from "./database.ts";

export const here = "where tenant_id = $1 and service = $2 and environment = $3";
export const hereByName = "where tenant_id = $1 and name = $2 and environment = $3";

export interface OperationRow {
  readonly key: string;
  readonly kind: string;
  readonly detail: string;
  readonly progress: number;
  readonly result: string | null;
  readonly calls: number;
}

export function keyOf(where: Where): [string, string, string] {
  return [where.tenant, where.service, where.environment];
}

export async function log(db: Queryable, where: Where, line: string): Promise<void> {
  await db.query("insert into steward.trial_log (tenant_id, service, environment, line) values ($1, $2, $3, $4)", [
    ...keyOf(where),
    line,
  ]);
}

export async function begin(
  db: Queryable,
  tenant: string,
  key: string,
  kind: string,
  detail: JsonObject,
): Promise<Operation> {
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

export async function finish(tx: Queryable, tenant: string, key: string, result: JsonObject): Promise<Json> {
  const [row] = await tx.query<{ result: string }>(
    "update steward.trial_operation set result = coalesce(result, $3) where tenant_id = $1 and key = $2 returning result",
    [tenant, key, canonical(result)],
  );
  return JSON.parse(row?.result ?? "null") as Json;
}

export function toOperation(row: OperationRow): Operation {
  return {
    ...row,
    detail: JSON.parse(row.detail) as JsonObject,
    result: row.result === null ? null : (JSON.parse(row.result) as Json),
  };
}

/** Ends the open fault, if it is of one of these kinds (null: of any), and lets the instances breathe. */
export async function endFault(tx: Queryable, where: Where, kinds: readonly FaultKind[] | null): Promise<void> {
  const ended = await tx.query(
    `update steward.trial_fault set until_at = steward.now() ${here} and until_at is null and ($4::text[] is null or kind = any($4)) returning kind`,
    [...keyOf(where), kinds],
  );
  if (ended.length > 0)
    await tx.query(`update steward.trial_instance set status = 'running' ${here} and status = 'failing'`, keyOf(where));
}

export async function beginFault(tx: Queryable, where: Where, kind: FaultKind, version: string | null): Promise<void> {
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

export async function release(
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

export async function rollback(tx: Queryable, where: Where, key: string, toVersion: string, by: string): Promise<Json> {
  const { tenant, service, environment } = where;
  const operation = await begin(tx, tenant, key, "services.rollback", { service, environment, toVersion });
  if (operation.result !== null) return operation.result;
  const [now] = await tx.query<{ version: string }>(
    `select version from steward.trial_service ${hereByName} for update`,
    keyOf(where),
  );
  const fromVersion = now?.version ?? "";
  const known = await tx.query<{ version: string }>(
    `select version from steward.trial_deploy ${here} and version <> $4 group by version order by max(at) desc`,
    [...keyOf(where), fromVersion],
  );
  if (toVersion === fromVersion)
    throw new Fault("bad-request", `${service} in ${environment} runs version ${toVersion} already.`);
  if (!known.some(({ version }) => version === toVersion))
    throw new Fault(
      "bad-request",
      neverRan(
        toVersion,
        service,
        environment,
        known.map(({ version }) => version),
      ),
    );
  await release(tx, where, toVersion, by, "rollback");
  return finish(tx, tenant, key, { service, environment, version: toVersion, fromVersion });
}

export async function scale(tx: Queryable, where: Where, key: string, instances: number): Promise<Json> {
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
