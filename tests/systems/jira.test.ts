import { expect, test } from "vitest";
import type { Person } from "../../src/domain/incoming.ts";
import type { AnyTool } from "../../src/domain/tool.ts";
import { textOf } from "../../src/systems/jira/document.ts";
import { ticketTools } from "../../src/systems/jira/tickets.ts";
import { issueFinder } from "../../src/systems/jira/tools.ts";
import { jiraSite } from "./jira-site.ts";
import { callTool, toolNamed } from "./local-server.ts";

type Site = Awaited<ReturnType<typeof jiraSite>>;

/** What the kernel does after a broken try: looks, and tries again only if nothing is found. */
async function again({ tools }: Site, name: string, args: object, effectId: string) {
  const tool = toolNamed(tools, name);
  const parsed = tool.params.parse(args);
  const found = await tool.find?.({ tenant: "default", args: parsed, effectId });
  return { found: found !== null, result: found ?? (await callTool(tools, name, parsed, effectId)) };
}

test("an issue is read as text, with its comments", async () => {
  const jira = await jiraSite();
  await callTool(jira.tools, "jira.comment", { issue: "OPS-1", text: "First line\n\nThird line" });
  expect(await callTool(jira.tools, "jira.issue", { issue: "OPS-1" })).toEqual({
    key: "OPS-1",
    summary: "Disk full",
    status: "To Do",
    type: "Bug",
    priority: "High",
    assignee: null,
    labels: ["db"],
    updated: "2026-11-20T10:00:00.000+0000",
    url: `${jira.url}/browse/OPS-1`,
    description: "Since @ana\ndf -h",
    comments: [{ author: "Steward", at: "2026-11-21T10:00:00.000Z", text: "First line\n\nThird line" }],
  });
  expect(jira.asked[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from("bot@acme.example:jira-secret").toString("base64")}`,
  );
});

test.for([
  ["jira.create", { project: "OPS", summary: "Disk full again", description: "On db-2" }],
  ["jira.comment", { issue: "OPS-1", text: "Rolled back" }],
  ["jira.transition", { issue: "OPS-1", to: "doing" }],
] as const)("%s happens once, whether its connection breaks before or after it is done", async ([name, args]) => {
  for (const when of ["before", "after"] as const) {
    const jira = await jiraSite();
    jira.breaks(when);
    expect(await callTool(jira.tools, name, args, "e1")).toMatchObject({ code: "tool-failed" });
    jira.breaks(null);
    const second = await again(jira, name, args, "e1");
    expect(second.found).toBe(when === "after");
    expect(second.result).not.toBeInstanceOf(Error);
    const third = await again(jira, name, args, "e1");
    expect(third).toEqual({ found: true, result: second.result });
    expect({ issues: jira.issues.size, comments: jira.comments.length, status: jira.status("OPS-1") }).toEqual({
      issues: name === "jira.create" ? 2 : 1,
      comments: name === "jira.comment" ? 1 : 0,
      status: name === "jira.transition" ? "Doing" : "To Do",
    });
  }
});

test("an issue that the search does not know yet is looked for again", async () => {
  const jira = await jiraSite();
  const args = { project: "OPS", summary: "Disk full again", description: "On db-2" };
  await callTool(jira.tools, "jira.create", args, "e1");
  jira.lags(2);
  expect(await again(jira, "jira.create", args, "e1")).toMatchObject({ found: true, result: { key: "OPS-2" } });
});

test("an issue is moved back to where it was", async () => {
  const jira = await jiraSite();
  const args = { issue: "OPS-1", to: "Doing" };
  const tool = toolNamed(jira.tools, "jira.transition");
  expect(await tool.dryRun?.({ tenant: "default", args })).toBe("It is To Do; it would be Doing.");
  const moved = await callTool(jira.tools, "jira.transition", args, "e1");
  expect(moved).toEqual({ before: "To Do", status: "Doing" });
  await callTool(jira.tools, "jira.transition", tool.compensate?.(args, moved)?.args ?? {}, "e2");
  expect(jira.status("OPS-1")).toBe("To Do");
});

test("a move that is not offered is refused with those that are", async () => {
  const jira = await jiraSite();
  expect(await callTool(jira.tools, "jira.transition", { issue: "OPS-1", to: "Done" })).toMatchObject({
    code: "bad-request",
    message: "OPS-1 is To Do and cannot be moved to Done. It can be moved to: Doing.",
    undone: true,
  });
});

test("what Jira refuses is a sentence without the token", async () => {
  const jira = await jiraSite();
  const nowhere = { project: "NO", summary: "x", description: "x" };
  const refused = await callTool(jira.tools, "jira.create", nowhere);
  expect(refused).toMatchObject({
    code: "bad-request",
    message: "Jira answered 400: project: valid project is required.",
  });
  expect(await callTool(jira.tools, "jira.issue", { issue: "OPS-77" })).toMatchObject({ code: "not-found" });
  expect(JSON.stringify(refused)).not.toContain("jira-secret");
});

test.for(["OPS-1/../../myself", "..", "ops-1", "OPS-1?expand=x", "OPS"])("%s is no issue", async (issue) => {
  const jira = await jiraSite();
  expect(toolNamed(jira.tools, "jira.issue").params.safeParse({ issue }).success).toBe(false);
});

test("a document of any form is read without harm", () => {
  let deep: unknown = { type: "text", text: "x" };
  for (let n = 0; n < 10_000; n++) deep = { type: "doc", content: [deep] };
  for (const strange of [null, 3, "plain", [], { content: "no" }, { content: [null, 1, { text: 5 }] }, deep])
    expect(typeof textOf(strange)).toBe("string");
});

test("members are told of tickets in the named projects, whatever their words hold", async () => {
  const jira = await jiraSite();
  const access = { url: jira.url, email: "bot@acme.example", token: "jira-secret" };
  const member = { id: "ana", name: "Ana", kind: "member", active: true, roles: [] };
  const toolFor = (who: object | null, projects: string[], find: Parameters<typeof ticketTools>[0]["find"]) =>
    ticketTools({ person: async () => who as Person | null, projects, find, egress: [] })[0] as AnyTool;
  const find = issueFinder(access);
  const tool = toolFor(member, ["OPS"], find);
  const about = 'disk" OR project = SECRET -full*';
  expect(await tool.run({ tenant: "default", requesterId: "ana", args: { about } } as never)).toEqual({
    answer: `One ticket speaks of “${about}” in OPS.`,
    tickets: [{ label: "OPS-1", value: `Disk full (To Do, 2026-11-20) ${jira.url}/browse/OPS-1` }],
  });
  expect(jira.asked.at(-1)?.body.jql).toBe(
    'project in (OPS) AND text ~ "disk OR project SECRET full" ORDER BY updated DESC',
  );

  const refused = (one: AnyTool) => one.refuses?.({ tenant: "default", args: { about: "x" }, requesterId: "ana" });
  expect(await refused(tool)).toBeNull();
  expect(await refused(toolFor({ ...member, kind: "guest" }, ["OPS"], find))).toBe("Only members are told of tickets.");
  expect(await refused(toolFor(null, ["OPS"], find))).toBe("Only members are told of tickets.");
  expect(await refused(toolFor(member, [], find))).toMatch(/^No project is named .* connectors\.jira\.projects/);
  expect(await refused(toolFor(member, ["OPS"], null))).toBe(
    "No ticket system is connected: jira in docs/connectors.md says how.",
  );
});
