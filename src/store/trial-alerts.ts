import type { AlertStore, Environment, FoundAlert } from "../trial/company.ts";
import type { Database } from "./database.ts";

interface Row {
  readonly service: string;
  readonly environment: Environment;
  readonly name: string;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly told: FoundAlert["told"];
  readonly told_at: string | null;
}

/** What the trial company's alerting remembers. */
export function trialAlertStore(db: Database): AlertStore {
  return {
    async found(tenant) {
      const rows = await db.query<Row>(
        `select service, environment, name, starts_at, ends_at, told, told_at from steward.trial_alert
          where tenant_id = $1 and told is distinct from 'resolved' order by starts_at, name`,
        [tenant],
      );
      return rows.map(({ service, environment, name, told, ...row }) => ({
        service,
        environment,
        name,
        told,
        startsAt: new Date(row.starts_at).toISOString(),
        endsAt: row.ends_at === null ? null : new Date(row.ends_at).toISOString(),
        toldAt: row.told_at === null ? null : new Date(row.told_at).toISOString(),
      }));
    },
    async fire({ tenant, service, environment }, name) {
      await db.query(
        `insert into steward.trial_alert (tenant_id, service, environment, name, starts_at)
         values ($1, $2, $3, $4, steward.now()) on conflict do nothing`,
        [tenant, service, environment, name],
      );
    },
    async resolve({ tenant, service, environment }, name) {
      await db.query(
        `update steward.trial_alert set ends_at = steward.now()
          where tenant_id = $1 and service = $2 and environment = $3 and name = $4 and ends_at is null`,
        [tenant, service, environment, name],
      );
    },
    async claim(tenant, alerts) {
      const claimed = await db.query(
        `update steward.trial_alert a set told_at = steward.now()
          from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[])
            as seen (service, environment, name, starts_at, told, told_at)
          where a.tenant_id = $1 and a.service = seen.service and a.environment = seen.environment and a.name = seen.name
            and a.starts_at = seen.starts_at and a.told is not distinct from seen.told and a.told_at is not distinct from seen.told_at
          returning a.name`,
        [
          tenant,
          alerts.map(({ service }) => service),
          alerts.map(({ environment }) => environment),
          alerts.map(({ name }) => name),
          alerts.map(({ startsAt }) => startsAt),
          alerts.map(({ told }) => told),
          alerts.map(({ toldAt }) => toldAt),
        ],
      );
      return claimed.length > 0;
    },
    async told(tenant, alerts) {
      for (const { service, environment, name, startsAt, endsAt } of alerts)
        await db.query(
          `update steward.trial_alert set told = $6, told_at = steward.now()
            where tenant_id = $1 and service = $2 and environment = $3 and name = $4 and starts_at = $5`,
          [tenant, service, environment, name, startsAt, endsAt === null ? "firing" : "resolved"],
        );
    },
  };
}
