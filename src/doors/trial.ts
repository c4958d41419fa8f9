import type { Ports } from "../http/ports.ts";
import type { Steward } from "../steward.ts";
import { faultKinds } from "../trial/faults.ts";

/** The page of the simulated company. */
export function trialDoors(steward: Steward, trial: NonNullable<Steward["trial"]>): NonNullable<Ports["trial"]> {
  const { tenant } = steward;
  return {
    faults: faultKinds,
    async overview() {
      const ailing = await trial.ailing(tenant);
      const services = await Promise.all(
        (await trial.services(tenant)).map(async ({ name, environment, version, fault, instances }) => {
          const { samples, logs } = await trial.page({ tenant, service: name, environment });
          return {
            name,
            environment,
            version,
            fault: fault?.kind ?? null,
            ails: ailing.find((one) => one.service === name && one.environment === environment)?.ails ?? [],
            instances,
            charts: [
              { label: "CPU, %", values: samples.map((sample) => sample.cpu) },
              { label: "Errors, %", values: samples.map((sample) => sample.errorRate) },
              { label: "Latency, ms", values: samples.map((sample) => sample.latencyMs) },
            ],
            log: logs.slice(0, 8),
          };
        }),
      );
      const names = new Map((await steward.people()).map(({ id, name }) => [id, name]));
      const grants = (await trial.grants(tenant)).map(({ person, resource, level, until }) => ({
        person,
        name: names.get(person) ?? person,
        resource,
        level,
        until,
      }));
      return { services, grants, issues: await trial.desk.issues(tenant) };
    },
    async break({ service, environment, fault, by }) {
      await trial.breakService({ tenant, service, environment: environment as never }, fault, by.id);
      return { sentence: `${service} in ${environment} has a ${fault} now.` };
    },
    async mend({ service, environment, by }) {
      await trial.mend({ tenant, service, environment: environment as never }, by.id);
      return { sentence: `${service} in ${environment} is well again.` };
    },
  };
}
