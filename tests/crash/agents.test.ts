import { afterAll, expect, test } from "vitest";
import { agentJourney } from "./support/agent-journey.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 1);

/** Two of the cases that `npm run test:crash` goes through in full; CRASH_SEED chooses others. */
const cases = Array.from({ length: 2 }, (_, i) => ({
  kind: (["pglite", "postgres"] as const)[i % 2] ?? "pglite",
  // The task has more than 50 commits after the start.
  n: 8 + i * 20 + ((seed * 7919 + i * 104_729) % 20),
  when: (seed + i) % 4 < 2 ? ("before" as const) : ("after" as const),
}));

let killed = 0;
test.concurrent.for(cases)(
  "a task of five turns ends the same, and pays once, though its $kind Steward is killed $when commit $n",
  { timeout: 100_000 },
  async ({ kind, n, when }) => {
    if (await agentJourney(kind, { n, when })) killed++;
  },
);

afterAll(() => expect(killed, "processes that were killed").toBe(cases.length));
