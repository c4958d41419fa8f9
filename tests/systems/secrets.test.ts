import { expect, test } from "vitest";
import { connectorsSchema, readConnectors } from "../../src/config/connectors.ts";
import { openConnectors } from "../../src/connectors.ts";
import { loggable } from "../../src/domain/fault.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { openSources } from "../../src/sources.ts";
import { spellings } from "../support/spellings.ts";
import { callTool } from "./local-server.ts";
import { planted, secrets, talkativeSystems } from "./talkative.ts";

const calls: [string, JsonObject][] = [
  ["http.billing.get", { path: "/" }],
  ["prometheus.query", { query: "up" }],
  ["loki.search", { service: "shop", since: "5m" }],
  ["sql.query", { database: "shop", query: "select 1" }],
  ["mcp.near.echo", {}],
  ["mcp.near.echo", { fail: true }],
  ["mcp.near.echo", { die: true }],
  ["kubernetes.status", { namespace: "shop", deployment: "checkout" }],
  ["github.issue", { repository: "acme/shop", number: 7 }],
  ["github.comment", { repository: "acme/shop", number: 7, body: "hello" }],
  ["jira.issue", { issue: "OPS-1" }],
  ["jira.search", { jql: "project = OPS" }],
];

test("systems that say back what they were sent: no secret is in an answer, an error, a note or what is logged", async () => {
  await using systems = await talkativeSystems();
  const { url, connectors, source } = systems;
  const written = connectorsSchema.parse({
    ...connectors,
    kubernetes: { url, tokenFromEnv: "CLUSTER_TOKEN", namespaces: [{ name: "shop" }] },
    logs: [],
  });
  const configured = readConnectors(written, "steward.yaml", {}, source);
  const said: unknown[] = [];
  const outside = await openConnectors(
    {
      mode: "production",
      github: { token: secrets.GITHUB, url },
      jira: { url, email: "bot@example.com", token: secrets.JIRA },
    } as Parameters<typeof openConnectors>[0],
    configured,
    (note) => said.push(note),
  );
  const sources = await openSources(configured, {
    mode: "production",
    person: async () => null,
    now: async () => new Date(),
    onError: (error) => said.push(loggable(error)),
  });
  const tools = [...outside.tools, ...sources.tools];
  try {
    const statuses = [500, 401, 302, 200];
    // Two that are no web servers say it in clear alone.
    const spelling = calls.filter(([name]) => !/^(sql|mcp)\./.test(name));
    for (const [i, as] of ["in clear", "in clear", "in clear", ...Object.keys(spellings)].entries()) {
      const status = statuses[i % statuses.length] ?? 500;
      systems.answersWith(status, as);
      for (const [name, args] of as === "in clear" ? calls : spelling) {
        const outcome = await callTool(tools, name, args);
        said.push({ name, status, as, outcome: outcome instanceof Error ? loggable(outcome) : outcome });
      }
    }
    said.push(outside.health(), sources.health(), await outside.examine(), await sources.examine());
  } finally {
    await outside.close();
  }
  const everything = said.map((one) => JSON.stringify(one));
  expect(everything.filter((one) => planted.test(one))).toEqual([]);
  // Every system was asked, and said it.
  for (const [name] of calls)
    expect(everything.filter((one) => one.includes(`"name":"${name}"`) && one.includes("[secret]"))).not.toEqual([]);
});

test("a log holds no field that an SDK hung on an error, and no value of a failed query", () => {
  const request = { headers: { authorization: "Bearer planted-request-0000" } };
  const cause = Object.assign(new Error("Failed query: insert into x\nparams: planted-value-0000"), { code: "23505" });
  const error = Object.assign(new Error("A request failed", { cause }), { request, config: request });
  const shown = loggable(error);
  expect(planted.test(JSON.stringify(shown))).toBe(false);
  expect(shown).toMatchObject({
    message: "A request failed",
    cause: { code: "23505", message: "Failed query: insert into x\nparams: (not shown)" },
  });
  expect(shown.cause?.stack).toContain("secrets.test.ts");
});
