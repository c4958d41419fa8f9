import { existsSync } from "node:fs";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModelReply, type ModelRequest, startModelServer } from "../support/model-server.ts";
import { startWorld, type World } from "../support/world.ts";

const executablePath = "/usr/bin/chromium";
const skipped = existsSync(executablePath) ? null : `skipped: there is no browser at ${executablePath}`;
if (skipped) console.warn(`tests/browser/incident is ${skipped}.`);
const quiet =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

let browser: Browser;
beforeAll(async () => {
  if (!skipped) browser = await chromium.launch({ executablePath, args: quiet.split(" ") });
});
afterAll(() => browser?.close());

/** A browser of this person's own, that fails the test when the page's script fails. */
async function opens(world: World, person: string, path: string, phone = false): Promise<Page> {
  const context = await browser.newContext({
    timezoneId: "Asia/Tokyo",
    locale: "en-GB",
    ...(phone && { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => expect.unreachable(`The page's script failed: ${error.message}`));
  await page.goto(world.url);
  await page.locator(`.welcome [data-person="${person}"]`).click();
  await page.locator(".chat").waitFor();
  await page.goto(new URL(path, world.url).href);
  return page;
}

const last = (page: Page) => page.locator(".thread").last();
const says = (page: Page, text: string | RegExp) => last(page).getByText(text).first().waitFor();

interface Incident {
  readonly service: string;
  readonly fault: string;
  readonly alert: string;
  readonly cause: RegExp;
  /** The card covers exactly this call. */
  readonly call: string;
}

/** Breaks a service on its page, follows the links to the thread, decides there, and reads the run; returns its page. */
async function plays(world: World, { service, fault, alert, cause, call }: Incident): Promise<Page> {
  const company = await opens(world, "ana", "/trial");
  const house = company.locator(`#service-${service}-production`);
  await house.getByRole("button", { name: fault, exact: true }).click();
  await company.locator("#toast", { hasText: `${service} in production has a ${fault} now.` }).waitFor();
  const link = house.locator(".incident a", { hasText: "its thread in #ops" });
  const thread = (await link.getAttribute("href")) ?? "";

  const ben = await opens(world, "ben", thread);
  const card = ben.locator(".thread:target > .message");
  await card.getByText(`${alert}: ${service} in production`).waitFor();
  const since = card.locator("dl > div:has(dt:text-is('Since')) time");
  const at = new Date((await since.getAttribute("datetime")) ?? "");
  const tokyo = { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" } as const;
  expect(await since.innerText()).toContain(at.toLocaleTimeString("en-GB", tokyo));
  await says(ben, "What may be the cause");
  await says(ben, cause);
  await says(ben, /Evidence: .+ What would confirm it: /);
  await isDrawn(last(ben).locator(".picture"), service);

  const question = last(ben).locator(".card:has(h3:text('Approve:'))");
  await question.getByText(call).first().waitFor();
  expect(await question.locator("code").allInnerTexts()).toEqual([call]);
  await question.getByRole("button", { name: "Approve", exact: true }).click();
  await question.locator(".outcome", { hasText: /^Approved by Ben at .*\d\d:\d\d/ }).waitFor();
  await says(ben, /Done: /);
  await world.passes("1m");
  await house.getByText("healthy", { exact: true }).waitFor();
  await world.passes("2m");
  await says(ben, /The alert has ended; waiting whether it stays so/);
  await world.passes("1m");
  await says(ben, `It is over: ${alert} of ${service} in production is resolved.`);
  await card.getByText("closed; the alert is resolved").waitFor();
  await last(ben).locator(".markdown h4").first().waitFor();

  // Below its card the thread begins with how the run stands, and leads to the run there.
  const first = last(ben).locator(".replies > li").first();
  expect(await first.innerText()).toContain(`look into ${alert} of ${service}`);
  await first.getByRole("link", { name: "Open the run" }).click();
  await ben.getByText("completed", { exact: true }).waitFor();
  const told = await ben.locator(".story > li > .state").allInnerTexts();
  // People elsewhere are told meanwhile.
  expect(told).toContain("told others");
  const ours = told.filter((kind) => kind !== "heard" && kind !== "told others");
  const once = ours.filter((kind, i) => kind !== ours[i - 1]);
  expect(once).toEqual("asked, found, to decide, approved, done, watched, ended".split(", "));
  expect(await ben.locator(".story").innerText()).toMatch(cause);
  await isDrawn(ben.locator(".picture"), service);
  expect(await ben.locator(".task > h3 > .state").allInnerTexts()).toEqual(Array(6).fill("done"));
  const causes = ben.locator("#task-causes .causes > li");
  expect(await causes.first().innerText()).toMatch(/^\s*\d+ % /);
  const gathered = await ben.locator("#task-gather .calls").first().innerText();
  for (const tool of ["status", "metrics", "logs", "deploys", "dependencies"])
    expect(gathered).toContain(`services.${tool}(environment: "production"`);
  await company.context().close();
  return ben;
}

/** A picture that loaded, opens by itself, and says in words what it shows. */
async function isDrawn(picture: Locator, service: string): Promise<void> {
  const image = picture.getByRole("img", { name: `Figures of ${service} in production` });
  await image.waitFor();
  await expect
    .poll(() => image.evaluate((shown) => (shown as unknown as { naturalWidth: number }).naturalWidth), {
      timeout: 15_000,
    })
    .toBe(960);
  expect(await picture.getAttribute("href")).toBe(await image.getAttribute("src"));
}

/** The same page on a phone: nothing is wider than the screen. */
async function fitsPhone(world: World, path: string): Promise<void> {
  const phone = await opens(world, "cara", path, true);
  await phone.locator("main h1").waitFor();
  expect([path, await phone.evaluate("document.documentElement.scrollWidth")]).toEqual([path, 390]);
  await phone.context().close();
}

const settingsOn = ({ url }: { url: string }) => ({ apiKey: "key-for-tests", baseUrl: url, model: null });
const soon = { "retry-after-ms": "1" };

type Call = { readonly name: string; readonly input: unknown };
const calls = (...wanted: readonly Call[]): ModelReply => ({
  content: wanted.map((call, i) => ({ type: "tool_use", id: `toolu_${made++}_${i}`, ...call })),
});
let made = 0;

/** What the tools of the last turn returned: the first line of each result, which is all of it or where it is kept. */
function resultsIn({ body }: ModelRequest): unknown[] {
  return body.messages
    .at(-1)
    .content.filter((block: { type: string }) => block.type === "tool_result")
    .map((block: { content: string }) => JSON.parse(block.content.split("\n")[0] ?? "null"));
}

/** A model that does what the instructions of each specialist say: asks the tools, then reports. */
function diligent(service: string): (request: ModelRequest) => ModelReply {
  const place = { service, environment: "production" };
  let evidence: unknown = {};
  return (request) => {
    const said = JSON.stringify(request.body.system);
    const opening: string = request.body.messages[0].content[0].text;
    const begun = request.body.messages.length > 1;
    if (said.includes("You are the data specialist")) {
      const looks = ["status", "metrics", "logs", "deploys", "dependencies"];
      if (!begun) return calls(...looks.map((look) => ({ name: `services_${look}`, input: place })));
      const results = resultsIn(request);
      evidence = { summary: "All of it, gathered", ...Object.fromEntries(looks.map((look, i) => [look, results[i]])) };
      return calls({ name: "report", input: evidence });
    }
    if (said.includes("You are the analysis specialist")) {
      // The last one is the input's own; instances have theirs too.
      const startedAt = [...opening.matchAll(/"startedAt":"([^"]+)"/g)].at(-1)?.[1];
      if (!begun) return calls({ name: "analysis_rank", input: { ...place, startedAt, evidence } });
      return calls({ name: "report", input: resultsIn(request)[0] });
    }
    if (said.includes("You are the communication specialist")) {
      const to = /"to":"([^"]+)"/.exec(opening)?.[1];
      const plain = opening.includes('"words":"plain"');
      const words = { text: `We look after ${service}.`, over: plain ? `${service} is well again.` : null };
      return calls({ name: "report", input: { ...words, to, summary: "Drafted", because: "as asked" } });
    }
    if (!begun) return calls({ name: "record_run", input: {} });
    const report = `# What happened to ${service}\n\nThe model wrote this.\n\n- and a list`;
    return calls({ name: "report", input: { summary: `${service} had trouble and has none now`, report } });
  };
}

test.skipIf(skipped)(
  `an incident without a model, from the page that breaks to the page of the run${skipped ? ` (${skipped})` : ""}`,
  async () => {
    await using world = await startWorld({ database: "pglite" });
    const run = await plays(world, {
      service: "checkout",
      fault: "bad-deploy",
      alert: "HighErrorRate",
      cause: /Very likely: version 1\.4\.3 of checkout, deployed by Ana/,
      call: 'services.rollback(environment: "production", service: "checkout", toVersion: "1.4.2")',
    });
    expect(await run.getByText("No model was asked: it went by its playbook.").count()).toBe(6);
    await run
      .getByText("No model was asked for this run and no call of it had a price, so it has cost nothing.")
      .waitFor();
    await run.locator("#task-report summary", { hasText: /^The report$/ }).click();
    await run.locator("#task-report .markdown li", { hasText: "Ben approved: Roll checkout" }).first().waitFor();
    await fitsPhone(world, new URL(run.url()).pathname);
    await fitsPhone(world, "/systems");
    await run.context().close();
  },
);

test.skipIf(skipped)("an incident with a model that asks its tools and reports", async () => {
  await using server = await startModelServer(diligent("search"));
  await using world = await startWorld({ database: "pglite", model: settingsOn(server) });
  const run = await plays(world, {
    service: "search",
    fault: "slow",
    alert: "HighLatency",
    cause: /[Ll]ikely: /,
    call: 'services.restart(environment: "production", service: "search")',
  });
  expect(server.requests).toHaveLength(9);
  expect(await run.locator(".task .calls code:text-is('claude-sonnet-4-6')").count()).toBe(9);
  expect(await run.getByText("From there its playbook went on").count()).toBe(0);
  // Nine times 100 tokens read and 20 written, at 3 and 15 US dollars for a million.
  await run.getByText("Models have cost 0.54 cents of the 50.00 cents this run may spend, in 9 calls.").waitFor();
  await run.goto(new URL("/", world.url).href);
  await says(run, "The model wrote this.");
  const asCara = await opens(world, "cara", "/?channel=general");
  await asCara.getByText("We look after search.").first().waitFor();
  await asCara.context().close();
  const cara = await opens(world, "cara", "/systems");
  await cara.getByText("0.54 cents of 25.00 US dollars").waitFor();
  for (const page of [run, cara]) await page.context().close();
});

test.skipIf(skipped)("an incident whose model fails midway: each specialist's playbook goes on", async () => {
  const answer = diligent("billing");
  await using server = await startModelServer((request) => {
    const said = JSON.stringify(request.body.system);
    if (/You are the (?:documentation|communication) specialist/.test(said)) return { status: 500, headers: soon };
    const reply = answer(request);
    if (request.body.messages.length === 1 && said.includes("You are the data specialist")) return reply;
    if (said.includes("You are the data specialist")) return { status: 529, headers: soon, message: "Overloaded" };
    return { ...(reply as Extract<ModelReply, { content: unknown }>), cutAfter: { events: 3, how: "reset" } };
  });
  await using world = await startWorld({ database: "pglite", model: settingsOn(server) });
  const run = await plays(world, {
    service: "billing",
    fault: "bad-deploy",
    alert: "HighErrorRate",
    cause: /[Ll]ikely: version \S+ of billing, deployed by Ana/,
    call: 'services.rollback(environment: "production", service: "billing", toVersion: "2.0.7")',
  });
  await run.locator("#task-gather", { hasText: "From there its playbook went on: Anthropic answered 529" }).waitFor();
  await run.locator("#task-causes", { hasText: "the answer was cut off" }).waitFor();
  await run.locator("#task-report", { hasText: "From there its playbook went on: Anthropic answered 500" }).waitFor();
  // What was cut off may have been paid for, so it counts.
  expect(await run.locator("#task-causes .state:text-is('lost')").count()).toBe(2);
  await run.context().close();
});
