import { describe, expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import { firstIdAt } from "../../src/store/learned.ts";
import { sweep } from "../../src/store/retention.ts";
import { bases, startWorld, type World } from "../support/world.ts";
import { staysOver } from "./incident-world.ts";

type Name = "ana" | "ben" | "cara" | "eve";

/** What Steward answers to a question put in a channel, once it has. */
async function answer(world: World, who: Name, text: string): Promise<string> {
  await world[who].says(`@steward ${text}`, { in: "general" });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).filter((line) => !/^\w+ asked to /.test(line));
    expect(said).toHaveLength(1);
    return said.join("");
  });
}

describe.each(bases)("how is everything, on %s", (database) => {
  test("is one answer about what needs somebody, and shows nobody what is not theirs to see", async () => {
    await using world = await startWorld({ database });
    const calm = await answer(world, "ben", "how is everything?");
    expect(calm).toMatch(/Nothing needs anybody now\.\nAll \d+ services are well\./);
    expect(calm).not.toContain("dollars");

    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.eventually(async () => expect(await world.cards()).toHaveLength(2));
    await world.passes("12m");
    await world.owner(
      "update steward.actor set stuck = 'it heard what it does not know' where machine = 'plan' and not done",
    );
    const busy = await answer(world, "cara", "how are things?");
    expect(busy).toContain("2 things need somebody.");
    expect(busy).toMatch(
      /1 run is not going on: R-\w{6}: restart checkout in production \(stuck: it heard what it does not know\)\./,
    );
    expect(busy).toMatch(/1 approval is open: R-\w{6}: restart checkout in production, waits for Ben, for 12 minutes/);
    expect(busy).toContain("Models and paid calls have cost 0.00 US dollars today.");

    const guest = await answer(world, "eve", "how is everything?");
    expect(guest).toContain("Of runs and approvals you see your own.");
    expect(guest).not.toContain("checkout");
    expect(guest).not.toContain("dollars");
    await world.owner("update steward.actor set stuck = null");
  });

  test("names a service that ails and the incident it brought", async () => {
    await using world = await startWorld({ database });
    expect((await world.ben.post("/api/trial/break", broken)).status).toBe(200);
    await world.passes("3m");
    await world.eventually(async () => {
      const { runs } = (await world.cara.get("/api/runs?limit=5")).body;
      expect(runs.map((run: { name: string }) => run.name)).toContain("incident");
    });
    await world.ben.says("@steward how is everything?", { in: "general" });
    await world.eventually(async () => {
      const said = (await world.thread("ben")).join("\n");
      expect(said).toMatch(/\d of \d+ services ails?: .*billing in production \(.*requests fail/);
      expect(said).toMatch(/1 incident is open: R-\w{6}: look into HighErrorRate of billing in production/);
    });
    await world.ben.post("/api/trial/mend", { service: broken.service, environment: broken.environment });
    await world.passes("5m");
    await staysOver(world);
    await world.eventually(async () => {
      const { runs } = (await world.cara.get("/api/runs?limit=5")).body;
      expect(runs.find((run: { name: string }) => run.name === "incident")).toMatchObject({ done: true });
    });
  });
});

const broken = { service: "billing", environment: "production", fault: "bad-deploy" };

describe.each(bases)("what a run no longer needs, on %s", (database) => {
  test("is taken away when its time is over, and nothing that an auditor or an accountant needs", async () => {
    await using world = await startWorld({ database });
    const { db, tenant } = world.steward;
    /** A run that has ended, with what agents would have left of it. */
    const ended = async (service: string) => {
      await world.ana.says(`restart ${service} in staging`, { in: "ops" });
      const id = await world.eventually(async () => {
        const { runs } = (await world.cara.get("/api/runs?limit=1")).body;
        expect(runs[0]).toMatchObject({ title: `restart ${service} in staging`, state: "completed" });
        return runs[0].id as string;
      });
      await db.query("insert into steward.artifact (tenant_id, id, actor_id, body) values ($1, $2, $3, 'large')", [
        tenant,
        newId(),
        id,
      ]);
      await db.query(
        "insert into steward.blackboard (tenant_id, run_id, key, version, value, by_actor, effect_id) values ($1, $2, 'k', 1, '1', $2, $3)",
        [tenant, id, newId()],
      );
      await db.query(
        `insert into steward.model_call (tenant_id, id, effect_id, purpose, n, run_id, specialist, task, model, request_hash, state, content, reserved, settled, priced_as, flagged, asked_at)
         values ($1, $2, $2, 'turn', 1, $3, 'scout', 'look', 'big', '', 'answered', '[]', 10, 10, 'big', false, steward.now())`,
        [tenant, newId(), id],
      );
      await db.query(
        `insert into steward.effect (tenant_id, id, actor_id, step, generation, tool, contract_hash, class, risk, args, state, created_at)
         values ($1, $2, $3, 'turn-1', 1, 'model.turn', '', 'keyed', 'read', '{"turns":[]}', 'done', steward.now())`,
        [tenant, newId(), id],
      );
      return id;
    };
    const left = async (id: string) => {
      const [row] = await db.query(
        `select (select count(*)::int from steward.artifact where actor_id = $1) as artifacts,
           (select count(*)::int from steward.blackboard where run_id = $1) as board,
           (select count(*)::int from steward.effect where actor_id = $1 and args = '{"turns":[]}') as asked,
           (select count(*)::int from steward.model_call where run_id = $1) as calls,
           (select count(*)::int from steward.mail where actor_id = $1 and event is null) as erased`,
        [id],
      );
      return row;
    };
    const whole = { artifacts: 1, board: 1, asked: 1, calls: 1, erased: 0 };
    const days = (n: number) => world.owner(`update steward.clock set offset_ms = offset_ms + ${n * 86_400_000}`);
    const retention = { work: 30, modelCalls: 400, mail: 400 };

    const old = await ended("checkout");
    await db.query("insert into steward.budget (tenant_id, kind, key, cap, spent) values ($1, 'run', $2, 500000, 10)", [
      tenant,
      old,
    ]);
    await days(31);
    const young = await ended("billing");
    // More than one transaction takes.
    await world.owner(
      `insert into steward.actor (tenant_id, id, machine, machine_version, seq, head, snapshot, state, done, name, created_at, updated_at, ended_at, short)
       select '${tenant}', gen_random_uuid(), 'plan', 1, 1, '', '{}', 'completed', true, 'one of many', steward.now(), steward.now(),
         steward.now() - interval '30 days' - n * interval '1 minute', 'R-000000' from generate_series(1, 120) n`,
    );
    expect(await left(old)).toEqual(whole);
    expect(await sweep(db, tenant, retention)).toBe(121);
    expect(await sweep(db, tenant, retention)).toBe(0);
    await world.owner("delete from steward.actor where name = 'one of many'");
    expect(await left(old)).toEqual({ ...whole, artifacts: 0, board: 0, asked: 0 });
    expect(await left(young)).toEqual(whole);
    expect(await sweep(db, tenant, { work: null, modelCalls: null, mail: null })).toBe(0);

    const said = async (id: string) => {
      const [row] = await db.query(
        `select (select count(*)::int from steward.message where actor_id = $1 and wanted not like '%no longer kept%') as shown,
           (select count(*)::int from steward.inbox where body like '%checkout%') as told,
           (select count(*)::int from steward.web_post where view like '%no longer kept%') as gone`,
        [id],
      );
      return row;
    };
    expect(await said(old)).toMatchObject({ told: 1, gone: 0 });
    const [delivery] = await db.query<{ source: string; delivery_key: string }>(
      "select source, delivery_key from steward.inbox order by id limit 1",
    );

    const lesson = (id: string, text: string) =>
      db.query(
        "insert into steward.learned_example (tenant_id, id, person_id, text, intent) values ($1, $2, 'ana', $3, 'run-status')",
        [tenant, id, text],
      );
    const [earlier] = await db.query<{ id: string }>("select id from steward.inbox order by id limit 1");
    await lesson(String(earlier?.id), "an old one");

    await days(380);
    const [clock] = await db.query<{ id: number }>("select extract(epoch from steward.now()) * 1000 as id");
    await lesson(firstIdAt(Number(clock?.id)), "a young one");
    expect(await sweep(db, tenant, retention)).toBe(3);
    expect(await left(old)).toMatchObject({ calls: 0, artifacts: 0 });
    // What was said is gone with it, but for how it ended; what comes again is still known to have come.
    expect(await db.query("select text from steward.learned_example")).toEqual([{ text: "a young one" }]);
    expect(await said(old)).toMatchObject({ shown: 1, told: 0, gone: expect.any(Number) });
    expect(Number((await said(old))?.["gone"])).toBeGreaterThan(1);
    const thread = (await world.ana.sees("ops")).map(({ text }) => text);
    expect(thread).toContain("This is no longer kept.");
    expect(thread).toContain("restart billing in staging");
    expect(thread).not.toContain("restart checkout in staging");
    expect(
      await db.query("select outcome is not null as known from steward.inbox where source = $1 and delivery_key = $2", [
        delivery?.source,
        delivery?.delivery_key,
      ]),
    ).toEqual([{ known: true }]);
    expect(Number((await left(old))?.["erased"])).toBeGreaterThan(2);
    expect(await left(young)).toEqual({ ...whole, artifacts: 0, board: 0, asked: 0 });
    expect(await db.query("select spent from steward.budget where key = $1", [old])).toMatchObject([{ spent: 10 }]);
    expect((await world.cara.get(`/runs/${old}`)).status).toBe(200);
    expect((await world.cara.get(`/api/workflows/status/${old}`)).body).toMatchObject({ status: "completed" });
    expect((await world.cara.get(`/api/audit?actor=${old}`)).status).toBe(200);
  });
});
