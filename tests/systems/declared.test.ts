import { expect, test } from "vitest";
import type { AnyTool } from "../../src/domain/tool.ts";
import { looksAhead } from "../../src/orchestrator/obey.ts";
import { githubTools } from "../../src/systems/github/tools.ts";
import { httpTools } from "../../src/systems/http/tools.ts";
import { jiraTools } from "../../src/systems/jira/tools.ts";
import { kubernetesTools } from "../../src/systems/kubernetes/tools.ts";
import { serviceTools } from "../../src/systems/services/tools.ts";
import { wrongIn } from "./declared.ts";
import { serveLocally } from "./http-server.ts";
import { localSystem } from "./local-server.ts";

const service = { name: "pager", private: true, headers: {}, idempotencyHeader: null, costUsd: null };
const nowhere = "http://127.0.0.1:1";
const dryRunOf = (tool: ReturnType<typeof httpTools>[number] | undefined, args: object) =>
  tool?.dryRun?.({ tenant: "default", args: tool.params.parse(args) as never });

test("whatever a connector's tool may change, it says what it would do before, and what takes it back or why nothing does", () => {
  const tools = [
    ...githubTools({ url: nowhere, token: "t" }),
    ...jiraTools({ url: nowhere, email: "a@b.c", token: "t" }),
    ...kubernetesTools({ url: nowhere, token: "t", ca: null, namespaces: [{ name: "shop", production: true }] }),
    ...httpTools([{ ...service, url: nowhere, methods: { POST: "write" } }]),
    ...serviceTools([], async () => new Date()),
  ];
  expect(wrongIn(tools)).toEqual([]);
});

test("nothing is looked at ahead where what came from outside would choose it, unless an approval is bound to it", () => {
  const github = githubTools({ url: nowhere, token: "t" }).find(({ name }) => name === "github.comment") as AnyTool;
  expect(looksAhead(github)).toBe(true);
  expect(looksAhead(github, ["body"])).toBe(true);
  expect(looksAhead(github, ["body", "repository"])).toBe(false);
  const cluster = { url: nowhere, token: "t", ca: null, namespaces: [{ name: "shop", production: true }] };
  const restart = kubernetesTools(cluster).find(({ name }) => name === "kubernetes.restart") as AnyTool;
  expect(looksAhead(restart, ["deployment"])).toBe(true);
});

test("a request is shown as it would be sent, and nothing is sent", async () => {
  await using server = await serveLocally((_, response) => void response.end());
  const url = `http://127.0.0.1:${server.port}/v2/`;
  const [, send] = httpTools([{ ...service, url, methods: { DELETE: "never" } }]);
  const args = { method: "POST", path: "/pages", query: { urgent: true }, body: { b: 1, a: "x" } };
  expect(await dryRunOf(send, args)).toBe(
    `Would send POST to 127.0.0.1:${server.port}/v2/pages?urgent=true with the body {"a":"x","b":1}.`,
  );
  expect(await dryRunOf(send, { method: "PUT", path: "/pages" })).toMatch(/with nothing in its body\.$/);
  await expect(dryRunOf(send, { method: "DELETE", path: "/pages" })).rejects.toThrow("pager takes no DELETE");
  expect(send?.risks).toEqual(["dangerous"]);
  expect(server.asked).toEqual([]);
});

test("GitHub and Jira are read, and not written to, to say what would be done", async () => {
  const issue = { number: 7, id: 7, title: "Cart breaks", state: "open", comments: 2, locked: true, labels: [] };
  const comments = { total: 1, comments: [] };
  const known = { issues: [{ key: "OPS-3", fields: { summary: "Cart breaks", status: { name: "To Do" } } }] };
  const { url, asked } = await localSystem(({ path }) => {
    if (path.endsWith("/issues")) return { body: [issue] };
    if (path.includes("/repos/")) return { body: issue };
    if (path.includes("/search")) return { body: known };
    return { body: path.endsWith("/comment") ? comments : { id: "1", key: "OPS-3", ...known.issues[0] } };
  });
  const github = githubTools({ url, token: "t" });
  const jira = jiraTools({ url, email: "a@b.c", token: "t" });
  const say = (name: string, args: object) =>
    dryRunOf(
      [...github, ...jira].find((tool) => tool.name === name),
      args,
    );
  expect(await say("github.comment", { repository: "acme/shop", number: 7, body: "hello" })).toBe(
    "“Cart breaks” is open and has 2 comments. It is locked: the comment may be turned away.",
  );
  const opened = { repository: "acme/shop", body: "It does." };
  expect(await say("github.createIssue", { ...opened, title: "cart breaks" })).toBe(
    "There is one of this title already: #7, which is open.",
  );
  expect(await say("github.createIssue", { ...opened, title: "Search breaks" })).toBe(
    "None of the newest 1 of acme/shop has this title.",
  );
  expect(await say("jira.comment", { issue: "OPS-3", text: "hello" })).toBe(
    "“Cart breaks” is To Do and has 1 comment.",
  );
  const created = { project: "OPS", description: "It does." };
  expect(await say("jira.create", { ...created, summary: "Cart breaks" })).toBe(
    "There is one of this summary already: OPS-3, which is To Do.",
  );
  expect(await say("jira.create", { ...created, summary: "Search breaks" })).toBe(
    "None of the newest 1 of OPS has this summary.",
  );
  expect(asked.filter(({ method, path }) => method !== "GET" && !path.includes("/search"))).toEqual([]);
});
