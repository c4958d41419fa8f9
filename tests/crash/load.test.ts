import { expect, test } from "vitest";
import { ask, type StewardProcess, startSteward, until } from "../support/steward-process.ts";
import { freshHome, type Home, lookInto } from "./support/homes.ts";
import { allCompleted, eachOnce, oneByOne, startWork } from "./support/load.ts";
import { wholeness } from "./support/wholeness.ts";

const entry = "tests/crash/support/serve-more.ts";
const checkout = { service: "checkout", environment: "production" };

/** A restart of checkout that ana asks for and ben approves, at this address; the run's id once it is at work or in the line. */
async function approvedRestart(home: Home, url: string, key: string): Promise<string> {
  const wish = { name: "restart-service", context: checkout };
  const { status, body } = await ask(url, "ana", "POST", "/api/workflows/create", wish, key);
  expect(status, JSON.stringify(body)).toBe(201);
  const runId = body.workflowId as string;
  await approve(url, runId);
  await isInLine(home, runId);
  return runId;
}

async function approve(url: string, runId: string, by = "ben"): Promise<void> {
  const gate = await until("a gate", 10_000, async () =>
    ((await ask(url, by, "GET", "/api/gates")).body.gates as { id: string; runId: string }[]).find(
      (one) => one.runId === runId,
    ),
  );
  const pressed = await ask(url, by, "POST", `/api/gates/${gate.id}/decision`, { decision: "approve" });
  expect(pressed.status, JSON.stringify(pressed.body)).toBe(200);
}

const isInLine = (home: Home, runId: string) =>
  lookInto(home, (query) =>
    until("it is at work or waits", 10_000, async () => {
      const text = "select 1 from steward.occupant o join steward.effect e on e.id = o.effect_id where e.actor_id = $1";
      return (await query(text, [runId])).length > 0;
    }),
  );

const operations = (home: Home) =>
  lookInto(home, (query) =>
    query<{ kind: string; run: string; calls: number }>(
      `select o.kind, e.actor_id as run, o.calls from steward.trial_operation o join steward.effect e on e.id::text = o.key order by o.at`,
    ),
  );

/** Numbers that look random and are the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** How many runs have come as far as their ticket. */
const tickets = (home: Home) =>
  lookInto(home, async (query) =>
    Number(
      (await query<{ n: number }>("select count(*)::int as n from steward.trial_operation where kind = 'ticket'"))[0]
        ?.n,
    ),
  );

/** Within 20 s every run that has not ended takes a step; one that waits for another's turn to be over is one that moves up. */
async function workGoesOn(home: Home): Promise<void> {
  await lookInto(home, async (query) => {
    const look = () =>
      query<{ id: string; seq: number; running: boolean; first: string | null }>(
        `select a.id, a.seq, not a.done and a.state = 'running' as running,
           (select w.effect_id::text from steward.effect e join steward.occupant o on o.effect_id = e.id and not o.at_work
              join steward.occupant w on w.thing = o.thing and w.at_work where e.actor_id = a.id) as first
         from steward.actor a where a.machine = 'plan'`,
      );
    const left = (await look()).filter(({ running }) => running);
    await until(`${left.length} runs go on`, 20_000, async () => {
      const now = new Map((await look()).map((run) => [run.id, run]));
      return left.every(
        ({ id, seq, first }) => (now.get(id)?.seq ?? 0) > seq || (first !== null && now.get(id)?.first !== first),
      );
    });
  });
}

const seed = Number(process.env["CRASH_SEED"] ?? 1);

