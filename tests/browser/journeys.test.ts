import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StewardProcess, startSteward, until } from "../support/steward-process.ts";

const executablePath = "/usr/bin/chromium";
const skipped = existsSync(executablePath) ? null : `skipped: there is no browser at ${executablePath}`;
if (skipped) console.warn(`tests/browser is ${skipped}.`);
const quiet =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

let browser: Browser;
let folder: string;
let steward: StewardProcess;
let port: string;
let url: string;

beforeAll(async () => {
  if (skipped) return;
  folder = await mkdtemp(join(tmpdir(), "steward-browser-"));
  steward = await startSteward({ STEWARD_DATA_DIR: folder });
  if (!steward.url) throw new Error(`Steward did not start:\n${steward.log()}`);
  url = steward.url;
  port = new URL(url).port;
  browser = await chromium.launch({ executablePath, args: quiet.split(" ") });
});

afterAll(async () => {
  if (skipped) return;
  await browser?.close();
  await steward?.end("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

/** A browser of this person's own, that fails the test when the page's script fails. */
async function opens(person: string, path = "/", phone = false): Promise<Page> {
  const context = await browser.newContext({
    timezoneId: "Asia/Tokyo",
    locale: "en-GB",
    ...(phone && { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => expect.unreachable(`The page's script failed: ${error.message}`));
  await page.goto(url);
  await page.locator(`.welcome [data-person="${person}"]`).click();
  await page.locator(".chat").waitFor();
  if (path !== "/") await page.goto(url + path);
  return page;
}

/** Becomes somebody else at the top right. */
async function becomes(page: Page, person: string): Promise<void> {
  await page.locator(".personas summary").click();
  await page.locator(`.personas [data-person="${person}"]`).click();
  await page.locator(".personas summary", { hasText: new RegExp(person, "i") }).waitFor();
}

async function says(page: Page, text: string): Promise<void> {
  await page.locator("#composer").fill(text);
  await page.locator("#composer").press("Enter");
}

/** Marks this document, so that a reload would be noticed. */
const mark = (page: Page) => page.evaluate("document.body.dataset.marked = 'yes'");
const marked = (page: Page) => page.locator("body[data-marked]").count();

const newest = (page: Page, selector: string) => page.locator(".thread").last().locator(selector).last();
const card = (page: Page) => newest(page, ".card:has(h3)");
const button = (page: Page, label: string) => card(page).getByRole("button", { name: label, exact: true });
const shows = (page: Page, text: string | RegExp) => page.locator(".thread").last().getByText(text).first().waitFor();

/** Goes on with Tab until the wanted element has the focus. */
async function tabsTo(page: Page, what: string, wanted: ReturnType<typeof button>): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if ((await wanted.and(page.locator(":focus")).count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`60 times Tab did not lead to ${what}`);
}

test.skipIf(skipped)(
  `a restart is asked for, refused to whoever asked, approved by another, and done, while everybody watches${skipped ? ` (${skipped})` : ""}`,
  async () => {
    const cara = await opens("cara", "/?channel=approvals");
    const page = await opens("ana");
    await page.locator(".channels a", { hasText: "#ops" }).click();
    await mark(cara);
    await mark(page);
    await says(page, "restart checkout in production");

    await button(page, "Withdraw").waitFor();
    // Whoever is not asked reads who is, and has nothing to press.
    await card(cara).getByText("1 on-call (Ben)").waitFor();
    expect(await card(cara).getByRole("button").count()).toBe(0);
    expect(await card(page).getByRole("button").allInnerTexts()).toEqual(["Withdraw"]);
    for (const text of [
      "dangerous",
      "1 on-call (Ben)",
      'services.restart(environment: "production", service: "checkout")',
    ])
      expect(await card(page).innerText()).toContain(text);
    // Until when stands there in the reader's own time, without the zone's letters.
    const deadline = card(page).locator("div:has(dt:text-is('Until')) time");
    expect(await deadline.innerText()).toMatch(/\b\d\d:\d\d$/);
    const iso = (await deadline.getAttribute("datetime")) ?? "";
    const tokyo = { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" } as const;
    expect(await deadline.innerText()).toContain(new Date(iso).toLocaleTimeString("en-GB", tokyo));

    const ben = await opens("ben", "/?channel=ops");
    const token = await button(ben, "Approve").getAttribute("data-press");
    // A button that is of no use to her is refused, wherever she has it from.
    await card(page)
      .locator(".buttons")
      .evaluate((row, press) => {
        row.insertAdjacentHTML("beforeend", `<button type="button" data-press="${press}">Approve</button>`);
      }, token);
    await button(page, "Approve").click();
    await page.locator("#toast.bad", { hasText: "You asked for this yourself" }).waitFor();
    await page.locator(".message.private", { hasText: "You asked for this yourself" }).waitFor();
    expect(await marked(page)).toBe(1);
    expect(await ben.getByText("You asked for this yourself").count()).toBe(0);
    expect(await cara.getByText("You asked for this yourself").count()).toBe(0);
    expect(await ben.locator("#waiting").innerText()).toBe("1");
    await ben.context().close();

    await becomes(page, "ben");
    await mark(page);
    await button(page, "Approve").click();
    for (const each of [page, cara]) {
      await card(each)
        .locator(".outcome", { hasText: /^Approved by Ben at .*\d\d:\d\d/ })
        .waitFor();
      expect(await card(each).getByRole("button").count()).toBe(0);
    }
    await shows(page, /Restarted instance \d of 3/);
    await shows(page, /checkout in production is healthy: 3 of 3 instances running/);
    expect([await marked(page), await marked(cara)]).toEqual([1, 1]);

    await page.getByRole("link", { name: "Open the run" }).last().click();
    await page.getByText("completed", { exact: true }).waitFor();
    expect(await page.locator(".steps .state").allInnerTexts()).toEqual(["done", "done", "done"]);
    const timeline = (await page.locator(".timeline").innerText()).replaceAll(/\s+/g, " ");
    for (const sentence of ["Begun.", "Asked for approval.", "Approved by Ben.", "Step restart finished."])
      expect(timeline).toContain(sentence);
    expect(timeline).not.toContain("Took");
    await page.locator(".list a[href^='/gates/']").click();
    await page.getByText("Ben approved on web").waitFor();
    await page.context().close();
    await cara.context().close();
  },
);

test.skipIf(skipped)(
  "without JavaScript the list of runs is searched, filtered and shared by its address",
  async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: "en-GB" });
    await context.request.post(`${url}/api/session`, { data: { person: "ben" } });
    const asked = await context.request.post(`${url}/api/workflows/create`, {
      data: { name: "service-status", context: { service: "search", environment: "staging" } },
    });
    const { id } = await asked.json();
    const page = await context.newPage();
    await page.goto(`${url}/runs`);
    await page.getByLabel("Title or number").fill("stag sear");
    await page.getByLabel("Workflow").selectOption("service-status");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: /^Mine/ }).click();
    const found = page.locator(".list li");
    expect([await found.count(), await found.innerText()]).toEqual([1, expect.stringContaining(id)]);
    const shared = await opens("cara", page.url().slice(url.length));
    await shared.locator(".list li", { hasText: id }).waitFor();
    await page.getByRole("link", { name: /^Failed/ }).click();
    await page.getByText("No run fits all of this. Leave out:").waitFor();
    await page.getByRole("link", { name: "asked for by Ben" }).waitFor();
    await page.getByRole("link", { name: /^All/ }).click();
    await page.getByLabel("Title or number").fill(id.toLowerCase());
    await page.getByRole("button", { name: "Search" }).click();
    expect(await found.count()).toBe(1);
    await context.close();
    await shared.context().close();
  },
);

test.skipIf(skipped)("a denial asks for its reason, and whoever asked sees it at once", async () => {
  const [ana, ben] = [await opens("ana", "/?channel=ops"), await opens("ben", "/?channel=ops")];
  await says(ana, "restart search in production");
  await button(ben, "Deny").click();
  await ben.locator(".reason textarea").fill("not during the sale");
  await ben.locator(".reason").getByRole("button", { name: "Deny" }).click();
  await card(ana).locator(".outcome", { hasText: "Denied by Ben: not during the sale" }).waitFor();
  await shows(ana, "Stopped: Ben denied it: not during the sale.");
  expect(await card(ana).getByRole("button").count()).toBe(0);
  await ana.context().close();
  await ben.context().close();
});

test.skipIf(skipped)("with the keyboard alone one can ask, become somebody else and approve", async () => {
  const page = await opens("ana", "/?channel=ops");
  await page.keyboard.type("restart website in production");
  await page.keyboard.press("Enter");
  await button(page, "Withdraw").waitFor();
  await tabsTo(page, "the menu of people", page.locator(".personas summary"));
  await page.keyboard.press("Enter");
  await tabsTo(page, "Ben", page.locator(".personas [data-person=ben]"));
  await page.keyboard.press("Enter");
  await page.locator(".personas summary", { hasText: "Ben" }).waitFor();
  await tabsTo(page, "Approve", button(page, "Approve"));
  await page.keyboard.press("Enter");
  await card(page).locator(".outcome", { hasText: "Approved by Ben" }).waitFor();
  await page.context().close();
});

/** What is pressed here and is less than 44 pixels high, which a finger misses. */
const tooLow = (page: Page) =>
  page
    .locator("button:visible, summary:visible, input:visible, textarea:visible, nav a:visible, a.details:visible")
    .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent));

