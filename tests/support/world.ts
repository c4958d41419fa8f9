import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, inject } from "vitest";
import type { Extra } from "../../src/abilities.ts";
import { compose } from "../../src/compose.ts";
import { noChat } from "../../src/config/chat-settings.ts";
import type { Settings } from "../../src/config/settings.ts";
import { parseDuration } from "../../src/domain/duration.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { ChatMessage, MessageButton } from "../../src/http/chat-port.ts";
import { listen } from "../../src/http/listen.ts";
import type { ModelSettings } from "../../src/model/model.ts";
import { appOf } from "../../src/serve.ts";
import type { Steward } from "../../src/steward.ts";
import { preparedFolder } from "./fresh.ts";
import { freshDatabase, sharedPostgres, whyNoPostgres15 } from "./postgres.ts";
import { configFor, type GroupRole, type Name, names, type Surface } from "./surface.ts";

/** What a whole Steward can stand on. */
export type Base = "pglite" | "postgres" | "postgres-15";

/** Those that can be had here; PostgreSQL 15 only where it is installed. */
export const bases: readonly Base[] = ["pglite", "postgres"];
/** For what one database shows as well as two: the other has its turn in `npm run test:journeys`. */
export const oneBase: readonly Base[] = inject("everyBase") ? bases : ["postgres"];

/** A title for a test on PostgreSQL 15, or the reason why it is skipped. */
export const on15 = { skip: whyNoPostgres15() !== null, title: whyNoPostgres15() ?? "PostgreSQL 15" };

/** What a door answered. */
interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every door
  readonly body: any;
}

