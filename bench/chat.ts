/**
 * Chat under load, over the real protocol: Steward in Socket Mode with a Slack workspace on the same machine, both in this
 * process, on the embedded database (`--database postgres` for a server). Prints how soon deliveries are acknowledged while
 * 50 a second arrive, how soon a pressed card is repainted, what 1,000 status updates in a minute cost a channel, and what a
 * dropped socket loses. `--json` prints one line for machines; `--seconds N` and `--presses N` change the size;
 * `--platform discord` or `teams` measures the first two there instead.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { compose } from "../src/compose.ts";
import { noChat } from "../src/config/chat-settings.ts";
import { newId } from "../src/domain/ids.ts";
import { freshDatabase, startPostgres } from "../tests/support/postgres.ts";
import { configFor } from "../tests/support/surface.ts";
import { openSlack } from "../tests/support/surfaces/slack.ts";
import { measurePresses } from "./press.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    database: { type: "string", default: "pglite" },
    seconds: { type: "string", default: "20" },
    presses: { type: "string", default: "50" },
    platform: { type: "string", default: "slack" },
  },
});
if (values.platform !== "slack") {
  const [seconds, presses] = [Number(values.seconds), Number(values.presses)];
  await measurePresses(values.platform, { seconds, perSecond: 50, presses, json: values.json });
  process.exit(0);
}

const surface = await openSlack();
const { rig, channels } = surface;
const { workspace } = rig;
const folder = mkdtempSync(join(tmpdir(), "steward-bench-chat-"));
const server = values.database === "postgres" ? await startPostgres({ version: "embedded" }) : null;
const steward = await compose(
  {
    port: 0,
    host: "127.0.0.1",
    databaseUrl: server && (await freshDatabase(server)),
    dataDir: folder,
    configFile: await configFor([surface], join(folder, "steward.yaml")),
    mode: "trial",
    model: null,
    ...noChat,
    ...surface.chat,
  },
  (error) => console.error(error.message),
);
await steward.start();
const { tenant } = steward;
const [ana, ben] = [rig.somebody("ana"), rig.somebody("ben")];
const inOps = { in: channels["ops"] ?? "" };

const acknowledgedMs = await acknowledgements(Number(values.seconds), 50);
const repaintedMs = await repaints(Number(values.presses));
const updates = await statusUpdates(1000, 60_000);
const reconnect = await droppedSocket();
await steward.stop();
await server?.stop();
rmSync(folder, { recursive: true, force: true });
await surface[Symbol.asyncDispose]();

const result = { acknowledgedMs, repaintedMs, updates, reconnect, database: steward.db.kind };
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${steward.db.kind}`,
  );
  console.log(
    `acknowledged, with 50 messages a second arriving: p50 ${acknowledgedMs.p50} ms, p99 ${acknowledgedMs.p99} ms`,
  );
  console.log(`press to card repainted: p50 ${repaintedMs.p50} ms, p95 ${repaintedMs.p95} ms`);
  console.log(
    `1,000 status updates of 20 messages in a minute: ${updates.posts} posts and changes in that minute, final state shown: ${updates.finalShown}, an approval at most ${updates.approvalAtMostMs} ms later`,
  );
  console.log(
    `a dropped socket: back after ${reconnect.backAfterMs} ms, ${reconnect.lost} of ${reconnect.sent} messages lost`,
  );
}
process.exit(0);

/** A mention that asks something, or a colleague's chatter, `perSecond` times a second. */
async function acknowledgements(seconds: number, perSecond: number): Promise<{ p50: number; p99: number }> {
  const took: number[] = [];
  const under: Promise<unknown>[] = [];
  const begun = performance.now();
  for (let i = 0; i < seconds * perSecond; i++) {
    await wait(Math.max(0, begun + (i * 1000) / perSecond - performance.now()));
    const text = i % 5 === 0 ? "@steward how is checkout?" : `lunch at ${i % 12}?`;
    under.push(ana.says(text, inOps).then(({ delivered }) => took.push(...delivered.map((each) => each.ms))));
  }
  await Promise.all(under);
  took.sort((a, b) => a - b);
  return { p50: at(took, 0.5), p99: at(took, 0.99) };
}

