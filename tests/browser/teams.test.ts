import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { type StewardProcess, startSteward, until } from "../support/steward-process.ts";

const executablePath = "/usr/bin/chromium";
const playground = new URL("../../node_modules/@microsoft/m365agentsplayground/cli.js", import.meta.url).pathname;
const missing = [executablePath, playground].find((path) => !existsSync(path));
const skipped = missing === undefined ? null : `skipped: there is no ${missing}`;
if (skipped) console.warn(`tests/browser/teams is ${skipped}.`);
const quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync";

/** Alex Wilber, who sits before the Playground, is Ben; approvals are mirrored into his chat with Steward. */
const tenantId = "00000000-0000-0000-0000-0000000000001";
const alex = { id: "user-id-0", name: "Alex Wilber", aadObjectId: "00000000-0000-0000-0000-0000000000020" };
const chat = "a:chat-with-steward";

let browser: Browser;
let folder: string;
let steward: StewardProcess;
let client: ChildProcess;
let page: Page;

beforeAll(async () => {
  if (skipped) return;
  folder = await mkdtemp(join(tmpdir(), "steward-teams-"));
  const config = parseDocument(readFileSync(new URL("../../steward.yaml", import.meta.url), "utf8")).toJS();
  for (const person of config.people)
    if (person.id === "ben") person.identities = [{ platform: "teams", workspace: tenantId, user: alex.aadObjectId }];
  for (const channel of config.channels) if (channel.name === "approvals") channel.teams = chat;
  // Folders in it are beside it.
  config.knowledge = new URL(`../../${config.knowledge}`, import.meta.url).pathname;
  await writeFile(join(folder, "steward.yaml"), JSON.stringify(config));
  steward = await startSteward({
    STEWARD_DATA_DIR: join(folder, "data"),
    STEWARD_CONFIG: join(folder, "steward.yaml"),
  });
  if (!steward.url) throw new Error(`Steward did not start:\n${steward.log()}`);
  const url = await startPlayground(`${steward.url}/api/messages`);
  browser = await chromium.launch({ executablePath, args: quiet.split(" ") });
  page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.route(
    ({ hostname }) => !["127.0.0.1", "localhost"].includes(hostname),
    (route) => route.abort(),
  );
  await page.goto(url);
});

afterAll(async () => {
  if (skipped) return;
  await browser?.close();
  client?.kill("SIGKILL");
  await steward?.end("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

/** Microsoft's own local client, with ids that this test knows. */
async function startPlayground(endpoint: string): Promise<string> {
  const person = (given: string) => ({
    userPrincipleName: `${given}@example.com`,
    givenName: given,
    surname: "Wilber",
    email: `${given}@example.com`,
  });
  const others = ["Megan", "Adele", "Isaiah", "Patti", "Lynne"].map((given, i) => ({
    ...person(given),
    id: `user-id-${i + 1}`,
    name: `${given} Wilber`,
    aadObjectId: `00000000-0000-0000-0000-000000000002${i + 1}`,
  }));
  const yml = {
    version: "0.1.1",
    tenantId,
    bot: { id: "steward-bot", name: "Steward" },
    currentUser: { ...alex, ...person("Alex") },
    users: others,
    personalChat: { id: chat },
    groupChat: { id: "19:group@thread.v2", name: "Group Chat" },
    team: {
      id: "team-id",
      name: "My Team",
      aadGroupId: "00000000-0000-0000-0000-000000000031",
      channels: [{ id: "19:ops@thread.tacv2", name: "ops" }],
    },
  };
  await writeFile(join(folder, ".m365agentsplayground.yml"), JSON.stringify(yml));
  const port = String(await freePort());
  const args = ["start", "-e", endpoint, "-c", "msteams", "-p", port, "--disable-telemetry"];
  client = spawn(process.execPath, [playground, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, BROWSER: "none" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [client.stdout, client.stderr]) stream?.on("data", (text) => (said += text));
  const url = `http://127.0.0.1:${port}/`;
  await until("the Playground is there", 20_000, async () => {
    if (client.exitCode !== null) throw new Error(`The Playground ended:\n${said}`);
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return url;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function says(text: string): Promise<void> {
  await page.locator("div[role=textbox][contenteditable=true]").last().click();
  await page.keyboard.type(text);
  await page.getByRole("button", { name: "Send Message" }).click();
}

/** Ana asks in the web chat. */
async function anaAsks(text: string): Promise<void> {
  const response = await fetch(`${steward.url}/api/chat/ops/messages`, {
    method: "POST",
    headers: { "x-steward-person": "ana", "content-type": "application/json" },
    body: JSON.stringify({ text: `@steward ${text}` }),
  });
  expect(response.status).toBe(202);
}

const cards = () => page.locator(".ac-adaptiveCard");
const card = (words: string | RegExp) => cards().filter({ hasText: words }).last();
const press = (words: string | RegExp, label: string) =>
  card(words).getByRole("button", { name: label, exact: true }).last().click();

test.skipIf(skipped)(
  `in Microsoft's own client: asked elsewhere, approved here, in place${skipped ? ` (${skipped})` : ""}`,
  async () => {
    await says("help");
    await card(/Restart a service/).waitFor();
    await anaAsks("restart checkout in production");
    const question = /Approve: restart checkout in production\?/;
    await card(question).waitFor();
    expect(await card(question).textContent()).toContain(
      'services.restart(environment: "production", service: "checkout")',
    );
    const before = await cards().count();
    await press(question, "Approve");
    await card(/Approved by Ben/).waitFor();
    await card(question)
      .getByText(/Approved by Ben/)
      .first()
      .waitFor();
    expect(await card(question).getByRole("button", { name: "Approve" }).count()).toBe(0);
    expect(await cards().count()).toBe(before);
  },
);

test.skipIf(skipped)("in Microsoft's own client: what one asked oneself is refused, to oneself", async () => {
  await says("restart search in production");
  const question = /Approve: restart search in production\?/;
  await card(question).waitFor();
  await press(question, "Approve");
  await page
    .getByText(/You asked for this yourself/)
    .last()
    .waitFor();
  expect(await card(question).getByRole("button", { name: "Approve" }).count()).toBe(1);
});

test.skipIf(skipped)("in Microsoft's own client: a denial asks for its reason on the card", async () => {
  await anaAsks("restart billing in production");
  const question = /Approve: restart billing in production\?/;
  await card(question).waitFor();
  await press(question, "Deny");
  await card(question).locator("textarea").last().fill("month end, not today");
  await press(question, "Deny");
  await card(/Denied by Ben: month end, not today/).waitFor();
});
