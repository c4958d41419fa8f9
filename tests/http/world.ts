import { once } from "node:events";
import { afterAll } from "vitest";
import { createConsole } from "../../src/console/console.ts";
import type { Person } from "../../src/domain/incoming.ts";
import type { Settings } from "../../src/http/app.ts";
import type { ChatMessage } from "../../src/http/chat-port.ts";
import type { ConnectorView, Ports, Pressed, ToolView } from "../../src/http/ports.ts";
import { createServer, type PlatformDoor } from "../../src/http/server.ts";
import type { CallLine } from "../../src/model/model.ts";
import { createReads } from "../../src/store/reads/reads.ts";
import { storyOf } from "../../src/systems/record/story.ts";
import { openFresh } from "../support/fresh.ts";
import { runId, seedRun, seedTask, turnId } from "./database.ts";

const member = (id: string, name: string, roles: string[], kind: Person["kind"] = "member"): Person => ({
  id,
  name,
  kind,
  roles,
  managerId: "cara",
  active: true,
});
const everybody = [
  member("ana", "Ana", []),
  member("ben", "Ben", ["on-call"]),
  member("cara", "Cara", ["manager"]),
  member("dan", "Dan", ["security"]),
  member("eve", "Eve", [], "guest"),
];

const card = {
  title: "Restart <checkout>?",
  fields: [{ label: "Risk", value: "dangerous" }],
  buttons: [
    { label: "Approve", style: "primary", token: "good" },
    { label: "Deny", style: "danger", token: "deny" },
    { label: "Ask again", style: "default", say: "help" },
  ],
} as const;

const modelCall: CallLine = {
  kind: "model",
  effectId: turnId,
  purpose: "turn",
  specialist: "analysis",
  task: "root-cause",
  model: "claude-sonnet-4-6",
  state: "answered",
  failure: null,
  usage: { input: 1000, output: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 234, thinking: 0 },
  usd: 0.0045,
  pricedAs: "claude-sonnet-4-6",
  flagged: false,
  at: "2026-01-02T03:04:05.000Z",
};

const tools: readonly ToolView[] = [
  {
    name: "mcp.wiki.<search>",
    summary: "Finds pages",
    from: "the MCP server wiki, pinned as 5f2c11aa",
    risks: ["read"],
    effect: "keyed",
    egress: ["*"],
    timeoutMs: 120_000,
    costUsd: 0.02,
    takesBack: false,
    final: null,
    dryRun: false,
  },
  {
    name: "services.restart",
    summary: "Restart a service",
    from: "Steward",
    risks: ["write", "dangerous"],
    effect: "opaque",
    egress: [],
    timeoutMs: 60_000,
    costUsd: null,
    takesBack: false,
    final: "What was restarted runs anew.",
    dryRun: true,
  },
];

const connectors: readonly ConnectorView[] = [
  { connector: "sql.billing", state: "closed", since: null, againAt: null, because: null },
  {
    connector: "github",
    state: "open",
    since: "2026-01-02T03:04:05.000Z",
    againAt: "2026-01-02T03:04:35.000Z",
    because: "no answer from <api>",
  },
];

/** One for all tests of a file: doors and pages only read it. */
let opened: ReturnType<typeof openSeeded> | undefined;
async function openSeeded() {
  const db = await openFresh();
  await seedRun(db);
  await seedTask(db);
  return db;
}
afterAll(async () => (await opened)?.[Symbol.asyncDispose]());