/** One person at the chat. What they do goes through the HTTP doors, as from a browser. */
interface Somebody {
  /** Writes in a channel; what Steward says to it is `world.thread()`. With `inThread` it is an answer there. */
  says(text: string, where: { readonly in: string; readonly inThread?: boolean }): Promise<void>;
  /** Presses the newest button with this label that they see in a channel (that of the thread when none is named). */
  presses(
    label: string,
    more?: { readonly in?: string; readonly reason?: string; readonly values?: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  /** All they see in a channel, oldest first. */
  sees(channel: string): Promise<readonly ChatMessage[]>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
}

/** A running Steward with the real configuration, on a database of its own, and the people of the trial company. */
export interface World extends AsyncDisposable, Readonly<Record<Name, Somebody>> {
  readonly steward: Steward;
  /** Where it listens. */
  readonly url: string;
  /** What nobody expected; a world with any cannot end well. A test that provokes some empties it. */
  readonly faults: Error[];
  /** What a viewer reads in the thread begun last: the first message and every answer. */
  thread(viewer?: Name): Promise<string[]>;
  /** Every copy of the newest approval card, in the thread and in the channels. */
  cards(viewer?: Name): Promise<readonly { readonly channel: string; readonly message: ChatMessage }[]>;
  /** The newest run, as REST shows it. */
  run(): Promise<Answer["body"]>;
  /** Tries again until it holds. */
  eventually<T>(holds: () => Promise<T>): Promise<T>;
  /** Moves the one clock on. */
  passes(duration: string): Promise<void>;
  /** Everything that only the owner of the database may do. */
  owner(sql: string): Promise<void>;
  /** Ends this Steward and starts another on the same data; `meanwhile` the clock may move on, and its policies be others. */
  restarts(more?: { readonly meanwhile?: () => Promise<void>; readonly policies?: readonly object[] }): Promise<void>;
  /** A second Steward on the same PostgreSQL, until it is disposed of: what `ask` sends goes to its doors. */
  another(): Promise<
    AsyncDisposable & { ask(person: Name, method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> }
  >;
  /** Entries of the audit of this kind, in all streams. */
  recorded(kind: string): Promise<JsonObject[]>;
  audit(): ReturnType<Steward["verify"]>;
}

const configFile = new URL("../../steward.yaml", import.meta.url).pathname;
/** What GitHub signs its deliveries with. */
export const githubSecret = "a-secret-of-the-webhook";
const patienceMs = 30_000;

/** Starts one. When it is disposed of, its audit must be whole and nothing may have gone wrong behind anybody's back. */
export async function startWorld({
  database,
  surfaces = [],
  groups = [],
  model = null,
  extra = {},
  connectors,
  knowledge,
  systems = {},
  mode = "trial",
  services = [],
  policies,
  specialists,
  alertmanagerToken = null,
}: {
  readonly database: Base;
  /** Chat platforms it is connected to. */
  readonly surfaces?: readonly Surface[];
  readonly groups?: readonly GroupRole[];
  readonly model?: ModelSettings | null;
  /** Tools and definitions besides those that ship. */
  readonly extra?: Extra;
  /** The key `connectors` of its steward.yaml. */
  readonly connectors?: object;
  /** The folder of its handbook, instead of the one that ships. */
  readonly knowledge?: string;
  /** Systems it has an account of its own in. */
  readonly systems?: Pick<Settings, "github" | "jira">;
  /** In production nobody comes in by name: only chat platforms, webhooks and keys work. */
  readonly mode?: Settings["mode"];
  /** The key `services` of its steward.yaml. */
  readonly services?: readonly object[];
  /** The key `specialists` of its steward.yaml. */
  readonly specialists?: object;
  /** The key `policies` of its steward.yaml, instead of those that ship. */
  readonly policies?: readonly object[];
  readonly alertmanagerToken?: string | null;
}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "steward-world-"));
  if (database === "pglite") await cp(await preparedFolder(), dataDir, { recursive: true });
  const databaseUrl =
    database === "pglite"
      ? null
      : await freshDatabase(await sharedPostgres(database === "postgres-15" ? "15" : "embedded"));
  const settings = {
    port: 0,
    host: "127.0.0.1",
    databaseUrl,
    dataDir,
    configFile:
      surfaces.length === 0 && !connectors && !knowledge && !policies
        ? configFile
        : await configFor(surfaces, join(dataDir, "steward.yaml"), groups, {
            ...(services.length > 0 && { services }),
            ...(policies && { policies }),
            ...(specialists && { specialists }),
            ...(connectors && { connectors }),
            ...(knowledge && { knowledge }),
          }),
    mode,
    webhooks: { alertmanagerToken, githubSecret },
    model,
    ...noChat,
    ...systems,
    ...Object.assign({}, ...surfaces.map(({ chat }) => chat)),
  };
  const faults: Error[] = [];
  const onError = (error: unknown) => void faults.push(error as Error);
  const begin = async () => {
    const steward = await compose(settings, onError, extra);
    const closing = new AbortController();
    const app = appOf(steward, closing.signal, onError);
    const listening = await listen(app, settings);
    await steward.start();
    for (const surface of surfaces) await surface.begin(listening.url);
    return {
      steward,
      url: listening.url,
      async end() {
        closing.abort();
        await Promise.all([listening.close(500), steward.stop()]);
      },
    };
  };
  let running = await begin();
  let last: { channel: string; id: string } = { channel: "ops", id: "" };

  const ask = async (
    person: string,
    method: string,
    path: string,
    body?: unknown,
    to = running.url,
  ): Promise<Answer> => {
    const headers = {
      "x-steward-person": person,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const response = await fetch(new URL(path, to), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (response.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : text,
    };
  };
  const seenBy = async (person: string, channel: string): Promise<readonly ChatMessage[]> =>
    (await ask(person, "GET", `/api/chat/${channel}/messages`)).body.messages;

  const somebody = (person: Name): Somebody => ({
    async says(text, where) {
      const answered = await ask(person, "POST", `/api/chat/${where.in}/messages`, {
        text,
        ...(where.inThread ? { thread: last.id } : {}),
      });
      expect(answered).toMatchObject({ status: 202 });
      if (!where.inThread) last = { channel: where.in, id: answered.body.id };
    },
    async presses(label, { in: channel = last.channel, reason, values = {} } = {}) {
      const button = await world.eventually(async () => {
        const found = (await seenBy(person, channel)).flatMap((message) =>
          (message.card?.buttons ?? []).filter((each) => each.label === label).map((each) => ({ each, message })),
        );
        expect(found, `${person} sees a button “${label}” in #${channel}`).not.toEqual([]);
        return found.at(-1) as { each: MessageButton; message: ChatMessage };
      });
      if ("say" in button.each)
        return ask(person, "POST", "/api/chat/presses", { message: button.message.id, say: button.each.say });
      return ask(person, "POST", "/api/chat/presses", {
        token: button.each.token,
        values: reason === undefined ? values : { ...values, reason },
      });
    },
    sees: (channel) => seenBy(person, channel),
    get: (path) => ask(person, "GET", path),
    post: (path, body = {}) => ask(person, "POST", path, body),
  });
  const [ana, ben, cara, dan, eve] = names.map(somebody) as [Somebody, Somebody, Somebody, Somebody, Somebody];

  const world: World = {
    ana,
    ben,
    cara,
    dan,
    eve,
    faults,
    get steward() {
      return running.steward;
    },
    get url() {
      return running.url;
    },
    async thread(viewer = "ana") {
      return (await seenBy(viewer, last.channel))
        .filter((message) => message.id === last.id || message.thread === last.id)
        .map((message) => message.text);
    },
    async cards(viewer = "ana") {
      const channels = [...new Set([last.channel, "approvals"])];
      const all = await Promise.all(
        channels.map(async (channel) =>
          (await seenBy(viewer, channel))
            .filter((message) => message.card?.title.startsWith("Approve:"))
            .map((message) => ({ channel, message })),
        ),
      );
      return all.flatMap((copies) => copies.slice(-1));
    },
    async run() {
      const { runs } = (await cara.get("/api/runs?limit=1")).body;
      expect(runs).toHaveLength(1);
      return (await cara.get(`/api/workflows/status/${runs[0].id}`)).body;
    },
    async eventually(holds) {
      for (const deadline = performance.now() + patienceMs; ; ) {
        try {
          return await holds();
        } catch (error) {
          if (performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      }
    },
    passes: (duration) => world.owner(`update steward.clock set offset_ms = offset_ms + ${parseDuration(duration)}`),
    async owner(sql) {
      if (databaseUrl === null)
        return void (await running.steward.db.script(`reset role; ${sql}; set role steward_app`));
      const client = new pg.Client(databaseUrl);
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async restarts({ meanwhile, policies: others } = {}) {
      await running.end();
      if (others)
        settings.configFile = await configFor(surfaces, join(dataDir, "steward.yaml"), groups, { policies: others });
      if (meanwhile) {
        // Composed but not started: it works on nothing.
        running = { ...running, steward: await compose(settings, onError) };
        await meanwhile();
        await running.steward.close();
      }
      running = await begin();
    },
    async another() {
      const { url, end } = await begin();
      return { ask: (person, method, path, body) => ask(person, method, path, body, url), [Symbol.asyncDispose]: end };
    },
    async recorded(kind) {
      const found: JsonObject[] = [];
      for await (const line of running.steward.exportAudit()) {
        const { entry } = JSON.parse(line) as { entry?: string };
        const parsed = JSON.parse(entry ?? "{}") as JsonObject;
        if (parsed["kind"] === kind) found.push(parsed);
      }
      return found;
    },
    audit: () => running.steward.verify(),
    async [Symbol.asyncDispose]() {
      try {
        expect(await running.steward.verify()).toMatchObject({ ok: true });
      } finally {
        await running.end();
        await rm(dataDir, { recursive: true, force: true });
      }
      expect(faults).toEqual([]);
    },
  };
  return world;
}
