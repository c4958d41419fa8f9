import { afterAll, expect, test } from "vitest";
import { restartJourney } from "./support/restart-journey.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 1);

/** Two of the cases that `npm run test:crash` goes through in full; CRASH_SEED chooses others. */
const cases = (["pglite", "postgres"] as const).map((kind, i) => ({
  kind,
  // In the first and in the second half of the journey, which has more than 80 commits after the start.
  n: 6 + i * 40 + ((seed * 7919 + i * 104_729) % 40),
  when: (seed + i) % 4 < 2 ? ("before" as const) : ("after" as const),
}));

let killed = 0;
test.concurrent.for(cases)(
  "a restart in production is done once though its $kind Steward is killed $when commit $n",
  async ({ kind, n, when }) => {
    if (await restartJourney(kind, { n, when })) killed++;
  },
);

test("of a request in two parts each is done once, though its Steward is killed as the first ends and the second begins", async () => {
  // The conversation of #billing is new in that commit: before it there are those of the thread and of #approvals.
  const kill = { n: 4, when: "before" as const, only: "insert into steward.conversation" };
  if (await restartJourney("pglite", kill, undefined, true)) killed++;
});

afterAll(() => expect(killed, "processes that were killed").toBe(cases.length + 1));