/** The doors and pages on a real database, with the other rooms' ports played by small plain-data ones that remember. */
export async function startWorld(mode: "trial" | "production" = "trial", { isAlone = true } = {}) {
  opened ??= openSeeded();
  const db = await opened;
  const heard: {
    refusals: string[];
    said: unknown[];
    started: unknown[];
    presses: unknown[];
    acts: string[];
    platform: number[];
  } = {
    refusals: [],
    said: [],
    started: [],
    presses: [],
    acts: [],
    platform: [],
  };
  const messages: ChatMessage[] = [
    { id: "a", n: 1, thread: null, from: "ana", text: "restart <b>checkout</b>" },
    { id: "b", n: 2, thread: "a", from: "steward", text: "Waiting for approval.", card },
    { id: "c", n: 3, thread: "a", from: "steward", text: "You asked for this yourself.", private: true },
  ];
  const judged = (token: string, values: Readonly<Record<string, string>>): Pressed => {
    if (token === "own")
      return { kind: "refused", because: "own-request", sentence: "Nobody approves their own request." };
    if (token === "deny" && values["reason"] === undefined)
      return { kind: "form", fields: [{ name: "reason", label: "Why?", required: true }] };
    return token === "good" || token === "deny" || token === "approve"
      ? { kind: "decided", outcome: token === "deny" ? "denied" : "approved", sentence: "Decided." }
      : { kind: "missing" };
  };
  const ports: Ports = {
    reads: createReads(db),
    spend: {
      spend: async () => [
        { scope: "run", key: runId, spentUsd: 0.0045, reservedUsd: 0.1, capUsd: 0.5 },
        { scope: "day", key: "2026-01-02", spentUsd: 2.5, reservedUsd: 0, capUsd: 25 },
      ],
      calls: async () => [modelCall],
    },
    runs: {
      startByName: async (start) => {
        heard.started.push(start);
        if (start.name !== "restart-service") return { kind: "unknown", near: ["restart-service"] };
        return start.context["service"] === undefined
          ? { kind: "invalid", problems: ["service is missing: give its name."] }
          : { kind: "started", runId };
      },
      control: async ({ act, by }) => {
        heard.acts.push(act);
        return by?.id === "eve"
          ? { kind: "refused", because: "not-yours", sentence: "Guests may not." }
          : { kind: "done", sentence: "Done." };
      },
      answer: async ({ answer }) => {
        heard.acts.push(answer);
        return { kind: "done", sentence: "Noted." };
      },
    },
    agents: {
      control: async ({ act }) => ({ kind: "done", sentence: act }),
      spawn: async ({ specialist }) => ({
        kind: "refused",
        sentence: `There is no specialist “${specialist}”`,
        near: [],
      }),
    },
    gates: {
      press: async (press) => {
        heard.presses.push(press);
        return judged(press.token, press.values);
      },
      decide: async (press) => {
        heard.presses.push(press);
        return judged(press.answer, press.values);
      },
      mayAnswer: (person, gate) => person.roles.includes("manager") && !gate.barred.includes(person.id),
    },
    chat: {
      say: async (said) => {
        heard.said.push(said);
        return { id: "new" };
      },
      repeat: async (pressed) => void heard.said.push(pressed),
      list: async ({ viewer, after = 0 }) => ({
        messages: messages.filter((each) => each.n > after && (!each.private || viewer === "ana")),
        last: 3,
      }),
      picture: async ({ message, viewer }) => (message === "m1" && viewer === "ana" ? Buffer.from([137, 80]) : null),
      channels: async () => [
        { id: "approvals", last: 0 },
        { id: "ops", last: 3 },
      ],
      subscribe: async function* ({ signal }) {
        yield { channel: "ops", messages: messages.slice(0, 1), last: 1 };
        if (!signal.aborted) await once(signal, "abort");
      },
    },
    audit: {
      verify: async () => ({
        ok: true,
        entries: 3,
        streams: 1,
        erased: 0,
        limits: ["The newest entries of a stream could be cut."],
      }),
      export: async function* () {
        yield '{"v":1}\n';
        yield '{"end":true}\n';
      },
      refuse: async ({ because }) => void heard.refusals.push(because),
    },
    health: {
      components: async () => ({
        components: { store: "healthy", queue: heard.acts.includes("sick") ? "unhealthy" : "healthy" },
      }),
    },
    keys: {
      bySecret: async (secret) =>
        secret === "stw_k_good" ? { id: "k", scopes: ["workflows:write", "workflows:read"] } : null,
      all: async () => [{ id: "k", name: "ci <x>", revoked: false }],
    },
    people: {
      person: async (_tenant, id) => everybody.find((person) => person.id === id) ?? null,
      all: async () => everybody,
      permits: (person, action) =>
        action === "read-audit" ? person.roles.includes("manager") : person.kind === "member",
    },
    quiet: {
      of: async () => ({
        sentence: "You have no quiet hours: everything reaches you at once.",
        hours: null,
        zone: "Europe/Berlin",
      }),
      set: async (_tenant, personId, said) => `${personId}: ${said}`,
    },
    intents: {
      all: () => [
        { name: "restart-service", summary: "Restart a service", examples: ["restart checkout in production"] },
      ],
    },
    story: (run) => storyOf(run, () => null),
    tools: () => tools,
    connectors: () => connectors,
    inUse: async () => [
      { name: "restart-billing-in-staging", by: "Cara", run: "R-7G2KQD", at: "2026-11-20T09:30:00.000Z" },
    ],
    trial: {
      faults: ["crashloop", "slow"],
      overview: async () => ({
        services: [
          {
            name: "checkout",
            environment: "production",
            version: "1.4.2",
            fault: null,
            ails: ["a request takes 900 ms"],
            instances: [{ number: 1, status: "running", startedAt: "2026-01-02T03:04:05.000Z", restarts: 0 }],
            charts: [{ label: "errors per minute", values: [0, 2, 1] }],
            log: [],
          },
        ],
        grants: [],
        issues: [],
      }),
      break: async ({ service, fault }) => ({ sentence: `${service}: ${fault}.` }),
      mend: async ({ service }) => ({ sentence: `${service} is well.` }),
    },
  };
  const settings: Settings = {
    tenant: "default",
    mode,
    version: "0.1.0",
    isAlone,
    sessionSecret: "a secret for tests",
  };
  const closing = new AbortController();
  const door: PlatformDoor = {
    path: "/api/messages",
    unproven: false,
    async handle(request) {
      heard.platform.push((await request.text()).length);
      return new Response();
    },
  };
  const app = createServer(ports, settings, {
    pages: createConsole(ports, settings),
    platforms: [door],
    closing: closing.signal,
  });
  const local = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };

  return {
    heard,
    app,
    closing,
    /** One request from this machine; `as` sends the trial's person header. */
    ask(
      path: string,
      {
        as,
        headers,
        body,
        method,
        peer = "127.0.0.1",
      }: { as?: string; headers?: Record<string, string>; body?: unknown; method?: string; peer?: string } = {},
    ) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return app.request(
        `http://localhost:3000${path}`,
        {
          method: method ?? (body === undefined ? "GET" : "POST"),
          headers: {
            host: "localhost:3000",
            ...(body !== undefined && { "content-type": "application/json" }),
            ...(as !== undefined && { "x-steward-person": as }),
            ...headers,
          },
          ...(body !== undefined && { body: text }),
        },
        peer === "127.0.0.1" ? local : { incoming: { socket: { remoteAddress: peer } } },
      );
    },
  };
}

export async function jsonOf(answer: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await answer).json()) as Record<string, unknown>;
}
