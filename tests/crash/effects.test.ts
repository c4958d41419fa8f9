import { afterEach, expect, test } from "vitest";
import { Steadfast, until } from "../support/steward-process.ts";
import { freshHome, lookInto, removeHome } from "./support/homes.ts";
import { eachOnce } from "./support/load.ts";

const entry = "tests/crash/support/serve-more.ts";
const started: Steadfast[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.process.end("SIGKILL")));
});

interface Step {
  readonly id: string;
  readonly state: string;
  readonly effects: readonly { readonly id: string; readonly state: string; readonly class: string }[];
}

/** A run of `work` that is killed at a write of the trial company's operations: the ticket's is the 1st, the page's the 3rd. */
async function killedAt(n: number, when: "before" | "after") {
  const home = await freshHome("pglite");
  const steward = await Steadfast.start(home, {
    entry,
    kill: { n, when, only: "insert into steward.trial_operation" },
  });
  started.push(steward);
  const ask = steward.ask.bind(steward);
  const created = await ask("ana", "POST", "/api/workflows/create", { name: "work", context: { key: "k" } }, "k");
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  const run = async () =>
    (await ask("ana", "GET", `/api/workflows/status/${created.body.workflowId}`)).body as {
      status: string;
      steps: readonly Step[];
    };
  return { home, ask, run, steward };
}

test.for([
  { when: "after", answer: "happened", pages: 1 },
  { when: "before", answer: "did-not", pages: 1 },
  { when: "before", answer: "happened", pages: 0 },
] as const)(
  "a page whose process is killed $when it rings is not tried again until somebody says “$answer”",
  async ({ when, answer, pages }) => {
    const { home, ask, run, steward } = await killedAt(3, when);
    const doubt = await until("an effect in doubt", 30_000, async () =>
      (await run()).steps.flatMap(({ effects }) => effects).find(({ state }) => state === "in_doubt"),
    );
    expect(doubt.class).toBe("opaque");
    expect(steward.kills).toEqual(["SIGKILL"]);
    expect((await run()).status).toBe("waiting");
    expect((await ask("ana", "POST", `/api/effects/${doubt.id}/answer`, { answer })).status).toBe(200);
    await until("the run has completed", 20_000, async () => (await run()).status === "completed");
    expect((await ask("ana", "POST", `/api/effects/${doubt.id}/answer`, { answer: "did-not" })).body.sentence).toMatch(
      /no longer open/,
    );
    expect((await ask("cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
    await steward.process.end("SIGTERM");
    await lookInto(home, async (query) =>
      expect((await query("select 1 from steward.trial_operation where kind = 'page'")).length).toBe(pages),
    );
    await removeHome(home);
  },
);

test.for([
  { what: "a ticket, which can be looked up,", n: 1, when: "after" },
  { what: "a restart, which has our key,", n: 2, when: "after" },
] as const)("$what whose process is killed $when it begins happens once, and nobody is asked", async ({ n, when }) => {
  const { home, ask, run, steward } = await killedAt(n, when);
  await until("the run has completed", 30_000, async () => (await run()).status === "completed");
  expect(steward.kills).toEqual(["SIGKILL"]);
  expect((await ask("cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
  expect(await steward.process.end("SIGTERM")).toEqual({ code: 0, signal: null });
  await eachOnce(home, ["k"]);
  await removeHome(home);
});
