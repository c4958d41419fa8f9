import { afterEach, expect, test } from "vitest";
import { textOf } from "../../src/systems/jira/document.ts";
import { Steadfast, until } from "../support/steward-process.ts";
import { serveLocally } from "../systems/http-server.ts";
import { jiraSite } from "../systems/jira-site.ts";
import { freshHome, lookInto, removeHome } from "./support/homes.ts";
import { eachOnce } from "./support/load.ts";
import { restartJourney } from "./support/restart-journey.ts";

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

test.for(["before", "after"] as const)(
  "a ticket is commented once by a process that is killed just %s Jira keeps the comment",
  async (when) => {
    const site = await jiraSite();
    const home = { ...(await freshHome("pglite")), TEST_JIRA_SITE: site.url };
    const steward = await Steadfast.start(home, { entry });
    started.push(steward);
    site.breaks(when, () => {
      site.breaks(null);
      void steward.process.end("SIGKILL");
    });
    const context = { service: "search", environment: "staging", ticket: "OPS-1" };
    const created = await steward.ask(
      "ana",
      "POST",
      "/api/workflows/create",
      { name: "restart-for-ticket", context },
      "k",
    );
    const run = `/api/workflows/status/${created.body.workflowId}`;
    await until("the run has completed", 60_000, async () => {
      const { body } = await steward.ask("ana", "GET", run);
      return body.status === "completed";
    });
    expect(steward.kills).toEqual(["SIGKILL"]);
    expect(site.comments.map(({ body }) => textOf(body))).toEqual([expect.stringContaining("It was restarted.")]);
    expect((await steward.ask("cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
    await steward.process.end("SIGTERM");
    await removeHome(home);
  },
);

/** What is held back before the first call and charged after it; the second is done by another process. */
test.for([
  { only: "insert into steward.model_call", when: "before", calls: ["/first", "/second"] },
  { only: "insert into steward.model_call", when: "after", calls: ["/first", "/second"] },
  { only: "update steward.model_call", when: "before", calls: ["/first", "/first", "/second"] },
  { only: "update steward.model_call", when: "after", calls: ["/first", "/first", "/second"] },
] as const)(
  "a call that costs is charged once by a process that is killed $when “$only”",
  async ({ only, when, calls }) => {
    await using service = await serveLocally((_, response) => void response.end("done"));
    const home = { ...(await freshHome("pglite")), TEST_PAID_SERVICE: `http://127.0.0.1:${service.port}` };
    const steward = await Steadfast.start(home, { entry, kill: { n: 1, when, only } });
    started.push(steward);
    const ask = steward.ask.bind(steward);
    const created = await ask("ana", "POST", "/api/workflows/create", { name: "pay", context: { key: "k" } }, "k");
    const run = String(created.body.workflowId);
    await until(
      "the run has completed",
      30_000,
      async () => (await ask("ana", "GET", `/api/workflows/status/${run}`)).body.status === "completed",
    );
    expect(steward.kills).toEqual(["SIGKILL"]);
    expect(service.asked.map(({ url }) => url)).toEqual(calls);
    const { budgets, calls: lines } = (await ask("cara", "GET", `/api/spend?run=${run}&person=ana`)).body;
    const charged = { spentUsd: 0.2, reservedUsd: 0 };
    expect(budgets).toMatchObject([charged, charged, charged, charged]);
    expect(lines).toMatchObject(["first", "second"].map((task) => ({ task, state: "answered", usd: 0.1 })));
    expect((await ask("cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
    await steward.process.end("SIGTERM");
    await removeHome(home);
  },
);

test.for([
  { what: "it takes what it changes for itself", only: "insert into steward.occupant", when: "before" },
  { what: "it takes what it changes for itself", only: "insert into steward.occupant", when: "after" },
  { what: "it makes room for others", only: "delete from steward.occupant", when: "before" },
  { what: "it makes room for others", only: "delete from steward.occupant", when: "after" },
] as const)("an approved restart whose process is killed $when $what happens once, and keeps nothing", async (kill) => {
  expect(await restartJourney("pglite", { n: 1, when: kill.when, only: kill.only })).toBe(true);
});
