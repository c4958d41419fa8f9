import webhooks from "@octokit/webhooks-examples" with { type: "json" };
import { expect, test } from "vitest";
import { githubTools } from "../../src/systems/github/tools.ts";
import { callTool, localSystem, toolNamed } from "./local-server.ts";

interface Example {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}
/** A real issue, as GitHub shows it. */
const realIssue = (webhooks as unknown as Example[]).find(({ name }) => name === "issues")?.examples[0]?.[
  "issue"
] as Record<string, unknown>;

/** GitHub with one issue that can be commented and labelled. */
async function github() {
  const comments: { id: number; body: string; html_url: string; user: { login: string }; created_at: string }[] = [];
  let labels = [{ name: "bug" }];
  const issues: Record<string, unknown>[] = [{ ...realIssue, number: 7, body: "It burns" }];
  let broken: "before" | "after" | null = null;
  const system = await localSystem(({ method, path, query, body }) => {
    if (method !== "GET" && broken === "before") return { cut: true };
    const answer = act();
    return method !== "GET" && broken === "after" ? { cut: true } : answer;

    function act() {
      const issue = `/repos/acme/shop/issues/7`;
      switch (`${method} ${path}`) {
        case `GET ${issue}`:
          return { body: { ...issues[0], labels, comments: comments.length } };
        case `GET ${issue}/comments`: {
          const size = Number(query.get("per_page"));
          const page = Number(query.get("page"));
          return { body: comments.slice((page - 1) * size, page * size) };
        }
        case `POST ${issue}/comments`: {
          const id = comments.length + 1;
          const comment = {
            id,
            body: body.body as string,
            html_url: `https://github.com/acme/shop/issues/7#issuecomment-${id}`,
            user: { login: "steward-bot" },
            created_at: "2026-11-21T10:00:00Z",
          };
          comments.push(comment);
          return { status: 201, body: comment };
        }
        case `GET ${issue}/labels`:
          return { body: labels };
        case `POST ${issue}/labels`:
          labels = [...labels, ...body.labels.map((name: string) => ({ name }))];
          return { body: labels };
        case "GET /repos/acme/shop/issues":
          return { body: issues };
        case "POST /repos/acme/shop/issues": {
          const created = { ...realIssue, id: 99, number: 8, title: body.title, body: body.body };
          issues.unshift(created);
          return { status: 201, body: created };
        }
        case "GET /repos/acme/shop/deployments":
          return {
            body: [
              {
                id: 1,
                environment: "production",
                ref: "main",
                sha: "abc",
                creator: { login: "ana" },
                created_at: "2026-11-21T09:00:00Z",
              },
            ],
          };
        case "GET /repos/acme/shop/deployments/1/statuses":
          return { body: [{ state: "success" }] };
        default:
          if (method === "DELETE" && path.startsWith(`${issue}/labels/`)) {
            labels = labels.filter(({ name }) => !path.endsWith(`/${name}`));
            return { body: labels };
          }
          return { status: 404, body: { message: "Not Found", documentation_url: "https://docs.github.com/rest" } };
      }
    }
  });
  return {
    ...system,
    comments,
    issues,
    labels: () => labels.map(({ name }) => name),
    breaks: (when: typeof broken) => {
      broken = when;
    },
    tools: githubTools({ token: "ghp_secret", url: system.url }),
  };
}

test("an issue is read with its newest comments, and nobody's token is in it", async () => {
  const { tools, comments, asked } = await github();
  for (let id = 1; id <= 12; id++)
    comments.push({ id, body: `${id}`, html_url: "", user: { login: "eve" }, created_at: "2026-11-21T10:00:00Z" });
  const issue = await callTool(tools, "github.issue", { repository: "acme/shop", number: 7 });
  expect(issue).toMatchObject({
    number: 7,
    title: realIssue["title"],
    body: "It burns",
    labels: ["bug"],
    author: (realIssue["user"] as { login: string }).login,
  });
  expect(issue.comments.map((comment: { body: string }) => comment.body)).toEqual(["11", "12"]);
  expect(asked[0]?.headers.authorization).toBe("token ghp_secret");
  expect(JSON.stringify(issue)).not.toContain("ghp_secret");
});

test.for(["before", "after"] as const)(
  "a comment whose connection breaks %s it is written is there once after it was looked up",
  async (when) => {
    const world = await github();
    const args = { repository: "acme/shop", number: 7, body: "Rolled back" };
    world.breaks(when);
    expect(await callTool(world.tools, "github.comment", args, "e1")).toMatchObject({ code: "tool-failed" });
    world.breaks(null);
    // What a second try does: look first, write only if it is not there.
    const tool = toolNamed(world.tools, "github.comment");
    const found = await tool.find?.({ tenant: "default", args, effectId: "e1" });
    if (found === null) await callTool(world.tools, "github.comment", args, "e1");
    expect(found === null).toBe(when === "before");
    expect(world.comments.map((comment) => comment.body)).toEqual(["Rolled back\n\n<!-- steward:e1 -->"]);
    expect(await tool.find?.({ tenant: "default", args, effectId: "e2" })).toBeNull();
  },
);

