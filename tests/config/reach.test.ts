import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConnectors } from "../../src/config/connectors.ts";
import { readSettings } from "../../src/config/settings.ts";
import { parseStewardYaml } from "../../src/config/steward-yaml.ts";

const head = `people: [{ id: ana, name: Ana }]\nchannels: [{ name: ops }]\nconnectors:\n`;
const hash = "a".repeat(64);

function read(text: string, env: Record<string, string> = {}, file = "steward.yaml") {
  const yaml = parseStewardYaml(head + text, "steward.yaml");
  return readConnectors(yaml.connectors, file, {}, env);
}

test("an MCP server gets the variables it names, and its tools are dangerous unless they say otherwise", () => {
  const text = `  mcp:
    - { name: wiki, command: [npx, wiki-mcp], env: [WIKI_TOKEN], tools: { search: { risk: read, description: ${hash}, steers: [space] }, drop: { description: ${hash} } } }
    - { name: desk, url: "https://mcp.example.com/mcp", headersFromEnv: { Authorization: DESK_AUTH }, optional: true, costUsd: 0.01 }`;
  expect(read(text, { WIKI_TOKEN: "w", DESK_AUTH: "Bearer d", OTHER: "o" }).mcp).toEqual([
    {
      name: "wiki",
      optional: false,
      costUsd: null,
      address: { command: ["npx", "wiki-mcp"], env: { WIKI_TOKEN: "w" } },
      tools: {
        search: { risk: "read", description: hash, steers: ["space"] },
        drop: { risk: "dangerous", description: hash },
      },
    },
    {
      name: "desk",
      optional: true,
      costUsd: 0.01,
      address: { url: "https://mcp.example.com/mcp", private: false, headers: { Authorization: "Bearer d" } },
      tools: {},
    },
  ]);
});

test.for([
  ["  mcp: [{ name: wiki }]", "must have either command"],
  [`  mcp: [{ name: wiki, command: [x], url: "https://x.example" }]`, "must have either command"],
  [`  mcp: [{ name: wiki, url: "http://x.example" }]`, "must begin with https:// unless"],
  ["  mcp: [{ name: Wiki, command: [x] }]", "must be lower-case letters"],
  ["  mcp: [{ name: a, command: [x] }, { name: a, command: [x] }]", "uses a name twice"],
  [
    "  mcp: [{ name: a, command: [x], tools: { t: { description: abc } } }]",
    "must be the hash that `npx steward doctor`",
  ],
  ["  mcp: [{ name: a, command: [x], tools: { t: { risk: none, description: abc } } }]", "must be one of read, write"],
  ["  mcp: [{ name: a, comand: [x] }]", "did you mean command?"],
  ["  mcp: [{ name: a, command: [x], env: [secret] }]", "must be the name of an environment variable"],
  ["  kubernetes: { url: x, tokenFromEnv: T, namespaces: [{ name: a }] }", "must be the address of the API server"],
  [`  kubernetes: { url: "https://k", tokenFromEnv: T, namespaces: [] }`, "must name at least one namespace"],
] as const)("%s is refused with what would be right", ([text, sentence]) => {
  expect(() => read(text)).toThrow(sentence);
});

test("secrets that are not set are named, with the place that wants them", () => {
  expect(() => read("  mcp: [{ name: wiki, command: [x], env: [WIKI_TOKEN] }]")).toThrow(
    "steward.yaml, connectors.mcp.wiki: WIKI_TOKEN is not set: it must hold what the server expects there.",
  );
  const cluster = `  kubernetes: { url: "https://k", tokenFromEnv: K8S, caFile: no.pem, namespaces: [{ name: shop }] }`;
  expect(() => read(cluster)).toThrow(/caFile: no\.pem cannot be read \(ENOENT\).*K8S is not set/s);
});

test("a namespace is production unless it says otherwise; the authority is read from beside the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "steward-reach-"));
  await writeFile(join(folder, "ca.pem"), "PEM");
  const text = `  kubernetes: { url: "https://10.0.0.1:6443", tokenFromEnv: K8S, caFile: ca.pem, namespaces: [{ name: shop }, { name: lab, production: false }] }`;
  expect(read(text, { K8S: "t" }, join(folder, "steward.yaml")).kubernetes).toEqual({
    url: "https://10.0.0.1:6443",
    token: "t",
    ca: "PEM",
    namespaces: [
      { name: "shop", production: true },
      { name: "lab", production: false },
    ],
  });
  await rm(folder, { recursive: true });
});

test("an account of GitHub or Jira is whole or not there", () => {
  const production = { STEWARD_MODE: "production" };
  expect(readSettings({ ...production, GITHUB_TOKEN: "t" }).github).toEqual({
    token: "t",
    url: "https://api.github.com",
  });
  const jira = { JIRA_HOST: "acme.atlassian.net", JIRA_EMAIL: "bot@acme.example", JIRA_API_TOKEN: "s" };
  expect(readSettings({ ...production, ...jira }).jira).toEqual({
    url: "https://acme.atlassian.net",
    email: "bot@acme.example",
    token: "s",
  });
  expect(() => readSettings({ ...production, JIRA_HOST: "acme.atlassian.net" })).toThrow(
    "JIRA_EMAIL is missing: with JIRA_HOST set it must be the e-mail address",
  );
});

test("a trial, where anyone may act as anyone, takes no token for something real", () => {
  expect(() => readSettings({ GITHUB_TOKEN: "t" })).toThrow("STEWARD_MODE is missing: with GITHUB_TOKEN set");
  expect(() => readSettings({ STEWARD_MODE: "trial", GITHUB_TOKEN: "s3cret" })).toThrow(
    /^GITHUB_TOKEN is set in trial mode, where anyone who reaches the port may act as anyone: leave it out, or set STEWARD_MODE=production\.$/,
  );
});