test.skipIf(skipped)(
  "on a phone nothing is wider than the screen, the buttons are in reach, and a restarted Steward is found again",
  async () => {
    const ana = await opens("ana", "/?channel=ops", true);
    await says(ana, "restart billing in production");
    await button(ana, "Withdraw").waitFor();
    const ben = await opens("ben", "/?channel=ops", true);
    const wide = (page: Page) => page.evaluate("document.documentElement.scrollWidth");
    for (const label of ["Approve", "Deny"]) {
      await button(ben, label).scrollIntoViewIfNeeded();
      const box = await button(ben, label).boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 390).toBe(true);
    }
    for (const path of ["/runs", "/runs?q=billing&state=open", "/gates", "/trial", "/help", "/?channel=ops"]) {
      await ben.goto(url + path);
      expect([path, await wide(ben), await tooLow(ben)]).toEqual([path, 390, []]);
    }
    // One line of pages and one of channels, and what is talked about begins.
    expect((await ben.locator(".scroll").boundingBox())?.y).toBeLessThan(120);
    await mark(ben);
    await steward.end("SIGTERM");
    await ben.locator("#live", { hasText: "reconnecting" }).waitFor();
    steward = await startSteward({ STEWARD_DATA_DIR: folder }, { port });
    expect(steward.url).toBe(url);
    await ben.locator("#live:empty").waitFor({ state: "attached", timeout: 30_000 });
    // What is said after the restart arrives without a reload, and the old buttons still work.
    await ana.locator("#live:empty").waitFor({ state: "attached", timeout: 30_000 });
    await button(ben, "Approve").tap();
    await card(ana).locator(".outcome", { hasText: "Approved by Ben" }).waitFor();
    expect(await marked(ben)).toBe(1);
    await ana.context().close();
    await ben.context().close();
  },
);