test("an issue that was opened is found again by its mark", async () => {
  const { tools, issues } = await github();
  const args = { repository: "acme/shop", title: "Disk full", body: "On db-1" };
  const opened = await callTool(tools, "github.createIssue", args, "e7");
  expect(opened).toMatchObject({ id: 99, number: 8 });
  const tool = toolNamed(tools, "github.createIssue");
  expect(await tool.find?.({ tenant: "default", args: tool.params.parse(args), effectId: "e7" })).toEqual(opened);
  expect(await tool.find?.({ tenant: "default", args: tool.params.parse(args), effectId: "e8" })).toBeNull();
  expect(issues).toHaveLength(2);
});

test("labels are changed where they must be, and taken back as they were", async () => {
  const { tools, labels } = await github();
  const tool = toolNamed(tools, "github.label");
  const args = tool.params.parse({ repository: "acme/shop", number: 7, add: ["bug", "urgent"], remove: ["stale"] });
  expect(await tool.dryRun?.({ tenant: "default", args })).toBe("It has bug. 1 would be added, 0 removed.");
  const result = await callTool(tools, "github.label", args);
  expect(result).toEqual({ added: ["urgent"], removed: [] });
  expect(labels()).toEqual(["bug", "urgent"]);
  const back = tool.compensate?.(args, result);
  expect(back).toMatchObject({ tool: "github.label", args: { add: [], remove: ["urgent"] } });
  await callTool(tools, "github.label", back?.args ?? {});
  expect(labels()).toEqual(["bug"]);
});

test("labels are changed at most once: a second try could not tell what the first has changed", async () => {
  const refused: string[] = [];
  const labels = new Set(["bug", "stale"]);
  const system = await localSystem(({ method, path, body }) => {
    if (refused.includes(method)) return { status: method === "DELETE" ? 403 : 503, body: { message: "No" } };
    if (method === "POST") for (const name of body.labels) labels.add(name);
    if (method === "DELETE" && !labels.delete(path.split("/").at(-1) ?? "")) return { status: 404, body: {} };
    return { body: [...labels].map((name) => ({ name })) };
  });
  const tools = githubTools({ token: "ghp_secret", url: system.url });
  expect(toolNamed(tools, "github.label").effect).toBe("opaque");
  const change = () =>
    callTool(tools, "github.label", { repository: "acme/shop", number: 7, add: ["urgent"], remove: ["bug"] });
  // What fails before anything is asked to change has changed nothing.
  refused.push("GET");
  expect(await change()).toMatchObject({ code: "tool-failed", undone: true, retryAfterMs: 5000 });
  // What is refused in the middle has happened in part, and does not count as refused.
  refused.splice(0, 1, "DELETE");
  expect(await change()).toMatchObject({
    code: "tool-failed",
    undone: false,
    message: expect.stringMatching(/^Some labels are changed, and then: GitHub answered 403: No\./),
  });
  expect([...labels]).toEqual(["bug", "stale", "urgent"]);
});

test("deployments say how they ended", async () => {
  const { tools } = await github();
  expect(await callTool(tools, "github.deployments", { repository: "acme/shop" })).toEqual({
    deployments: [
      {
        id: 1,
        environment: "production",
        ref: "main",
        sha: "abc",
        by: "ana",
        at: "2026-11-21T09:00:00Z",
        state: "success",
      },
    ],
  });
});

test.for<[string, object, object]>([
  ["a missing repository", { status: 404, body: { message: "Not Found" } }, { code: "not-found", retryAfterMs: null }],
  [
    "a token without the right",
    { status: 403, body: { message: "Resource not accessible by personal access token" } },
    { code: "platform-refused", undone: true },
  ],
  [
    "a spent rate limit",
    { status: 403, headers: { "retry-after": "30" }, body: { message: "API rate limit exceeded" } },
    { code: "platform-busy", retryAfterMs: 30_000, undone: true },
  ],
  ["a server error", { status: 502, body: { message: "Bad gateway" } }, { code: "tool-failed", retryAfterMs: 5000 }],
])("%s is a sentence that says whether to try again", async ([, answer, fault]) => {
  const { url } = await localSystem(() => answer);
  const tools = githubTools({ token: "ghp_secret", url });
  const error = await callTool(tools, "github.issue", { repository: "acme/shop", number: 7 });
  expect(error).toMatchObject(fault);
  expect(error.message).toMatch(/^GitHub answered \d{3}: .*\.$/);
  expect(error.message).not.toContain("ghp_secret");
});

test.for(["..", "../..", "./x", "a/..", "a/b/c", "a", "a/b?x", "a b/c"])(
  "%s is no repository: it would lead elsewhere",
  async (repository) => {
    const { tools, asked } = await github();
    const tool = toolNamed(tools, "github.issue");
    expect(tool.params.safeParse({ repository, number: 1 }).success).toBe(false);
    expect(asked).toEqual([]);
  },
);
