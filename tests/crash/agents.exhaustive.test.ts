import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentJourney } from "./support/agent-journey.ts";
import { folder, type Kind } from "./support/homes.ts";

/** How many commits a task has that nobody disturbs. */
async function commitsOf(kind: Kind): Promise<number> {
  const file = join(await folder(), "commits");
  await agentJourney(kind, null, file);
  return readFileSync(file, "utf8").split("\n").length - 1;
}

/** CRASH_EVERY=7 goes through every seventh commit only. */
const every = Number(process.env["CRASH_EVERY"] ?? 1);
const reached = { pglite: 0, postgres: 0 };
for (const kind of ["pglite", "postgres"] as const) {
  const commits = await commitsOf(kind);
  const cases = Array.from({ length: Math.floor(commits / every) }, (_, i) => (i + 1) * every).flatMap((n) => [
    { n, when: "before" as const },
    { n, when: "after" as const },
  ]);

  test.concurrent.for(cases)(
    `on ${kind}, a task killed $when commit $n of about ${commits}`,
    { timeout: 200_000 },
    async ({ n, when }) => {
      if (await agentJourney(kind, { n, when })) reached[kind]++;
    },
  );

  test(`nearly every commit of a task on ${kind} was met`, () =>
    expect(reached[kind]).toBeGreaterThan(cases.length * 0.9 - 2));
}