test.skipIf(skipped)("access needs the manager and security, and ends when it is revoked", async () => {
  const [ana, cara, dan] = await Promise.all([
    opens("ana", "/?channel=help-needed"),
    opens("cara", "/gates"),
    opens("dan", "/?channel=approvals"),
  ]);
  await says(ana, "I need read access to billing for 2 hours");
  // It appears by itself on the page that was open, and is decided there.
  await cara.getByRole("link", { name: /read access to billing/ }).click();
  await cara.getByRole("button", { name: "Approve", exact: true }).click();
  await cara.locator("#toast", { hasText: "Still needed: 1 security" }).waitFor();
  await card(ana).getByText("Cara approved").waitFor();
  await button(dan, "Approve").click();
  await shows(ana, /Ana has read access to billing until .*\d\d:\d\d/);
  await dan.goto(`${url}/trial`);
  await dan.getByText(/Ana may read billing until/).waitFor();
  await says(ana, "/steward revoke billing");
  await until("the directory is empty again", 30_000, async () => {
    await dan.goto(`${url}/trial`);
    return (await dan.getByText("Nobody holds extra access now.").count()) > 0;
  });
  await ana.getByText("read access to billing was taken back from Ana.").waitFor();
  await cara.goto(`${url}/audit`);
  await cara.getByText(/^The record is whole/).waitFor();
  await cara.getByLabel("Who").selectOption("dan");
  await cara.getByLabel("Run").fill("read access to billing");
  await cara.getByRole("button", { name: "Search" }).click();
  await cara.locator(".timeline li", { hasText: "Dan approved." }).waitFor();
  expect(await cara.locator(".timeline > li").count()).toBe(1);
  for (const page of [ana, cara, dan]) await page.context().close();
});

