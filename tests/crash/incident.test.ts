import { afterAll, expect, test } from "vitest";
import type { Kind } from "./support/homes.ts";
import { incidentJourney } from "./support/incident-journey.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 1);
const kinds: readonly Kind[] = ["pglite", "postgres"];
/** Four moments of the journey, from the alert to the report, or two in a sample; CRASH_SEED chooses others. */
const many = process.env["CRASH_EVERY"] === undefined ? 4 : 2;
const cases = Array.from({ length: many }, (_, i) => ({
  kind: kinds[i % 2] ?? "pglite",
  n: 8 + i * (56 / many) + ((seed * 7919 + i * 104_729) % 20),
  when: (seed + i) % 4 < 2 ? ("before" as const) : ("after" as const),
}));

let killed = 0;
test.for(cases)(
  "an incident is seen through once though its $kind Steward is killed $when commit $n",
  { timeout: 300_000 },
  async ({ kind, n, when }) => {
    if (await incidentJourney(kind, { n, when })) killed++;
  },
);

// How many commits a journey takes depends on how many of its turns travel together: one may be over before its moment.
afterAll(() => expect(killed, "processes that were killed").toBeGreaterThanOrEqual(many / 2));
