import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { compose } from "../src/compose.ts";
import { noChat } from "../src/config/chat-settings.ts";
import { listen } from "../src/http/listen.ts";
import { appOf } from "../src/serve.ts";
import { configFor, type Surface } from "../tests/support/surface.ts";
import { openDiscord } from "../tests/support/surfaces/discord.ts";
import { openTeams } from "../tests/support/surfaces/teams.ts";

/** A platform of this machine, and one thing said to Steward there that is over when Steward has acknowledged it. */
interface Measured {
  readonly surface: Surface;
  acknowledged(text: string): Promise<void>;
  /** Something said among colleagues. */
  chatter(text: string): Promise<void>;
}

const platforms: Readonly<Record<string, () => Promise<Measured>>> = {
  async discord() {
    const surface = await openDiscord();
    const { discord, users, channels } = surface;
    return {
      surface,
      // Only what is done by Discord's own means is acknowledged: here the slash command.
      async acknowledged(text) {
        const { kind } = await discord.command(users.ana, channels["ops"] ?? "", text);
        if (kind === "no answer") throw new Error("Discord waited three seconds and gave up");
      },
      chatter: async (text) => void discord.write(users.ben, channels["ops"] ?? "", text),
    };
  },
  async teams() {
    const surface = await openTeams();
    const { rig, users, channels } = surface;
    const room = rig.rooms.rooms.get(channels["ops"] ?? "");
    if (room === undefined) throw new Error("Teams has no channel ops");
    return {
      surface,
      acknowledged: async (text) => void (await rig.client.say(users.ana, room, text)),
      // Teams tells a bot nothing of it.
      chatter: async (text) => void (await rig.client.say(users.ben, room, text, { mention: false })),
    };
  },
};

const bare = ({ buttons }: { readonly buttons: readonly string[] }) => buttons.length === 0;

/**
 * Discord or Teams, on the embedded database: how soon Steward acknowledges a request while `perSecond` messages a second are
 * written, every fifth of them a request, and how soon a press has taken the buttons off both copies of its card. Prints both; the percentiles are milliseconds.
 */
export async function measurePresses(
  platform: string,
  size: { readonly seconds: number; readonly perSecond: number; readonly presses: number; readonly json: boolean },
): Promise<void> {
  const open = platforms[platform];
  if (open === undefined) throw new Error(`--platform ${platform}: there is slack, discord and teams.`);
  const { surface, acknowledged, chatter } = await open();
  const folder = mkdtempSync(join(tmpdir(), "steward-bench-press-"));
  const configFile = await configFor([surface], join(folder, "steward.yaml"));
  const at = { port: 0, host: "127.0.0.1" };
  const onError = (error: unknown) => console.error((error as Error).message);
  const steward = await compose(
    { ...at, databaseUrl: null, dataDir: folder, configFile, mode: "trial", model: null, ...noChat, ...surface.chat },
    onError,
  );
  const closing = new AbortController();
  const listening = await listen(appOf(steward, closing.signal, onError), at);
  await steward.start();
  await surface.begin(listening.url);
  // Teams says where its conversations are only when somebody there has spoken.
  await surface.asks("ben", "help", { in: "approvals" });

  const repainted: number[] = [];
  for (let i = 0; i < size.presses; i++) {
    await surface.asks("ana", "restart checkout in production", { in: "ops" });
    const card = /Approve: restart checkout/;
    const copies = async () => [
      (await surface.reads("ben")).findLast(({ words }) => card.test(words)),
      (await surface.reads("ben", { in: "approvals" })).findLast(({ words }) => card.test(words)),
    ];
    await shows(async () => (await copies()).every((copy) => copy !== undefined && !bare(copy)));
    const begun = performance.now();
    const pressing = surface.presses("ben", "Approve", { in: "approvals" });
    await shows(async () => (await copies()).every((copy) => copy !== undefined && bare(copy)));
    repainted.push(performance.now() - begun);
    await pressing;
  }

  const took: number[] = [];
  const under: Promise<void>[] = [];
  const begun = performance.now();
  for (let i = 0; i < size.seconds * size.perSecond; i++) {
    await wait(Math.max(0, begun + (i * 1000) / size.perSecond - performance.now()));
    const from = performance.now();
    if (i % 5 > 0) under.push(chatter(`lunch at ${i % 12}?`));
    else under.push(acknowledged("how is checkout?").then(() => void took.push(performance.now() - from)));
  }
  await Promise.all(under);
  closing.abort();
  await Promise.all([listening.close(500), steward.stop()]);
  await surface[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });

  const result = {
    platform,
    acknowledgedMs: { p50: share(took, 0.5), p99: share(took, 0.99) },
    repaintedMs: { p50: share(repainted, 0.5), p95: share(repainted, 0.95) },
    database: steward.db.kind,
  };
  if (size.json) return console.log(JSON.stringify(result));
  const { acknowledgedMs, repaintedMs } = result;
  console.log(
    `${platform} on ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${steward.db.kind}`,
  );
  console.log(
    `acknowledged, with ${size.perSecond} messages a second written, every fifth to Steward: p50 ${acknowledgedMs.p50} ms, p99 ${acknowledgedMs.p99} ms`,
  );
  console.log(`press to both copies repainted: p50 ${repaintedMs.p50} ms, p95 ${repaintedMs.p95} ms`);
}

async function shows(what: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 60_000; !(await what()); await wait(2))
    if (performance.now() > end) throw new Error("Not shown within a minute");
}

function share(all: readonly number[], part: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) * 10) / 10;
}