test.skipIf(skipped)(
  "on the page of a question an approver changes what the policy lets them, on a phone and with the keyboard alone",
  async () => {
    const ana = await opens("ana", "/?channel=help-needed");
    await says(ana, "I need read access to search for 2 hours");
    const cara = await opens("cara", "/gates", true);
    await cara.getByRole("link", { name: /read access to search/ }).tap();
    const changes = cara.getByRole("button", { name: "Change and approve" });
    await changes.waitFor();
    await cara.waitForLoadState();
    expect((await changes.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await cara.getByText("1 manager and 1 security (Cara, Dan)").waitFor();
    await tabsTo(cara, "Change and approve", changes);
    await cara.keyboard.press("Enter");
    const field = cara.getByLabel("for, such as 90m or 1d");
    expect([await field.inputValue(), await cara.evaluate("document.documentElement.scrollWidth")]).toEqual([
      "2h",
      390,
    ]);
    await cara.keyboard.press("Control+A");
    await cara.keyboard.type("soon");
    await tabsTo(cara, "the button of the form", cara.locator(".reason button[type=submit]"));
    await cara.keyboard.press("Enter");
    await cara.locator("#toast.bad", { hasText: "“soon” is not a duration" }).waitFor();
    await changes.tap();
    await field.fill("30m");
    await cara.locator(".reason").getByRole("button", { name: "Change and approve" }).tap();
    await cara.locator("#toast", { hasText: "Your approval counts on the new card" }).waitFor();
    await cara.getByText("superseded", { exact: true }).waitFor();
    await cara.getByText("Now it is asked:").getByRole("link").tap();
    await cara.getByText("Cara approved on web").waitFor();
    expect(await cara.locator(".actions").innerText()).toContain("30 min");
    // Whoever asked is offered none of it.
    await ana.goto(cara.url());
    await ana.getByRole("button", { name: "Withdraw" }).click();
    await cara.getByText("withdrawn", { exact: true }).waitFor();
    for (const page of [ana, cara]) await page.context().close();
  },
);

test.skipIf(skipped !== null)(
  "a tab of somebody who is somebody else in another tab by now draws itself anew",
  async () => {
    const first = await opens("ana");
    const second = await first.context().newPage();
    await second.goto(url);
    await becomes(second, "ben");
    await first.locator(".personas summary", { hasText: "Ben" }).waitFor();
    // Without a word from the other tab the server tells it, whatever it was about to do.
    await first.waitForLoadState();
    await first.evaluate("sessions.close()");
    await becomes(second, "cara");
    await first.locator("#composer").fill("restart search in staging");
    await first.locator("#composer").press("Enter");
    await first
      .locator("#toast.bad", { hasText: "You are Cara now in this browser, and this page was drawn for Ben" })
      .waitFor();
    await first.locator(".personas summary", { hasText: "Cara" }).waitFor();
    expect(await first.getByText("restart search in staging").count()).toBe(0);
    await first.context().close();
  },
);
