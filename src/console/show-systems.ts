import { Fault } from "../domain/fault.ts";
import type { Trial } from "../http/trial-port.ts";
import type { Looking, View } from "./looking.ts";
import { systemsPage } from "./systems-page.ts";
import { trialPage } from "./trial-page.ts";

/** Who asks for the runs that the trial company's alerts begin. */
const alertsFrom = "system:alertmanager";

/** What is connected, what models cost and what each tool declares. */
export function showSystems({ people, spend, connectors, inUse, tools, tenant }: Looking): View {
  return async (_c, person) => {
    if (!people.permits(person, "read-audit"))
      throw new Fault("forbidden", `${person.name} may not see this: managers and auditors may.`);
    const spends = await spend.spend(tenant, { personId: person.id });
    return { title: "Systems", main: systemsPage(connectors(), spends, await inUse(), tools()) };
  };
}

/** The simulated company. */
export function showTrial(company: Trial, { people, reads, seenBy, tenant }: Looking): View {
  return async (_c, person) => {
    const incidents = await reads.runs({ tenant, limit: 20, requesterId: alertsFrom, ...seenBy(person) });
    const mayBreak = people.permits(person, "break-service");
    return {
      title: "Trial company",
      main: trialPage(await company.overview(tenant), incidents, company.faults, mayBreak),
    };
  };
}
