import { text as bodyOf } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";
import { type LocalServer, serveLocally } from "../systems/http-server.ts";

type Name = "ana" | "ben" | "cara" | "eve";

/** What Steward answers in the thread of a question, once it has: its last message, as whoever asked sees it. */
async function answered(world: World, who: Name, text: string) {
  await world[who].says(text, { in: "ops" });
  return world.eventually(async () => {
    const all = await world[who].sees("ops");
    const root = all.findLast((message) => message.text === text && message.from === who);
    const said = all.filter(({ thread, text: words }) => thread === root?.id && !/^\w+ asked to /.test(words));
    expect(said).toHaveLength(1);
    return said[0];
  });
}

describe.each(oneBase)("data and causes asked for in chat, on %s", (database) => {
  test("logs, figures, deploys and causes are one answer each, and change nothing", async () => {
    await using world = await startWorld({ database });
    const well = await answered(world, "ana", "why is checkout slow?");
    expect(well?.text).toMatch(/^Nothing is wrong that I can see: checkout in production is healthy/);
    expect(well?.card?.buttons).toEqual([]);
    expect(
      (
        await world.ben.post("/api/trial/break", {
          service: "checkout",
          fault: "bad-deploy",
          environment: "production",
        })
      ).status,
    ).toBe(200);
    await world.passes("3m");

    const logs = await answered(world, "eve", "show me errors in checkout's log since 30 minutes");
    expect(logs?.text).toMatch(
      /^\d+ errors? among the \d+ lines that checkout in production wrote in the last 30 minutes/,
    );
    expect(logs?.card?.code).toMatch(/^\d\d:\d\d:\d\d {2}ERROR TypeError: cart\.total is not a function/);
    expect(logs?.card?.code).not.toContain("INFO");

    const figure = await answered(world, "ana", "error rate of checkout over the last 2 hours");
    expect(figure?.text).toMatch(/Error rate rose from 0\.\d % to 3\d\.?\d* % at .* UTC and has stayed there\.$/);
    expect(figure?.card?.fields).toEqual([
      { label: "Error rate", value: expect.stringMatching(/^3\d\.?\d* % now, usually 0\.\d %; least /) },
    ]);
    expect(figure?.card?.picture?.alt).toMatch(/^Figures of checkout in production .* Errors: now 3\d %/);
    expect(figure?.card?.picture?.alt).not.toContain("CPU");

    const deploys = await answered(world, "ana", "who deployed checkout last?");
    expect(deploys?.text).toMatch(/^Last deployed on checkout in production: 1\.4\.3, by Ben at .* UTC\./);

    const why = await answered(world, "ana", "what is the root cause of the errors in checkout");
    expect(why?.text).toMatch(
      /^Very likely: version 1\.4\.3 of checkout, .* broke it\. What could help: roll back checkout in production to 1\.4\.2\. Nothing was changed\.$/,
    );
    expect(why?.card?.fields[0]).toMatchObject({
      label: "checkout, very likely",
      value: expect.stringContaining("What would confirm it: "),
    });
    expect((await world.cara.get("/api/gates")).body.gates ?? []).toEqual([]);

    // What could help is said by a press, like any other request: the incident of the same trouble asks for it already.
    const rollbacks = async () =>
      (await world.ben.get("/api/gates")).body.gates.filter(
        ({ actions: [action] }: { actions: { tool: string }[] }) => action?.tool === "services.rollback",
      );
    await world.eventually(async () => expect(await rollbacks()).toHaveLength(1));
    await world.ana.presses("Ask for that", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.ana.sees("ops")).map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^That is what R-\w{6} asks for already: Ben can approve it on its card\./),
      ),
    );
    expect(await rollbacks()).toHaveLength(1);
  });
});

describe("with a database and a Prometheus", () => {
  let prometheus: LocalServer;
  let owner: pg.Client;
  let reader = "";

  beforeAll(async () => {
    const url = await freshDatabase(await sharedPostgres());
    reader = `${new URL(url).pathname.slice(1)}_reader`;
    owner = new pg.Client(url);
    await owner.connect();
    await owner.query(`create table orders (id int primary key, customer text);
      insert into orders select n, 'customer ' || n from generate_series(1, 42) n;
      create role ${reader} login; grant select on orders to ${reader};`);
    const as = new URL(url);
    as.username = reader;
    process.env["REPORTING_FOR_TEST"] = as.href;
    prometheus = await serveLocally(async (request, response) => {
      const query = new URLSearchParams(await bodyOf(request)).get("query");
      const result = [{ metric: { query }, value: [1795262400, "7"] }];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
  });

  afterAll(async () => {
    delete process.env["REPORTING_FOR_TEST"];
    await prometheus[Symbol.asyncDispose]();
    await owner.query(`drop owned by ${reader}; drop role ${reader}`);
    await owner.end();
  });

  test("whoever may asks in their own words and alone reads the answer; who may not is told so, and nothing is asked", async () => {
    const connectors = {
      sql: [{ name: "reporting", urlFromEnv: "REPORTING_FOR_TEST", askedBy: ["on-call"] }],
      prometheus: [{ name: "main", url: `http://127.0.0.1:${prometheus.port}`, private: true }],
    };
    await using world = await startWorld({ database: "pglite", connectors });
    const rows = await answered(
      world,
      "ben",
      `query reporting: select customer, "id" from orders where id < 3 order by 2`,
    );
    expect(rows).toMatchObject({ text: "reporting gives 2 rows.", private: true });
    expect(rows?.card?.code?.split("\n").slice(2)).toEqual([
      "customer    id",
      "----------  --",
      "customer 1   1",
      "customer 2   2",
    ]);
    expect((await world.ana.sees("ops")).map(({ text }) => text)).not.toContain("reporting gives 2 rows.");
    const { workflowId } = await world.run();
    for (const page of [`/runs/${workflowId}`, `/api/workflows/status/${workflowId}`, `/api/runs/${workflowId}`])
      expect(JSON.stringify(await world.ana.get(page)), page).not.toContain("customer 1");
    expect((await answered(world, "ben", "tables of reporting"))?.card?.code).toMatch(/orders .*id, customer/);
    expect((await answered(world, "ana", "query reporting: select 1"))?.text).toBe(
      "Asking the database reporting in one's own words needs the role on-call. Nothing was done.",
    );
    expect((await answered(world, "ben", "sql delete from orders"))?.text).toMatch(/^Only queries can be asked: /);
    expect((await answered(world, "ben", "sql select nonsense"))?.text).toContain("reporting refuses the query: ");

    const promql = `sum(rate(orders{shop="north"}[5m]))`;
    expect((await answered(world, "ben", `promql ${promql}`))?.text).toMatch(/is for auditors and managers/);
    expect(prometheus.asked).toEqual([]);
    const value = await answered(world, "cara", `promql ${promql}`);
    expect(value).toMatchObject({ text: "main gives 1 series.", private: true });
    expect(value?.card?.code).toContain(`query=${promql}`.slice(0, 30));
    expect((await owner.query("select count(*)::int as n from orders")).rows).toEqual([{ n: 42 }]);

    await world.ana.says("help", { in: "general" });
    await world.eventually(async () => {
      const said = JSON.stringify((await world.ana.sees("general")).at(-1)?.card?.fields);
      expect(said).toContain("query reporting: select 1");
      expect(said).not.toContain("tickets about");
    });
  });
});