test(`forty runs on two replicas all end, each once, though a replica is killed three times (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  const home = await freshHome("postgres");
  const replicas: StewardProcess[] = await Promise.all([startSteward(home, { entry }), startSteward(home, { entry })]);
  const urls = () => replicas.filter((each) => each.isRunning()).flatMap(({ url }) => (url ? [url] : []));
  const keys: string[] = [];
  const runs: string[] = [];
  try {
    for (const [wave, size] of [12, 12, 16].entries()) {
      const mine = Array.from({ length: size }, (_, i) => `w${wave}-${i}`);
      keys.push(...mine);
      const enough = runs.length + 1 + random(size - 2);
      const started = Promise.all(mine.map((key) => startWork(urls, key)));
      await until(`${enough} tickets`, 60_000, async () => (await tickets(home)) >= enough);
      const victim = random(2);
      await replicas[victim]?.end("SIGKILL");
      // The last one stays away: the other must do what it left.
      if (wave < 2) replicas[victim] = await startSteward(home, { entry });
      else await workGoesOn(home);
      runs.push(...(await started));
      if (wave === 2) await allCompleted(home, runs, 30_000, urls);
    }
    const [url = ""] = urls();
    expect((await ask(url, "cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
    await Promise.all(
      replicas
        .filter((each) => each.isRunning())
        .map(async (each) => expect(await each.end("SIGTERM")).toEqual({ code: 0, signal: null })),
    );
    await eachOnce(home, keys);
  } finally {
    await Promise.all(replicas.map((each) => each.end("SIGKILL")));
  }
});

test("SIGTERM under load ends the process in order within 25 s, and nothing acknowledged is lost", async () => {
  const home = await freshHome("postgres");
  let steward = await startSteward(home, { entry });
  const urls = () => (steward.isRunning() && steward.url ? [steward.url] : []);
  try {
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    const started = Promise.all(keys.map((key) => startWork(urls, key)));
    await until("some tickets", 30_000, async () => (await tickets(home)) >= 3);
    const asked = performance.now();
    expect(await steward.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(25_000);
    steward = await startSteward(home, { entry });
    await allCompleted(home, await started, 40_000, urls);
    expect(
      await lookInto(home, (query) =>
        query("select 1 from steward.audit where entry::json->'data'->>'event' = 'effect.inDoubt'"),
      ),
      "an order to stop leaves no effect in doubt",
    ).toEqual([]);
    await steward.end("SIGTERM");
    await eachOnce(home, keys);
  } finally {
    await steward.end("SIGKILL");
  }
});

test("a run that is paused while its effect runs keeps the result, and goes on with it when resumed", async () => {
  const home = await freshHome("postgres");
  const steward = await startSteward(home, { entry });
  const url = String(steward.url);
  try {
    const run = await startWork(() => [url], "k");
    const control = async (act: string) =>
      expect((await ask(url, "ana", "POST", `/api/runs/${run}/control`, { act })).status).toBe(200);
    await lookInto(home, async (query) => {
      const operation = async () =>
        (
          await query<{ finished: boolean }>(
            "select result is not null as finished from steward.trial_operation where kind = 'services.restart'",
          )
        )[0];
      await until("the restart has begun", 10_000, async () => (await operation()) && true);
      await control("pause");
      await until("the restart has ended", 10_000, async () => (await operation())?.finished);
      await until(
        "its result waits",
        10_000,
        async () => (await query("select 1 from steward.mail where taken_seq is null")).length === 1,
      );
      expect((await query("select 1 from steward.trial_operation where kind = 'page'")).length).toBe(0);
      await control("resume");
    });
    await allCompleted(home, [run], 20_000, () => [url]);
    expect(await steward.end("SIGTERM")).toEqual({ code: 0, signal: null });
    await eachOnce(home, ["k"]);
  } finally {
    await steward.end("SIGKILL");
  }
});

test("a run that is paused and resumed while its effect runs does not do it a second time", async () => {
  const home = await freshHome("postgres");
  const steward = await startSteward(home, { entry });
  const url = String(steward.url);
  try {
    const runs = await Promise.all(Array.from({ length: 10 }, (_, i) => startWork(() => [url], `k${i}`)));
    for (let round = 0; round < 5; round++)
      for (const act of ["pause", "resume"])
        await Promise.all(runs.map((run) => ask(url, "ana", "POST", `/api/runs/${run}/control`, { act })));
    await allCompleted(home, runs, 30_000, () => [url]);
    expect(await steward.end("SIGTERM")).toEqual({ code: 0, signal: null });
    await eachOnce(
      home,
      runs.map((_, i) => `k${i}`),
    );
  } finally {
    await steward.end("SIGKILL");
  }
});

test("three approved restarts of one service by runs on two replicas are done one after the other, as they were approved", async () => {
  const STEWARD_CONFIG = new URL("support/steward.yaml", import.meta.url).pathname;
  const home = { ...(await freshHome("postgres")), STEWARD_CONFIG };
  const replicas = await Promise.all([startSteward(home), startSteward(home)]);
  const [a = "", b = ""] = replicas.map(({ url }) => String(url));
  try {
    const runs: string[] = [];
    for (const [n, url] of [a, b, a].entries()) runs.push(await approvedRestart(home, url, `k${n}`));
    await allCompleted(home, runs, 20_000, () => [a]);
    await Promise.all(replicas.map((each) => each.end("SIGTERM")));
    expect(await operations(home)).toEqual(runs.map((run) => ({ kind: "services.restart", run, calls: 1 })));
    await lookInto(home, async (query) => {
      expect(await oneByOne(query, checkout)).toBe(3);
      await wholeness(query);
    });
  } finally {
    await Promise.all(replicas.map((each) => each.end("SIGKILL")));
  }
});

test("a replica is killed in the middle of a restart: what else would change the service waits until that restart is over", async () => {
  const STEWARD_CONFIG = new URL("support/steward.yaml", import.meta.url).pathname;
  const home = { ...(await freshHome("postgres")), STEWARD_CONFIG };
  // After the second of three instances.
  const kill = { n: 2, when: "after", only: "update steward.trial_operation" } as const;
  const [a, b] = await Promise.all([startSteward(home, { kill }), startSteward(home)]);
  const url = String(b.url);
  try {
    const first = await approvedRestart(home, String(a.url), "first");
    expect(await a.ended).toEqual({ code: null, signal: "SIGKILL" });
    const text = "/steward scale checkout in production to 2";
    const said = await ask(url, "ana", "POST", "/api/chat/ops/messages", { text });
    const second = await until("the second run", 10_000, async () => {
      const { runs } = (await ask(url, "cara", "GET", "/api/runs")).body;
      return runs.find(({ id }: { id: string }) => id !== first)?.id as string | undefined;
    });
    // No policy names it, so a manager is asked.
    await approve(url, second, "cara");
    await isInLine(home, second);
    const third = await approvedRestart(home, url, "third");
    const inThread = async () => {
      const { body } = await ask(url, "ana", "GET", "/api/chat/ops/messages");
      const messages = body.messages as { thread: string | null; text: string }[];
      return messages.filter(({ thread }) => thread === said.body.id).map((message) => message.text);
    };
    expect(await inThread()).toContainEqual(
      expect.stringMatching(
        /^Waits until R-\w{6} is done with “Restart checkout in production, one instance at a time”\.$/,
      ),
    );
    await allCompleted(home, [first, second, third], 40_000, () => [url]);
    expect(await inThread()).toContainEqual(expect.stringMatching(/^Waited until R-\w{6} was done\.$/));
    expect(await b.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(await operations(home)).toEqual([
      { kind: "services.restart", run: first, calls: 2 },
      { kind: "services.scale", run: second, calls: 1 },
      { kind: "services.restart", run: third, calls: 1 },
    ]);
    await lookInto(home, async (query) => {
      const lines = await query<{ line: string }>(
        "select line from steward.trial_log where service = 'checkout' and environment = 'production' order by id",
      );
      const done = (...numbers: number[]) => numbers.map((number) => `INFO instance ${number} restarted`);
      expect(lines.map(({ line }) => line).slice(1)).toEqual([
        ...done(1, 2, 3),
        "INFO 2 instances instead of 3",
        ...done(1, 2),
      ]);
      await wholeness(query);
    });
  } finally {
    await Promise.all([a, b].map((each) => each.end("SIGKILL")));
  }
});
