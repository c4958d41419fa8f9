import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as bodyOf } from "node:stream/consumers";
import webhooks from "@octokit/webhooks-examples" with { type: "json" };
import { pinOf } from "../../src/systems/mcp/pin.ts";
import { deskTools } from "./desk-server.ts";

/** Something that reached a system outside Steward, word for word. */
export interface Reached {
  readonly what: string;
  readonly body: string;
}

/** Every system outside, on this machine. All of them say the same hostile text, and write down what reaches them. */
export interface Outside extends AsyncDisposable {
  /** The keys of steward.yaml and the accounts by which a Steward is connected to it. */
  readonly connectors: object;
  readonly systems: object;
  /** What it says from now on; `file` is the name of the log file it stands in. */
  says(text: string, file: string): Promise<void>;
  /** All that reached it, oldest first. */
  reached(): Promise<readonly Reached[]>;
}

interface Example {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}
const realIssue = (webhooks as unknown as readonly Example[]).find(({ name }) => name === "issues")?.examples[0]?.[
  "issue"
] as Record<string, unknown>;

export async function startOutside(): Promise<Outside> {
  const folder = await mkdtemp(join(tmpdir(), "steward-outside-"));
  const [logs, note, calls] = [join(folder, "logs"), join(folder, "note"), join(folder, "calls")];
  await Promise.all([mkdir(logs), writeFile(note, ""), writeFile(calls, "")]);
  const all: Reached[] = [];
  let callsRead = 0;
  let said = "";
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const url = request.url ?? "/";
      all.push({ what: `${request.method} ${url}`, body });
      const { status, json } = answer(url, said);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(json));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [noteTool, deployTool] = deskTools.map(pinned);
  return {
    connectors: {
      http: [
        { name: "mailbox", url: `${url}/mail`, private: true },
        {
          name: "billing",
          url: `${url}/billing`,
          private: true,
          methods: { POST: "write" },
          idempotencyHeader: "Idempotency-Key",
        },
      ],
      prometheus: [{ name: "metrics", url: `${url}/prometheus`, private: true }],
      loki: [{ name: "loki", url: `${url}/loki`, private: true }],
      logs: [{ name: "hosts", folder: logs }],
      mcp: [
        {
          name: "desk",
          command: [process.execPath, new URL("desk-server.ts", import.meta.url).pathname, note, calls],
          tools: { note: { risk: "read", description: noteTool }, deploy: { description: deployTool } },
        },
      ],
    },
    systems: {
      github: { token: "token-of-github", url: `${url}/github` },
      jira: { url, email: "steward@example.com", token: "token-of-jira" },
    },
    async says(text, file) {
      said = text;
      await writeFile(note, text);
      await rm(logs, { recursive: true });
      await mkdir(logs);
      await writeFile(join(logs, file), `ERROR disk full ${file === "host.log" ? text.replaceAll("\n", " ") : ""}\n`);
    },
    async reached() {
      const called = (await readFile(calls, "utf8")).split("\n").filter(Boolean);
      all.push(...called.slice(callsRead).map((body) => ({ what: "MCP tools/call", body })));
      callsRead = called.length;
      return [...all];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function pinned(tool: (typeof deskTools)[number]): string {
  return pinOf({ ...tool, outputSchema: undefined });
}

function answer(url: string, text: string): { status: number; json: unknown } {
  const ok = (json: unknown) => ({ status: 200, json });
  const { pathname } = new URL(url, "http://outside");
  const comment = { id: 1, body: text, html_url: "https://github.example/1", user: { login: "mallory" } };
  switch (pathname) {
    case "/mail/inbox/1":
      return ok({ from: "mallory@example.com", subject: "Re: your order", body: text });
    case "/mail/broken":
      return { status: 422, json: { error: text } };
    case "/prometheus/api/v1/query":
      return ok({
        status: "success",
        data: { resultType: "vector", result: [{ metric: { path: text }, value: [1795262400, "7"] }] },
      });
    case "/loki/loki/api/v1/query_range":
      return ok({
        status: "success",
        data: { resultType: "streams", result: [{ stream: { app: "web" }, values: [["1795262400000000000", text]] }] },
      });
    case "/github/repos/acme/shop/issues/7":
      return ok({ ...realIssue, number: 7, title: "It is broken", body: "See the comment", comments: 1 });
    case "/github/repos/acme/shop/issues/7/comments":
      return ok([{ ...comment, created_at: "2026-11-21T10:00:00Z" }]);
    case "/github/repos/acme/shop/commits":
      return ok([{ sha: "a".repeat(40), author: { login: "mallory" }, commit: { message: text, committer: null } }]);
    case "/rest/api/3/issue/OPS-1":
      return ok({ id: "1", key: "OPS-1", fields: { summary: "Disk full", description: documentOf(text) } });
    case "/rest/api/3/issue/OPS-1/comment":
      return ok({ comments: [], total: 0 });
    case "/rest/api/3/search/jql":
      return ok({ issues: [{ id: "1", key: "OPS-1", fields: { summary: text } }], isLast: true });
    default:
      return ok({ ok: true });
  }
}

function documentOf(text: string) {
  return { type: "doc", version: 1, content: [{ type: "paragraph", content: [{ type: "text", text }] }] };
}
