import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, type Kind } from "./homes.ts";

/** Plays a journey, killed at one of its commits, or undisturbed with each commit noted in a file; says whether it was killed. */
type Journey = (
  kind: Kind,
  kill: { readonly n: number; readonly when: "before" | "after" } | null,
  commits?: string,
) => Promise<boolean>;

/** CRASH_EVERY=7 goes through every seventh commit only. */
const every = Number(process.env["CRASH_EVERY"] ?? 1);

/** A test for each commit of a journey on both databases: killed before it, and killed after it. */
export async function atEveryCommit(name: string, journey: Journey): Promise<void> {
  for (const kind of ["pglite", "postgres"] as const) {
    let reached = 0;
    const commits = await commitsOf(kind, journey);
    const cases = Array.from({ length: Math.floor(commits / every) }, (_, i) => (i + 1) * every).flatMap((n) => [
      { n, when: "before" as const },
      { n, when: "after" as const },
    ]);

    test.concurrent.for(cases)(
      `on ${kind}, ${name} killed $when commit $n of about ${commits}`,
      { timeout: 200_000 },
      async (kill) => {
        if (await journey(kind, kill)) reached++;
      },
    );

    test(`nearly every commit of ${name} on ${kind} was met`, () =>
      expect(reached).toBeGreaterThan(cases.length * 0.9 - 2));
  }
}

/** How many commits it has when nobody disturbs it. A few more or fewer each time: progress may be shown together. */
async function commitsOf(kind: Kind, journey: Journey): Promise<number> {
  const file = join(await folder(), "commits");
  await journey(kind, null, file);
  return readFileSync(file, "utf8").split("\n").length - 1;
}
