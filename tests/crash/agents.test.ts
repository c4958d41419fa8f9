import { afterAll, expect, test } from "vitest";
import { agentJourney } from "./support/agent-journey.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 1);

/** One of the cases that `npm run test:crash` goes through in full, of a task with more than 50 commits; CRASH_SEED chooses another. */
const cases = [
  { kind: "postgres" as const, n: 8 + ((seed * 7919) % 30), when: seed % 2 ? ("after" as const) : ("before" as const) },
];

let killed = 0;
test.concurrent.for(cases)(
  "a task of five turns ends the same, and pays once, though its $kind Steward is killed $when commit $n",
  async ({ kind, n, when }) => {
    if (await agentJourney(kind, { n, when })) killed++;
  },
);

afterAll(() => expect(killed, "processes that were killed").toBe(cases.length));
