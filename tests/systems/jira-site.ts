import { jiraTools } from "../../src/systems/jira/tools.ts";
import { localSystem, meetingOf } from "./local-server.ts";

/** Whose account the site's token is. */
export const bot = { accountId: "bot", displayName: "Steward" };

interface Comment {
  readonly id: string;
  readonly author: { readonly accountId: string };
  body: unknown;
  readonly properties: readonly { readonly key: string; readonly value: unknown }[];
  readonly created: string;
}

/** A Jira site with the project OPS, whose issues go from To Do over Doing to Done. */
export async function jiraSite() {
  const statuses = ["To Do", "Doing", "Done"];
  const issues = new Map<string, { fields: Record<string, unknown>; properties: Map<string, unknown> }>();
  const comments: Comment[] = [];
  let commented = 0;
  let mayDelete = true;
  let broken: "before" | "after" | null = null;
  let whenBroken = () => {};
  /** How many searches pass before one sees what was created. */
  let lag = 0;
  let meet = async () => {};
  const create = (fields: Record<string, unknown>) => {
    const key = `OPS-${issues.size + 1}`;
    issues.set(key, {
      fields: { project: { key: "OPS" }, ...fields, status: { name: "To Do" } },
      properties: new Map(),
    });
    return key;
  };
  create({
    summary: "Disk full",
    issuetype: { name: "Bug" },
    priority: { name: "High" },
    assignee: null,
    labels: ["db"],
    updated: "2026-11-20T10:00:00.000+0000",
    description: {
      type: "doc",
      version: 1,
      content: [
        {
          type: "paragraph",
          content: [
            { type: "text", text: "Since " },
            { type: "mention", attrs: { text: "@ana" } },
          ],
        },
        { type: "codeBlock", content: [{ type: "text", text: "df -h" }] },
      ],
    },
  });

  const system = await localSystem(async ({ method, path, query, body }) => {
    if (method === "GET" && path.endsWith("/comment")) await meet();
    const writes = method !== "GET" && !path.endsWith("/search/jql") && !path.endsWith("/comment/list");
    if (writes && broken === "before") return cut();
    const answer = act();
    return writes && broken === "after" ? cut() : answer;

    function cut() {
      whenBroken();
      return { cut: true } as const;
    }

    function act() {
      const missing = { status: 404, body: { errorMessages: ["Issue does not exist or you do not have permission."] } };
      if (method === "POST" && path === "/rest/api/3/issue") {
        if (body.fields.project.key !== "OPS")
          return { status: 400, body: { errorMessages: [], errors: { project: "valid project is required" } } };
        const key = create(body.fields);
        return { status: 201, body: { id: "1", key, self: `${system.url}/rest/api/3/issue/1` } };
      }
      if (path === "/rest/api/3/search/jql") {
        if (lag-- > 0) return { body: { issues: [] } };
        const label = /labels = "([^"]+)"/.exec(body.jql)?.[1];
        const found = [...issues].filter(([, { fields }]) => !label || (fields["labels"] as string[]).includes(label));
        return { body: { issues: found.map(([key, { fields }]) => ({ id: key, key, fields })), isLast: true } };
      }
      if (path === "/rest/api/3/myself") return { body: bot };
      if (path === "/rest/api/3/comment/list")
        return { body: { values: comments.filter(({ id }) => body.ids.includes(Number(id))) } };
      const [, key = "", rest = ""] = /^\/rest\/api\/3\/issue\/([^/]+)(.*)$/.exec(path) ?? [];
      const issue = issues.get(key);
      if (!issue) return missing;
      const now = statuses.indexOf((issue.fields["status"] as { name: string }).name);
      if (rest === "") return { body: { id: key, key, fields: issue.fields } };
      if (rest === "/comment" && method === "GET") {
        const [from, size] = [Number(query.get("startAt") ?? 0), Number(query.get("maxResults"))];
        const all = query.get("orderBy") === "-created" ? [...comments].reverse() : comments;
        const shown = all.slice(from, from + size).map(({ properties: _, ...comment }) => comment);
        return { body: { comments: shown, startAt: from, maxResults: size, total: all.length } };
      }
      if (rest === "/comment") {
        commented = Math.max(commented, ...comments.map(({ id }) => Number(id))) + 1;
        comments.push({
          ...body,
          id: String(commented),
          author: bot,
          created: "2026-11-21T10:00:00.000+0000",
        });
        return { status: 201, body: comments.at(-1) };
      }
      const [, edited] = /^\/comment\/(\d+)$/.exec(rest) ?? [];
      if (method === "PUT" && edited !== undefined) {
        const comment = comments.find(({ id }) => id === edited);
        if (comment?.author.accountId !== bot.accountId)
          return { status: 403, body: { errorMessages: ["Not yours."] } };
        comment.body = body.body;
        return { body: comment };
      }
      if (method === "DELETE" && edited !== undefined) {
        const at = comments.findIndex(({ id }) => id === edited);
        if (!mayDelete) return { status: 403, body: { errorMessages: ["You may not delete this comment."] } };
        if (at === -1) return { status: 404, body: { errorMessages: ["Can not find a comment for the id."] } };
        comments.splice(at, 1);
        return { status: 204 };
      }
      if (rest === "/transitions" && method === "GET")
        return {
          body: {
            transitions: statuses
              .map((name, i) => ({ id: String(i), name: `to ${name}`, to: { name } }))
              .filter((_, i) => Math.abs(i - now) === 1),
          },
        };
      if (rest === "/transitions") {
        issue.fields["status"] = { name: statuses[Number(body.transition.id)] };
        for (const { key: name, value } of body.properties) issue.properties.set(name, value);
        return { status: 204 };
      }
      const property = /^\/properties\/(.+)$/.exec(rest)?.[1] ?? "";
      if (!issue.properties.has(property)) return { status: 404, body: { errorMessages: ["No such property."] } };
      return { body: { key: property, value: issue.properties.get(property) } };
    }
  });
  const access = { url: system.url, email: "bot@acme.example", token: "jira-secret" };
  return {
    ...system,
    issues,
    comments,
    status: (key: string) => (issues.get(key)?.fields["status"] as { name: string } | undefined)?.name,
    lags: (searches: number) => {
      lag = searches;
    },
    /** From now on writes are cut off, before or after they are done; `then` hears of each as it is cut. */
    breaks: (when: typeof broken, then = () => {}) => {
      broken = when;
      whenBroken = then;
    },
    /** The next who look at the comments see them when this many look. */
    gathers: (many: number) => {
      meet = meetingOf(many);
    },
    /** From now on the account may delete no comment. */
    forbidsDeleting: () => {
      mayDelete = false;
    },
    access,
    tools: jiraTools(access, { lookAgainMs: 0 }),
  };
}
