import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compose } from "../../src/compose.ts";
import { noChat } from "../../src/config/chat-settings.ts";
import { listen } from "../../src/http/listen.ts";
import { appOf } from "../../src/serve.ts";
import { LocalDiscord, type Message, type Shown } from "./discord.ts";
import { buttonsOf, wordsOf } from "./read.ts";

/** Discord without an account: this terminal is four people's client, the server behind it speaks Discord's protocol to a real Steward. */
const discord = await LocalDiscord.open({ guildId: "900" });
const people = Object.fromEntries(
  ["ana", "ben", "cara", "dan"].map((name, index) => [
    name,
    discord.addUser(name, { id: String(901 + index), roles: name === "ben" ? ["921"] : [] }),
  ]),
);
discord.addChannel("ops", "911");
discord.addChannel("approvals", "912");
discord.addChannel("help-needed", "913");

const dataDir = await mkdtemp(join(tmpdir(), "steward-discord-"));
const onError = (error: unknown) => console.error(`! ${(error as Error).message}`);
const settings = {
  model: null,
  ...noChat,
  port: Number(process.env["PORT"] ?? 3000),
  host: "127.0.0.1",
  databaseUrl: null,
  dataDir,
  configFile: join(import.meta.dirname, "steward.yaml"),
  mode: "trial" as const,
  discord: { token: discord.token, apiUrl: discord.apiUrl },
};
const steward = await compose(settings, onError);
const closing = new AbortController();
const listening = await listen(appOf(steward, closing.signal, onError), settings);
await steward.start();
await discord.connected();

const usage = `You are ana, in #ops. Write “@steward restart checkout in production”, then as ben press a button by its number.
  /steward TEXT    the slash command      /as NAME      be ana, ben, cara or dan
  /in PLACE        ops, approvals, help-needed, dm
  /reply TEXT   write in the newest thread
  NUMBER           press that button      /role         give or take ben's on-call role
  /quit`;
console.log(`${usage}\nThe console is at ${listening.url}\n`);

let me = "ana";
let where = "911";
const buttons: { readonly message: Message; readonly label: string }[] = [];
const drawn = new Map<string, string>();
const user = () => people[me] ?? discord.addUser(me);

/** Prints what is new or redrawn for whoever is at the terminal. */
function show(): void {
  for (const channel of discord.channels.values())
    for (const message of discord.seen(user(), channel.id)) {
      const labels = buttonsOf(message).map(({ label, url }) => (url === undefined ? label : `${label}: ${url}`));
      const marks = [...message.reactions].join("");
      const text = [message.author.username, wordsOf(message), labels.join("|"), marks].join("\n");
      if (drawn.get(message.id) === text) continue;
      const again = drawn.has(message.id) ? " (redrawn)" : "";
      drawn.set(message.id, text);
      const name =
        channel.type === 11
          ? `#${discord.channels.get(channel.parent_id ?? "")?.name} > ${channel.name}`
          : channel.type === 1
            ? "direct message"
            : `#${channel.name}`;
      const only = message.onlyFor === undefined ? "" : ", for you alone";
      console.log(
        `\n[${name}${only}] ${message.author.username}${again}: ${wordsOf(message).replaceAll("\n", "\n    ")} ${marks}`,
      );
      for (const { label, url } of buttonsOf(message)) {
        if (url !== undefined) continue;
        buttons.push({ message, label });
        console.log(`    (${buttons.length}) ${label}`);
      }
    }
}

async function fill({ modal }: Shown, channelId: string): Promise<void> {
  if (modal === undefined) return;
  const values: Record<string, string> = {};
  for (const { label, component } of modal.components)
    values[component?.custom_id ?? ""] = await new Promise((resolve) => lines.question(`  ${label ?? ""} `, resolve));
  await discord.submit(user(), channelId, modal, values);
}

async function obey(line: string): Promise<void> {
  const [word = "", ...rest] = line.trim().split(" ");
  const text = rest.join(" ");
  const pressed = /^\d+$/.test(word) ? buttons[Number(word) - 1] : undefined;
  if (pressed) return fill(await discord.press(user(), pressed.message, pressed.label), pressed.message.channel_id);
  const places: Record<string, string> = {
    ops: "911",
    approvals: "912",
    "help-needed": "913",
    dm: discord.direct(user()).id,
  };
  const threads = [...discord.channels.values()].filter(({ type }) => type === 11);
  if (word === "/as" && people[text]) {
    me = text;
    if (discord.channels.get(where)?.type === 1) where = "911";
  } else if (word === "/in" && places[text]) where = places[text];
  else if (word === "/steward") await discord.command(user(), where, text);
  else if (word === "/reply" && threads.length > 0) discord.write(user(), threads.at(-1)?.id ?? where, text);
  else if (word === "/role" && people["ben"]) {
    people["ben"].member = { roles: people["ben"].member?.roles.length ? [] : ["921"] };
    console.log(`ben ${people["ben"].member.roles.length ? "is" : "is no longer"} on call`);
  } else if (word.startsWith("/") || line.trim() === "") console.log(usage);
  else discord.write(user(), where, line.replace(/@steward\b/gi, `<@${discord.botId}>`));
}

const lines = createInterface({ input: process.stdin, prompt: "" });
const showing = setInterval(show, 150);
let last = Promise.resolve();
lines.on("line", (line) => {
  if (line.trim() === "/quit") return lines.close();
  last = last.then(() => obey(line)).catch(onError);
  return undefined;
});
await new Promise((resolve) => lines.once("close", resolve));
await last;
clearInterval(showing);
show();
closing.abort();
await Promise.all([listening.close(500), steward.stop()]);
await discord.close();
await rm(dataDir, { recursive: true, force: true });
