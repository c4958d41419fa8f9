import { join } from "node:path";
import { expect, test } from "vitest";
import { wordsOf } from "../../rigs/discord/read.ts";
import { startSteward, until } from "../support/steward-process.ts";
import { configFor } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { freshHome, lookInto } from "./support/homes.ts";
import { wholeness } from "./support/wholeness.ts";

/** What docs/discord.md promises. */
const takenOverWithinMs = 15_000;

test("the process that holds Discord's gateway is killed: the other holds it within 15 s, and everything said is answered once", async () => {
  await using surface = await openDiscord();
  const { discord, users, channels } = surface;
  const fresh = await freshHome("postgres");
  const home = {
    ...fresh,
    STEWARD_CONFIG: await configFor([surface], join(String(fresh["STEWARD_DATA_DIR"]), "steward.yaml")),
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
  };
  const leader = await startSteward(home);
  await discord.connected();
  const other = await startSteward(home);
  expect(other.url, other.log()).not.toBeNull();
  expect(discord.gateway.seen).toEqual({ identified: 1, resumed: 0 });

  const asked = Array.from({ length: 3 }, () => says());
  await until("the first is answered", 20_000, async () => answersTo(asked[0]).length > 0);
  // These the leader may have in its hands when it dies.
  asked.push(says(), says());
  const killed = performance.now();
  await leader.end("SIGKILL");
  const meanwhile = setInterval(() => asked.push(says()), 1000);
  try {
    await until("the other holds the gateway", takenOverWithinMs, async () => discord.gateway.seen.resumed === 1);
  } finally {
    clearInterval(meanwhile);
  }
  const tookMs = performance.now() - killed;
  console.info(`Discord's gateway was taken over after ${(tookMs / 1000).toFixed(1)} s; ${asked.length} messages`);
  asked.push(says());
  await until("everything is answered", 30_000, async () => asked.every((id) => answersTo(id).length > 0));
  expect(discord.gateway.connected).toBe(1);
  expect(discord.gateway.seen).toEqual({ identified: 1, resumed: 1 });
  expect(await other.end("SIGTERM")).toEqual({ code: 0, signal: null });
  // The last look comes when nobody is left who could answer again.
  expect(asked.map((id) => answersTo(id))).toEqual(asked.map(() => [expect.stringMatching(/What you can ask/)]));
  await lookInto(home, async (query) => {
    await wholeness(query);
    expect(await query("select 1 from steward.inbox where source = 'discord'")).toHaveLength(asked.length);
  });

  function says(): string {
    return discord.write(users.ana, channels["ops"] ?? "", `<@${discord.botId}> help`).id;
  }
  /** What Steward said in the thread of a message. */
  function answersTo(id: string | undefined): string[] {
    return (discord.channels.get(id ?? "")?.messages ?? []).map(wordsOf);
  }
});
