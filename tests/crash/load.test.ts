import { expect, test } from "vitest";
import { ask, type StewardProcess, startSteward, until } from "../support/steward-process.ts";
import { freshHome, type Home, lookInto } from "./support/homes.ts";
import { allCompleted, eachOnce, startWork } from "./support/load.ts";

const entry = "tests/crash/support/serve-more.ts";

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

/** Within 20 s every run that has not ended takes a step. */
async function workGoesOn(home: Home): Promise<void> {
  await lookInto(home, async (query) => {
    const left = await query<{ id: string; seq: number }>(
      "select id, seq from steward.actor where machine = 'plan' and not done and state = 'running'",
    );
    await until(`${left.length} runs go on`, 20_000, async () => {
      const now = new Map(
        (await query<{ id: string; seq: number }>("select id, seq from steward.actor where machine = 'plan'")).map(
          ({ id, seq }) => [id, seq],
        ),
      );
      return left.every(({ id, seq }) => (now.get(id) ?? 0) > seq);
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
