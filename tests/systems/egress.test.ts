import { globSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { confined, mayReach, unconfined } from "../../src/domain/egress.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { type AnyTool, defineTool } from "../../src/domain/tool.ts";
import { anthropicClient } from "../../src/model/client.ts";
import { githubTools } from "../../src/systems/github/tools.ts";
import { guardedFetch } from "../../src/systems/http/guard.ts";
import { httpTools } from "../../src/systems/http/tools.ts";
import { jiraTools } from "../../src/systems/jira/tools.ts";
import { kubernetesTools } from "../../src/systems/kubernetes/tools.ts";
import { lokiTools } from "../../src/systems/loki/tools.ts";
import { connectMcp } from "../../src/systems/mcp/connection.ts";
import { prometheusTools } from "../../src/systems/prometheus/tools.ts";
import { readDatabase } from "../../src/systems/sql/database.ts";
import { sqlTools } from "../../src/systems/sql/tools.ts";
import { serveLocally } from "./http-server.ts";
import { run } from "./run-tool.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** PostgreSQL's own way to turn somebody away; to a client of HTTP it is no answer at all. */
const words = "SFATAL\0C28000\0Mnobody\0\0";
const refusal = Buffer.concat([Buffer.from("E\0\0\0"), Buffer.from([words.length + 4]), Buffer.from(words)]);

/** A port of this machine, and how many connections it has seen. */
async function listening(): Promise<{ readonly port: number; connections(): number }> {
  let seen = 0;
  const server = createServer((socket) => {
    seen++;
    socket.once("data", () => socket.end(refusal));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => seen };
}

/** A tool that does only this, and declares these hosts. */
function toolThat(does: (signal: AbortSignal) => Promise<unknown>, egress?: readonly string[]): AnyTool {
  return defineTool({
    name: "pager.ring",
    summary: "Rings",
    params: z.object({}),
    result: z.unknown(),
    risk: () => "write" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    ...(egress && { egress }),
    describe: () => "Ring",
    run: ({ signal }) => does(signal),
  });
}

describe("a declared host is", () => {
  const reaches = (egress: readonly string[] | undefined, host: string) =>
    run(
      confined(
        toolThat(async () => {
          mayReach(host);
          return "reached";
        }, egress),
      ),
      {},
    );
  test.each([
    [["api.pager.example"], "api.pager.example"],
    [["API.pager.example"], "api.PAGER.example"],
    [["api.pager.example:8443"], "api.pager.example:8443"],
    [["*.pager.example"], "eu.api.pager.example"],
    [["*.pager.example:8443"], "eu.pager.example:8443"],
    [["a.example", "b.example"], "b.example"],
  ])("%j for %s", async (egress, host) => {
    expect(await reaches(egress, host)).toBe("reached");
  });

  test.each([
    [["api.pager.example"], "api.pager.example:8443"],
    [["api.pager.example:8443"], "api.pager.example"],
    [["api.pager.example"], "evil.example"],
    [["*.pager.example"], "pager.example"],
    [["*.pager.example"], "evilpager.example"],
    [["*.pager.example"], "pager.example.evil.example"],
    [["*.pager.example"], "a.pager.example:8443"],
    [["pager.example"], "a.pager.example"],
  ])("not %j for %s", async (egress, host) => {
    await expect(reaches(egress, host)).rejects.toThrow(`pager.ring may reach ${egress} only, not ${host}.`);
  });

  test("nothing, where nothing is declared, and where a program of its own does the work", async () => {
    await expect(reaches(undefined, "a.example")).rejects.toThrow("pager.ring may reach nothing, not a.example.");
    await expect(reaches(["*"], "a.example")).rejects.toThrow("pager.ring may reach nothing, not a.example.");
  });
});

test("a refusal that a tool passes over fails its call all the same, and may have done something", async () => {
  const tool = toolThat(async () => {
    try {
      mayReach("evil.example");
    } catch {
      // As a tool does that can do without.
    }
    return "nothing happened";
  }, ["api.pager.example"]);
  await expect(run(confined(tool), {})).rejects.toMatchObject({ code: "tool-failed", undone: false });
});

test("everything a tool is asked is kept to its hosts, and what is not its own is not", async () => {
  const reach = async () => {
    mayReach("evil.example");
    return null as never;
  };
  const tool = confined({ ...toolThat(reach), dryRun: reach, find: reach, pin: reach, refuses: reach });
  const call = { tenant: "default", args: {} as never, effectId: "e", requesterId: "ana" };
  for (const asked of [tool.dryRun, tool.find, tool.pin, tool.refuses])
    await expect(asked?.(call)).rejects.toThrow("pager.ring may reach nothing, not evil.example.");
  const freed = toolThat(async () => unconfined(() => mayReach("evil.example")) ?? "free");
  expect(await run(confined(freed), {})).toBe("free");
});

test("each request is judged, also those that a redirect or a connection that is open already leads to", async () => {
  await using other = await serveLocally((_, response) => void response.end("here"));
  await using server = await serveLocally((request, response) => {
    if (request.url === "/away") response.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end();
    else response.end("well");
  });
  const origins = [server.port, other.port].map((port) => ({ origin: `http://127.0.0.1:${port}`, private: true }));
  const ask = guardedFetch({ hosts: origins, redirects: 3 });
  const get = (path: string) => async () => (await ask(`http://127.0.0.1:${server.port}${path}`)).text();
  const declared = [`127.0.0.1:${server.port}`];
  expect(await run(confined(toolThat(get("/"), declared)), {})).toBe("well");
  await expect(run(confined(toolThat(get("/away"), declared)), {})).rejects.toThrow(
    `pager.ring may reach 127.0.0.1:${server.port} only, not 127.0.0.1:${other.port}.`,
  );
  await expect(run(confined(toolThat(get("/"), ["api.pager.example"])), {})).rejects.toThrow("may reach");
  expect(await get("/away")()).toBe("here");
  expect([server.asked.length, other.asked.length]).toEqual([3, 1]);
});

describe("no SDK goes past it:", () => {
  const noon = async () => new Date("2026-11-21T12:00:00Z");
  const deployment = { namespace: "shop", deployment: "checkout" };
  const ways: Readonly<Record<string, readonly [JsonObject, (url: string, port: number) => AnyTool | undefined]>> = {
    octokit: [{ repository: "acme/shop", number: 1 }, (url) => githubTools({ url, token: "t" })[0]],
    "jira.js": [{ issue: "OPS-1" }, (url) => jiraTools({ url, email: "a@b.c", token: "t" })[0]],
    kubernetes: [
      deployment,
      (url) => kubernetesTools({ url, token: "t", ca: null, namespaces: [{ name: "shop", production: true }] })[0],
    ],
    prometheus: [
      { query: "up" },
      (url) => prometheusTools([{ name: "main", url, private: true, headers: {} }], noon)[0],
    ],
    loki: [
      { query: "{}", since: "5m" },
      (url) => lokiTools([{ name: "main", url, private: true, headers: {} }], noon)[0],
    ],
    "a web service": [
      { path: "/" },
      (url) =>
        httpTools([
          { name: "pager", url, private: true, headers: {}, methods: {}, idempotencyHeader: null, costUsd: null },
        ])[0],
    ],
    postgres: [
      { database: "shop", query: "select 1" },
      (_, port) => sqlTools([readDatabase("shop", `postgres://a:b@127.0.0.1:${port}/shop`)])[0],
    ],
    "MCP over HTTP": [
      {},
      (url) => {
        const toy = connectMcp("toy", { url: `${url}/mcp`, private: true, headers: {} }, () => undefined);
        return toolThat(() => toy.list());
      },
    ],
    "the model's": [
      {},
      (url) => {
        const client = anthropicClient({ apiKey: "key", baseUrl: url, patienceMs: 5000, firstWordMs: 5000 });
        const question = { max_tokens: 1, messages: [{ role: "user", content: "hi" }] } as never;
        return toolThat((signal) => client.ask("big", question, { signal, said: () => undefined }));
      },
    ],
  };
  test.each(Object.keys(ways))("%s", async (name) => {
    const { port, connections } = await listening();
    const [args, make] = ways[name] ?? [{}, () => undefined];
    const tool = make(`http://127.0.0.1:${port}`, port);
    const led = confined({ ...(tool as AnyTool), egress: ["elsewhere.example"] });
    await expect(run(led, args)).rejects.toThrow(`may reach elsewhere.example only, not 127.0.0.1:${port}.`);
    expect(connections()).toBe(0);
    // Where it is declared, it is tried.
    const free = confined({ ...(tool as AnyTool), egress: [`127.0.0.1:${port}`] });
    await run(free, args).catch(() => undefined);
    expect(connections()).toBeGreaterThan(0);
  });
});

/** Who opens connections, processes or threads, and with what. */
const waysOut: Readonly<Record<string, readonly string[]>> = {
  // The guard itself.
  "src/systems/http/guard.ts": ["node:net", "node:tls", "undici"],
  "src/systems/http/address.ts": ["node:net"],
  // Asks what it may reach before it dials.
  "src/systems/sql/database.ts": ["node:net", "postgres"],
  // Hands its SDK a fetch that asks.
  "src/model/client.ts": ["@anthropic-ai/sdk", "fetch("],
  // They are given the guarded fetch.
  "src/systems/github/client.ts": ["@octokit/core"],
  "src/systems/jira/acts.ts": ["jira.js/cloud", "jira.js/core"],
  "src/systems/jira/client.ts": ["jira.js/core"],
  "src/systems/jira/keeper.ts": ["jira.js/cloud", "jira.js/core"],
  "src/systems/jira/tools.ts": ["jira.js/cloud", "jira.js/core"],
  // A program that an operator lets in: where it connects nobody here sees.
  "src/systems/mcp/connection.ts": ["@modelcontextprotocol/sdk"],
  "src/systems/mcp/failures.ts": ["@modelcontextprotocol/sdk"],
  "src/systems/mcp/tools.ts": ["@modelcontextprotocol/sdk"],
  // Threads without a network.
  "src/systems/sandbox/box.ts": ["node:worker_threads"],
  "src/systems/sandbox/run.ts": ["node:worker_threads"],
};

test("no system has a way out of its own", () => {
  const harmless =
    /^(\.|node:(async_hooks|module|timers|crypto|dns\/promises|fs|path|url|stream|util|buffer|events|zlib|perf_hooks))/;
  const libraries = [
    "zod",
    "@octokit/webhooks",
    "minisearch",
    "cockatiel",
    "ipaddr.js",
    "canonicalize",
    "fastest-levenshtein",
    "simple-statistics",
    "echarts",
    "@resvg/resvg-js",
    "quickjs-emscripten-core",
    "@jitl/quickjs-wasmfile-release-sync",
    "dejavu-fonts-ttf",
    "yaml",
    "chrono-node",
  ];
  const found = globSync("src/{systems,trial,agents,model}/**/*.ts").flatMap((file) => {
    const text = readFileSync(file, "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
    const imported = [...text.matchAll(/\b(?:from|import|import\(|require\(|resolve\()\s?"([^"\s,]+)"/g)].map(
      ([, name = ""]) => name,
    );
    const outside = imported
      .filter((name) => !harmless.test(name) && !libraries.some((one) => name === one || name.startsWith(`${one}/`)))
      .map((name) => (name.startsWith("@modelcontextprotocol/sdk") ? "@modelcontextprotocol/sdk" : name));
    const own = /(?<![\w.])(fetch|WebSocket|EventSource)\(/.exec(text)?.[0];
    const all = [...new Set([...outside, ...(own === undefined ? [] : [own])])].sort();
    return all.length === 0 ? [] : [[file.replaceAll("\\", "/"), all] as const];
  });
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(waysOut).map(([file, names]) => [file, [...names].sort()])),
  );
});
