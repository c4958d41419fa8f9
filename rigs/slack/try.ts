import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { linesOf } from "./screen.ts";
import type { Message, View } from "./shapes.ts";
import { startSlackRig } from "./slack.ts";

const root = new URL("../../", import.meta.url).pathname;
const usage = `  @steward restart checkout in production    ask Steward here         > yes            answer in the newest thread
  /steward status of checkout                the same as a command    3              press button [3]
  /as ben                                    be somebody else         reason: busy   send the form that is open
  /in ops, /in approvals, /in dm             go somewhere             /home          the app's home
  /close, /quit                              close what is open, end  /hand-over     the newest message to Steward`;

const rig = await startSlackRig();
const { workspace } = rig;
const people = ["ana", "ben", "cara", "dan", "eve"].map((name) =>
  rig.somebody(name, { is_restricted: name === "eve" }),
);
const everybody = [...people.map(({ user }) => user.id), workspace.botUserId];
for (const name of ["ops", "help-needed", "approvals"]) workspace.addChannel(name, "public", everybody);

const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const { port } = free.address() as AddressInfo;
await new Promise((resolve) => free.close(resolve));
const folder = await mkdtemp(join(tmpdir(), "steward-slack-"));
const log = await open(join(folder, "steward.log"), "w");
const steward = spawn(process.execPath, ["src/main.ts", "serve"], {
  cwd: root,
  stdio: ["ignore", log.fd, log.fd],
  env: {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    PORT: String(port),
    STEWARD_MODE: "trial",
    STEWARD_DATA_DIR: join(folder, "data"),
    STEWARD_CONFIG: join(root, "rigs/slack/steward.yaml"),
    SLACK_BOT_TOKEN: rig.botToken,
    SLACK_APP_TOKEN: rig.appToken,
    SLACK_API_URL: rig.apiUrl,
  },
});
process.on("exit", () => steward.kill());
steward.once("exit", (code) => {
  if (code) console.log(`Steward ended (${code}); its log: ${folder}/steward.log`);
});

let me = rig.somebody("ana");
let here = "C0OPS";
const shown = new Map<string, string>();
const numbers = new Map<string, number>();

/** The number of a button, the same as long as it is there. */
function numberOf(on: Message | View, action = ""): number {
  const key = `${"ts" in on ? on.ts : on.id} ${action}`;
  const number = numbers.get(key) ?? numbers.size + 1;
  numbers.set(key, number);
  return number;
}

/** Prints what is new or changed on the screen of whoever one is. */
function look(): void {
  const modal = workspace.modals.get(me.user.id)?.at(-1);
  const messages = workspace.seenBy(me.user.id, here);
  for (const on of [...messages, ...(modal ? [modal] : [])]) {
    const name = "ts" in on ? on.ts : on.id;
    const text = "ts" in on ? written(on) : ["A window opens:", ...linesOf(on.blocks)].join("\n    ");
    const buttons = on.blocks
      .filter(({ type }) => type === "actions")
      .flatMap(({ elements = [] }) => elements.map(({ action_id }) => numberOf(on, action_id)));
    const line = buttons.length === 0 ? text : `${text}\n    press ${buttons.join(", ")}`;
    if (shown.get(`${me.user.id} ${name}`) === line) continue;
    console.log(`${shown.has(`${me.user.id} ${name}`) ? "~" : " "} ${line}`);
    shown.set(`${me.user.id} ${name}`, line);
  }
}

function written({ user, thread_ts: thread, onlyFor, text, blocks, reactions }: Message): string {
  const marks = [...reactions.keys()].map((name) => ` :${name}:`).join("");
  const lines = blocks.length === 0 ? [text.replaceAll(`<@${workspace.botUserId}>`, "@steward")] : linesOf(blocks);
  const who = `${thread ? "   ↳ " : ""}${workspace.users.get(user)?.name}${onlyFor ? " (only you see this)" : ""}`;
  return `${who}: ${lines.join("\n    ")}${marks}`;
}

async function does(line: string): Promise<void> {
  const [, command = "", rest = ""] = /^\/([\w-]+)\s*(.*)$/.exec(line) ?? [];
  const newest = workspace.seenBy(me.user.id, here).findLast((message) => message.onlyFor === null);
  if (line === "") return;
  if (command === "as") me = people.find(({ user }) => user.name === rest) ?? me;
  else if (command === "in")
    here = rest === "dm" ? me.direct : ([...workspace.channels.values()].find(({ name }) => name === rest)?.id ?? here);
  else if (command === "steward") {
    const { acknowledged, body } = await me.commands(rest, here);
    if (!acknowledged) console.log("  /steward failed: nothing acknowledged it within three seconds");
    else if (typeof body?.["text"] === "string") console.log(`  (only you see this) ${body["text"]}`);
  } else if (command === "home") {
    await me.opens("home");
    const home = await workspace.until("the home", () => workspace.homes.get(me.user.id));
    console.log(linesOf(home.blocks).join("\n  "));
  } else if (command === "close") me.closesModal();
  else if (command === "hand-over" && newest) await me.handsOver(newest);
  else if (command !== "") console.log(usage);
  else if (/^\d+$/.test(line)) {
    const button = me.buttons(here).find(({ on, element }) => numberOf(on, element.action_id) === Number(line));
    if (button) await me.presses(button);
    else console.log(`  You see no button ${line}`);
  } else if (line.startsWith("reason:") && workspace.modals.get(me.user.id)?.length)
    await me.submits({ reason: line.slice("reason:".length).trim() });
  else if (line.startsWith(">") && newest)
    await me.says(line.slice(1).trim(), { in: here, thread: newest.thread_ts ?? newest.ts });
  else await me.says(line, { in: here });
  look();
}

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const place = () => `${me.user.name} in ${here === me.direct ? "dm" : `#${workspace.channels.get(here)?.name}`}> `;
console.log("A Slack on this machine is starting, and a Steward connected to it…");
await workspace.until("Steward", () => rig.deliveries.sockets.size > 0, 60_000);
console.log(
  `Ready, with its pages at http://localhost:${port}. You are ana; ben is on call, cara manages, dan is security, eve is a guest.\n${usage}`,
);
workspace.watch(look);
terminal.setPrompt(place());
terminal.prompt();
for await (const line of terminal) {
  if (line.trim() === "/quit") break;
  await does(line.trim()).catch((error: Error) => console.log(`  ${error.message}`));
  terminal.setPrompt(place());
  terminal.prompt();
}
terminal.close();
const ended = new Promise((resolve) => steward.once("exit", resolve));
if (steward.exitCode === null) {
  steward.kill();
  await ended;
}
await rig[Symbol.asyncDispose]();
await log.close();
await rm(folder, { recursive: true, force: true });
