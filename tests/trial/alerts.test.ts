import { expect, test } from "vitest";
import { startAlerting } from "../../src/trial/alerts.ts";
import type { AlertStore, FoundAlert, Service, Spell, Where } from "../../src/trial/company.ts";

const noon = Date.parse("2026-05-01T12:00:00Z");
const at = (seconds: number) => new Date(noon + seconds * 1000).toISOString();
const services = ["billing", "checkout", "website"].map((name) => ({ name, environment: "production" }) as Service);

interface Notice {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** The company's alerting with these faults in production, its memory in a list; `at` looks once, so many seconds after noon. */
function alerting(spells: readonly Spell[]) {
  let found: FoundAlert[] = [];
  let now = 0;
  const change = (which: (one: FoundAlert) => boolean, to: Partial<FoundAlert>) => {
    found = found.map((one) => (which(one) ? { ...one, ...to } : one));
  };
  const alerts: AlertStore = {
    found: async () => found.filter(({ told }) => told !== "resolved"),
    fire: async ({ service, environment }: Where, name) => {
      found.push({ service, environment, name, startsAt: at(now), endsAt: null, told: null, toldAt: null });
    },
    resolve: async ({ service }, name) =>
      change((one) => one.service === service && one.name === name, { endsAt: at(now) }),
    claim: async (_tenant, claimed) => {
      for (const { service, name } of claimed)
        change((one) => one.service === service && one.name === name, { toldAt: at(now) });
      return true;
    },
    told: async (_tenant, told) => {
      for (const { service, name, endsAt } of told)
        change((one) => one.service === service && one.name === name, {
          told: endsAt === null ? "firing" : "resolved",
          toldAt: at(now),
        });
    },
  };
  return {
    /** What is told of whom in this one look. */
    async at(seconds: number): Promise<string[]> {
      now = seconds;
      const told: string[] = [];
      const errors: Error[] = [];
      const begun = spells
        .filter(({ since }) => since <= at(now))
        .map((spell) => ({ ...spell, until: spell.until !== null && spell.until <= at(now) ? spell.until : null }));
      // What begins at once has one look before it stops.
      await startAlerting({
        tenant: "default",
        store: {
          now: async () => new Date(at(now)),
          services: async () => services,
          spells: async (_tenant, environment) => (environment === "production" ? begun : []),
        },
        alerts,
        tell: async (body) => {
          const { status, alerts: all } = JSON.parse(body) as Notice;
          told.push(`${all[0]?.labels["service"]} ${status}`);
        },
        onError: (error) => errors.push(error),
      }).stop();
      expect(errors).toEqual([]);
      return told;
    },
  };
}

test("a service's own fault fires although one that it calls has a fault that does not", async () => {
  const quiet: Spell = { service: "billing", kind: "disk-full", since: at(0), until: null };
  const own: Spell = { service: "website", kind: "bad-deploy", since: at(10), until: null };
  const company = alerting([quiet, own]);
  expect(await company.at(30)).toEqual(["website firing"]);
});

test("whoever only suffers is quiet while what it calls fires, and while it recovers from it", async () => {
  const company = alerting([{ service: "billing", kind: "hung", since: at(0), until: at(200) }]);
  expect(await company.at(10)).toEqual(["billing firing"]);
  for (const now of [60, 150, 205, 240, 260]) expect(await company.at(now)).toEqual([]);
  expect(await company.at(295)).toEqual(["billing resolved"]);
  expect(await company.at(300)).toEqual([]);
});

test("what fires goes on when something that it calls breaks, and ends after a minute without a fault", async () => {
  const company = alerting([
    { service: "website", kind: "bad-deploy", since: at(0), until: at(300) },
    { service: "billing", kind: "hung", since: at(100), until: at(200) },
  ]);
  expect(await company.at(10)).toEqual(["website firing"]);
  expect(await company.at(110)).toEqual(["billing firing"]);
  expect(await company.at(295)).toEqual(["billing resolved"]);
  expect(await company.at(335)).toEqual(expect.not.arrayContaining(["website resolved"]));
  expect(await company.at(395)).toContain("website resolved");
});