/** Asks in a channel that is not busy, waits for the card, presses, and waits until every copy has lost its buttons. */
async function repaints(count: number): Promise<{ p50: number; p95: number }> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const channel = workspace.addChannel(`team-${i}`, "public", [ana.user.id, ben.user.id, workspace.botUserId]).id;
    await ana.says("@steward restart checkout in production", { in: channel });
    const approve = await workspace.until(
      "a card",
      () => ben.buttons(channel).find(({ label }) => label === "Approve"),
      60_000,
    );
    const mirrored = await workspace.until(
      "its copy",
      () => ben.buttons(channels["approvals"] ?? "").findLast(({ label }) => label === "Approve"),
      60_000,
    );
    const begun = performance.now();
    void ben.presses(approve);
    const bare = ({ on }: typeof approve) => "ts" in on && on.blocks.every(({ type }) => type !== "actions");
    await workspace.until("no buttons", () => bare(approve) && bare(mirrored), 60_000);
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  return { p50: at(took, 0.5), p95: at(took, 0.95) };
}

/** Twenty runs' worth of progress in one channel, and every ten seconds somebody who needs an approval there. */
async function statusUpdates(
  count: number,
  forMs: number,
): Promise<{ posts: number; finalShown: boolean; approvalAtMostMs: number }> {
  const channel = workspace.addChannel("busy", "public", [ana.user.id, ben.user.id, workspace.botUserId]).id;
  const place = { platform: "slack", channel, thread: "" } as const;
  const speakers = Array.from({ length: 20 }, () => newId());
  const callsBefore = rig.calls.length;
  const waited: number[] = [];
  const asking: Promise<void>[] = [];
  const begun = performance.now();
  for (let i = 0; i < count; i++) {
    await wait(Math.max(0, begun + (i * forMs) / count - performance.now()));
    const speaker = speakers[i % speakers.length] ?? "";
    await steward.kernel.do({
      tenant,
      actors: [],
      run: async (batch) => {
        batch.note(speaker, "status", batch.conversation(place), { text: `Step ${Math.floor(i / 20) + 1} of 50` });
      },
    });
    if (i % 167 === 80) asking.push(approval(channel).then((ms) => void waited.push(ms)));
  }
  const shownInMinute = status(callsBefore);
  await Promise.all(asking);
  const lines = () => workspace.messages.filter((each) => each.channel === channel && /^Step/.test(each.text));
  await workspace
    .until(
      "the final state",
      () => lines().length === 20 && lines().every(({ text }) => text === "Step 50 of 50"),
      120_000,
    )
    .catch(() => null);
  return {
    posts: shownInMinute,
    finalShown: lines().every(({ text }) => text === "Step 50 of 50"),
    approvalAtMostMs: Math.round(Math.max(...waited)),
  };

  /** Messages and changes the channel got since that call, approvals aside. */
  function status(since: number): number {
    return rig.calls
      .slice(since)
      .filter(({ method, args }) => /^chat\.(postMessage|update)$/.test(method) && args["channel"] === channel)
      .filter(({ args }) => /^Step/.test(String(args["text"]))).length;
  }

  async function approval(busy: string): Promise<number> {
    const from = performance.now();
    // The very same would not be asked twice while it waits.
    const { message } = await ana.says(`@steward scale checkout in production to ${asking.length + 4}`, { in: busy });
    await workspace.until(
      "a card",
      () => ben.buttons(busy).find(({ label, on }) => label === "Approve" && "ts" in on && on.thread_ts === message.ts),
      60_000,
    );
    return performance.now() - from;
  }
}

/** Drops every socket while questions arrive. */
async function droppedSocket(): Promise<{ backAfterMs: number; sent: number; lost: number }> {
  const stored = async () =>
    Number((await steward.db.query<{ n: number }>("select count(*)::int as n from inbox"))[0]?.n);
  const before = await stored();
  const under: Promise<unknown>[] = [];
  const begun = performance.now();
  for (let i = 0; i < 40; i++) {
    if (i === 10) rig.dropSockets();
    under.push(ana.says(`@steward how is checkout? ${i}`, inOps));
    await wait(25);
  }
  const dropped = begun + 250;
  await workspace.until("a new socket", () => rig.deliveries.sockets.size > 0, 60_000);
  const backAfterMs = Math.round(performance.now() - dropped);
  await Promise.all(under);
  return { backAfterMs, sent: 40, lost: 40 - ((await stored()) - before) };
}

function at(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
}
