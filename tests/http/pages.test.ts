import { html } from "hono/html";
import { expect, test } from "vitest";
import { gatePage } from "../../src/console/gates-page.ts";
import { markdown } from "../../src/console/markdown.ts";
import { withNamedRuns } from "../../src/console/named-runs.ts";
import { runsPage } from "../../src/console/runs-page.ts";
import { timelineView } from "../../src/console/timeline.ts";
import { marked, sentenceOf } from "../../src/console/words.ts";
import type { AuditLine, GateView, RunLine } from "../../src/http/reads.ts";
import { gateId, listedId, runId } from "./database.ts";
import { startWorld } from "./world.ts";

const simulation = "this is a simulation";

test("whoever comes first is asked who they want to be", async () => {
  const world = await startWorld();
  const text = await (await world.ask("/")).text();
  for (const id of ["ana", "ben", "cara", "dan", "eve"]) expect(text).toContain(`data-person="${id}"`);
  expect(text).toContain(simulation);
});

test("where something outside is connected, no page says that nothing outside is touched", async () => {
  const alone = await (await (await startWorld()).ask("/", { as: "ana" })).text();
  expect(alone).toContain("made up; nothing outside this machine is touched.");
  const world = await startWorld("trial", { isAlone: false });
  for (const as of ["ana", undefined]) {
    const text = await (await world.ask("/", as === undefined ? {} : { as })).text();
    expect(text).toContain("made up; what is connected outside this machine is real.");
    expect(text).not.toContain("nothing outside this machine");
  }
});

test("every page says that it is a simulation and holds no script or style of its own", async () => {
  const world = await startWorld();
  for (const path of [
    "/",
    "/runs",
    `/runs/${runId}`,
    "/gates",
    `/gates/${gateId}`,
    "/audit",
    `/audit?stream=actor:${runId}`,
    "/audit?by=ben&kind=&run=&from=2026-01-01&until=2026-01-02",
    "/trial",
    "/systems",
    "/help",
  ]) {
    const answer = await world.ask(path, { as: "cara" });
    const text = await answer.text();
    expect([path, answer.status]).toEqual([path, 200]);
    expect(text).toContain(simulation);
    expect(text).not.toMatch(/<script>|<script(?! src="\/assets)|<style|style="| on[a-z]+="|https?:\/\//);
  }
});

test("the chat shows threads, cards with buttons, and private messages to their reader; texts are escaped", async () => {
  const world = await startWorld();
  const forAna = await (await world.ask("/", { as: "ana" })).text();
  expect(forAna).toContain("restart &lt;b&gt;checkout&lt;/b&gt;");
  const buttons = async (as: string, path = "/") =>
    [...(await (await world.ask(path, { as })).text()).matchAll(/data-(press|repeat)="([^"]+)">([^<]+)</g)].map(
      ([, , value, label]) => `${label}: ${value}`,
    );
  // Each sees what they may press: whoever may answer, whoever asked, whoever changed it, and everybody else.
  for (const path of ["/", "/chat/messages?channel=ops"]) {
    expect(await buttons("cara", path)).toEqual(["Approve: good", "Deny: deny", "Ask again: help"]);
    expect(await buttons("ana", path)).toEqual(["Withdraw: deny", "Ask again: help"]);
    expect(await buttons("eve", path)).toEqual(["Deny: deny", "Ask again: help"]);
    expect(await buttons("ben", path)).toEqual(["Ask again: help"]);
  }
  expect(forAna.indexOf("<h3>Restart &lt;checkout&gt;?</h3>")).toBeLessThan(forAna.indexOf("Waiting for approval."));
  expect(forAna).toContain("only you see this");
  expect(await (await world.ask("/chat/messages?channel=ops", { as: "ben" })).text()).not.toContain(
    "only you see this",
  );
  expect(await (await world.ask("/?draft=help%20%3Cme%3E", { as: "ana" })).text()).toContain(
    ">help &lt;me&gt;</textarea>",
  );
});

test("the list of runs keeps what was chosen in every address, counts each choice, and says what to leave out", async () => {
  const world = await startWorld();
  const page = async (query: string, as = "ben") => (await world.ask(`/runs${query}`, { as })).text();
  const links = (text: string) =>
    [...text.matchAll(/<a href="(\/runs[^"]*)" ?(aria-current="true")?>([A-Z][a-z]+) <span>(\d+)</g)].map(
      ([, address, made, label, runs]) => `${label} ${runs} ${address}${made ? " made" : ""}`,
    );
  const all = await page("");
  expect(links(all)).toEqual([
    "All 1 /runs made",
    "Open 1 /runs?state=open",
    "Mine 0 /runs?requester=ben",
    "Failed 0 /runs?state=failed",
    "Incidents 0 /runs?workflow=incident",
  ]);
  expect(all).toMatch(
    /<h2>Open<\/h2><ul class="list"><li><a href="\/runs\/[^"]+"><strong>restart checkout in production/,
  );
  expect(links(await page("?q=check+%3Cb%3E%26&state=failed&requester=ana"))).toEqual([
    "All 0 /runs?q=check+%3Cb%3E%26",
    "Open 0 /runs?q=check+%3Cb%3E%26&amp;state=open&amp;requester=ana",
    "Mine 0 /runs?q=check+%3Cb%3E%26&amp;state=failed&amp;requester=ben",
    "Failed 0 /runs?q=check+%3Cb%3E%26&amp;requester=ana made",
    "Incidents 0 /runs?q=check+%3Cb%3E%26&amp;state=failed&amp;workflow=incident&amp;requester=ana",
  ]);
  const nothing = await page("?q=%3Cb%3E&state=nonsense&requester=key:k");
  expect(nothing).toContain("No run fits all of this. Leave out:");
  expect(nothing).toContain('<a href="/runs?requester=key%3Ak">“&lt;b&gt;”</a>');
  expect(nothing).toContain('<option value="key:k" selected>the API key ci &lt;x&gt;</option>');
  // A guest sees what is theirs, so is not asked whose it should be.
  const guest = await page("?q=checkout", "eve");
  expect(links(guest).map((link) => link.split(" ").slice(0, 2).join(" "))).toEqual([
    "All 0",
    "Open 0",
    "Failed 0",
    "Incidents 0",
  ]);
  expect(guest).not.toContain('name="requester"');
  expect(guest).not.toContain("restart checkout");
});

test("the list of runs goes on where a page ends", async () => {
  const run = (n: number, done: boolean): RunLine => ({
    id: listedId(n),
    name: "restart-service",
    title: `restart ${n}`,
    state: done ? "completed" : "waiting",
    done,
    paused: false,
    stuck: null,
    priority: "normal",
    requesterId: "ana",
    requesterName: "Ana",
    personal: false,
    createdAt: "2026-01-02T03:04:05.000Z",
    updatedAt: "2026-01-02T03:04:05.000Z",
    endedAt: null,
    durationMs: 1000,
    thread: null,
    service: null,
    waitsFor: done ? null : "Granted until 2026-01-02T09:57:00.000Z, as R-AAAAAA says.",
  });
  const runs = (length: number, done: boolean) => Array.from({ length }, (_, n) => run(n, done));
  const counts = { all: 5001, open: 51, failed: 0, mine: 0, workflows: [], isMore: true };
  const chosen = { q: "restart", state: "", workflow: "", requester: "ana" };
  const view = { chosen, viewer: "ana", seesAll: true, counts, isLater: false, names: new Map() };
  const first = String(await runsPage({ ...view, open: runs(51, false), ended: runs(50, true) }));
  expect(first).toContain(
    `<a href="/runs?q=restart&amp;state=open&amp;requester=ana&amp;before=${listedId(49)}">More open runs</a>`,
  );
  expect(first.match(/<strong>restart/g)).toHaveLength(100);
  expect(first).not.toContain("Older runs");
  // A link in a link is none.
  expect(first).toContain(
    '<span>Granted until <time datetime="2026-01-02T09:57:00Z">2026-01-02T09:57:00.000Z</time>, as R-AAAAAA says.</span>',
  );
  expect(first).toContain("<span>5001+</span>");
  const later = String(await runsPage({ ...view, open: [], ended: runs(51, true), isLater: true }));
  expect(later).toContain(`<a href="/runs?q=restart&amp;requester=ana&amp;before=${listedId(49)}">Older runs</a>`);
  expect(later).toContain('<a href="/runs?q=restart&amp;requester=ana">The newest runs</a>');
  const empty = { ...view, chosen: { q: "", state: "", workflow: "", requester: "" }, open: [], ended: [] };
  expect(String(await runsPage(empty))).toContain('No runs here. Ask for something in the <a href="/">chat</a>.');
  expect(String(await runsPage({ ...empty, isLater: true }))).toContain("There are no older ones.");
});

test("a run's page tells its story in words and offers what this person may do", async () => {
  const world = await startWorld();
  const text = await (await world.ask(`/runs/${runId}`, { as: "ben" })).text();
  expect(text).toContain("Denied by Dan: not on &lt;Friday&gt;.");
  expect(text).toContain("Paused by Ben.");
  for (const button of ["Pause", "Cancel the run", "It did not happen"]) expect(text).toContain(`>${button}</button>`);
  expect((await world.ask(`/runs/${runId}`, { as: "eve", headers: { accept: "text/html" } })).status).toBe(404);
});

test("a run's page tells what its specialists did: what they called, asked, found, and what models cost", async () => {
  const world = await startWorld();
  const text = (await (await world.ask(`/runs/${runId}`, { as: "ben" })).text()).replaceAll(/<[^>]*>|\s+/g, " ");
  const said = text.replaceAll(/\s+/g, " ");
  for (const words of [
    "analysis root cause, step look done",
    "It was the deploy",
    "62 % a &lt;bad&gt; deploy checkout",
    "errors since 03:04",
    "nothing &lt;b&gt;bold&lt;/b&gt;",
    "It asked people: restart search (wanted by the agent analysis) denied",
    "services.logs(service: &quot;&lt;checkout&gt;&quot;, lastMs: 60000) 2026-01-02 03:04:05 UTC , 3 seconds",
    "services.secrets: Not made: you have no tool of this name.",
    "claude-sonnet-4-6 2026-01-02 03:04:05 UTC , 1234 tokens read, 100 written, 0.45 cents",
    "From there its playbook went on: the model&#39;s answer was &lt;cut&gt; off.",
    "Models have cost 0.45 cents and 10.00 cents held back for what is being asked of the 50.00 cents this run may spend, in 1 call.",
    "On its blackboard: cause (version 2 by analysis at 2026-01-02 03:04:05 UTC )",
  ])
    expect(said).toContain(words);
});

test("what happened is told in order, with the sentence of each approval", async () => {
  const world = await startWorld();
  const text = await (await world.ask(`/runs/${runId}`, { as: "ben" })).text();
  const story = /<ol class="story">(.*?)<\/ol>/s.exec(text)?.[1] ?? "";
  expect([...story.matchAll(/<span class="state[^"]*">([^<]+)</g)].map(([, kind]) => kind)).toEqual([
    "asked",
    "to decide",
    "to decide",
    "approved",
  ]);
  expect(story).toContain("Dan approved: Restart checkout in production");
});

test("a gate that a task opened leads to the run of that task", async () => {
  const world = await startWorld();
  const run = await (await world.ask(`/runs/${runId}`, { as: "cara" })).text();
  const asked = /It asked people: <a href="(\/gates\/[^"]+)"/.exec(run)?.[1] ?? "";
  expect(await (await world.ask(asked, { as: "cara" })).text()).toContain(`href="/runs/${runId}"`);
});

test("systems outside and what models cost are shown to those who may read the audit", async () => {
  const world = await startWorld();
  const answer = await world.ask("/systems", { as: "cara" });
  const text = (await answer.text()).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  for (const words of [
    "sql.billing answers",
    "github not answering since 2026-01-02 03:04:05 UTC , asked again at 2026-01-02 03:04:35 UTC does not answer no answer from &lt;api&gt;",
    "Everybody today 2.50 US dollars of 25.00 US dollars",
    "mcp.wiki.&lt;search&gt; Finds pages. From the MCP server wiki, pinned as 5f2c11aa. read It looks again A program of its own, which is not held back 2.00 cents 2 minutes – –",
    "services.restart Restart a service. From Steward. write or dangerous At most once: where nobody knows, people are asked – – 1 minute No. What was restarted runs anew. Yes",
  ])
    expect(text).toContain(words);
  expect((await world.ask("/systems", { as: "ana", headers: { accept: "text/html" } })).status).toBe(403);
  expect(await (await world.ask("/gates", { as: "ana" })).text()).not.toContain('href="/systems"');
});

test("a gate shows its buttons only to those whose answer counts; who asked may withdraw", async () => {
  const world = await startWorld();
  const buttons = async (as: string) =>
    [...(await (await world.ask(`/gates/${gateId}`, { as })).text()).matchAll(/data-decision="\w+">(\w+)</g)].map(
      ([, label]) => label,
    );
  expect([await buttons("cara"), await buttons("ana"), await buttons("ben")]).toEqual([
    ["Approve", "Deny"],
    ["Withdraw"],
    [],
  ]);
});

test("a gate's page tells who approved what is still needed, and lets who changed it deny it", async () => {
  const world = await startWorld();
  const page = async (as: string) => (await world.ask(`/gates/${gateId}`, { as })).text();
  expect(await page("dan")).toContain("You approved; still needed: 1 security.");
  expect(await page("dan")).not.toContain("data-decision");
  const changer = await page("eve");
  expect(changer).toContain("since you changed it; you may deny it.");
  expect(changer).toMatch(/data-decision="deny">Deny</);
});

test("a gate's page says in words what an approver must know, and the hash last", async () => {
  const world = await startWorld();
  const page = await (await world.ask(`/gates/${gateId}`, { as: "cara" })).text();
  const text = page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(text).toContain(
    "service checkout came from outside, check it Dry run Would restart 3 instances of version &lt;1.4.2&gt;.",
  );
  expect(text).toMatch(/Why .* asked Ana asked: restart checkout in production/);
  expect(text.indexOf("subject")).toBeGreaterThan(text.indexOf("Approve Deny"));
  expect(page).toContain(`<a href="/runs/${runId}">the run</a>`);
  expect(text).toContain("As it stands nobody can approve this.");
});

test("a question that was changed says who changed it, and leads to the one asked instead", async () => {
  const gate: GateView = {
    id: gateId,
    runId,
    taskId: null,
    title: "give access",
    state: "superseded",
    requesterId: "ana",
    requesterName: "Ana",
    personal: false,
    openedAt: "2026-01-02T03:04:05Z",
    expiresAt: "2026-01-02T07:04:05Z",
    decidedAt: "2026-01-02T03:05:00Z",
    barred: ["ana"],
    policy: "{}",
    subjectHash: "sh",
    actions: [],
    approvers: null,
    reason: null,
    fields: [],
    votes: [],
    context: { changedBy: "Ben <b>" },
  };
  const remarks = [{ personId: "ana", name: "Ana", at: "2026-01-02T03:04:30Z", text: "Approved by Cara</li>\u202e" }];
  const other = { standing: null, approved: false, seesRun: true, happened: [], remarks, thread: null };
  const page = async (shown: GateView, instead: GateView | null) =>
    String(await gatePage({ gate: shown, ...other, instead })).replaceAll(/<time[^>]*>|<\/time>/g, "");
  const changed = await page(gate, { ...gate, id: "next", title: "give access for 1 hour", state: "open" });
  expect(changed).toContain(
    "Ben &lt;b&gt; changed this at 2026-01-02 03:05:00 UTC, so no answer counts here any more.",
  );
  expect(changed).toContain('Now it is asked: <a href="/gates/next">give access for 1 hour</a>');
  expect(changed).toContain("Ana at 2026-01-02 03:04:30 UTC: “Approved by Cara&lt;/li&gt;\\u202e”");
  expect(await page({ ...gate, context: {} }, null)).toContain("What would be done changed at 2026-01-02 03:05:00 UTC");
  const shortened = { ...gate, context: { changedBy: "Ben", changedWhat: "for: 2h → 1h" } };
  expect(await page(shortened, null)).toContain("Ben changed this (for: 2h → 1h) at ");
  const call = (version: string): GateView["actions"][number] => ({
    tool: "services.restart",
    risk: "dangerous",
    describes: "Restart checkout",
    args: { service: "checkout" },
    dryRun: null,
    outside: [],
    origins: {},
    pin: { version },
    because: null,
  });
  const deployed = { ...gate, context: {}, actions: [call("1.4.1")] };
  expect(await page(deployed, { ...deployed, id: "next", actions: [call("1.4.2")] })).toContain(
    "What would be done, or what it acts on, changed (version: 1.4.1 → 1.4.2) at ",
  );
});

test("the audit is searched in words, and says what to leave out where nothing fits", async () => {
  const world = await startWorld();
  const page = async (query: string) => (await world.ask(`/audit?${query}`, { as: "cara" })).text();
  const found = await page("by=ben&until=2026-01-02");
  expect(found).toContain("Paused by Ben.");
  expect(found).toContain(`<a class="short" href="/runs/${runId}">R-AAAAAA</a> restart checkout in production`);
  expect(found).toMatch(/<option value="ben" selected>Ben<\/option>/);
  expect(found).toContain('<option value="key:k" >the API key ci &lt;x&gt;</option>');
  expect(found).not.toContain("30 days");
  const denied = await page("kind=gate.denied&until=2026-01-02");
  expect(denied).toContain("Denied by Dan: not on &lt;Friday&gt;.");
  expect(denied).toMatch(/Only the 30 days from <time [^>]*>2025-12-04 .* on were searched/);
  const nothing = await page("by=ben&run=%3Cb%3E&until=2026-01-01");
  expect(nothing).toContain("Nothing in the record fits all of this.");
  for (const rest of ["run=%3Cb%3E&amp;until=2026-01-01", "by=ben&amp;until=2026-01-01", "by=ben&amp;run=%3Cb%3E"])
    expect(nothing).toContain(`href="/audit?${rest}"`);
  expect(nothing).not.toContain("<b>");
  expect(await (await world.ask("/audit/verdict", { as: "cara" })).text()).toContain("The record is whole: 3 entries");
  expect((await world.ask("/audit/verdict", { as: "ana", headers: { accept: "text/html" } })).status).toBe(403);
});

test("what names a run or a page of ours leads there, whatever host it pretends to be on, and a run's page is found by its name", async () => {
  const words = `R-AAAAAA waits: https://evil.example/runs/${runId} at 2026-01-02T03:04:05Z, R-AAAAAI and <b>`;
  const shown = String(await html`${marked(words)}`);
  expect(shown).toContain('<a class="short" href="/runs/R-AAAAAA">R-AAAAAA</a> waits: ');
  expect(shown).toContain(`<a href="/runs/${runId}">its page</a> at <time datetime="2026-01-02T03:04:05Z">`);
  expect(shown).toContain(", R-AAAAAI and &lt;b&gt;");
  expect(shown).not.toContain("evil.example");
  const page = `${shown} ${await html`${marked("R-BBBBBB and R-AAAAAA")}`}`;
  const there = await withNamedRuns(page, async (shorts) => shorts.filter((short) => short === "R-AAAAAA"));
  expect(there.match(/<a class="short" href="\/runs\/R-AAAAAA">/g)).toHaveLength(2);
  expect(there).toContain(" R-BBBBBB and <a ");
  const world = await startWorld();
  expect(await (await world.ask("/runs/R-AAAAAA", { as: "ben" })).text()).toContain("Paused by Ben.");
  for (const path of ["/runs/R-BBBBBA", "/runs/x'"]) {
    const answer = await world.ask(path, { as: "ben", headers: { accept: "text/html" } });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([404, expect.stringMatching(/<h1>No run (?:R-BBBBBA|x&#39;)<\/h1>/)]);
    expect(text).toContain(`<a href="/runs/${runId}"><strong>restart checkout in production</strong>`);
  }
  const stranger = await world.ask(`/runs/${runId}`, { as: "eve" });
  expect([stranger.status, await stranger.text()]).toEqual([404, expect.not.stringContaining("restart checkout")]);
});

test("the menu counts what waits for me, and shows the audit to those who may read it", async () => {
  const world = await startWorld();
  const cara = await (await world.ask("/gates", { as: "cara" })).text();
  expect(cara).toMatch(/id="waiting"\s+aria-label="1 waiting for you">1</);
  expect(cara).toContain('href="/audit"');
  const ana = await (await world.ask("/gates", { as: "ana" })).text();
  expect(ana).toMatch(/id="waiting" hidden/);
  expect(ana).not.toContain('href="/audit"');
  expect((await world.ask("/audit", { as: "ana", headers: { accept: "text/html" } })).status).toBe(403);
});

test("what a step looked for again and again is one line, which unfolds to each", async () => {
  const line = (seq: number, event: string, step: string): AuditLine => ({
    seq,
    at: `2026-01-02T03:04:${String(seq).padStart(2, "0")}.000Z`,
    kind: "turn",
    by: "system",
    entry: { data: { event } },
    hash: "ab",
    body: { step },
  });
  const looks = [3, 5, 7].flatMap((seq) => [
    line(seq, "step.repeat", "<look>"),
    line(seq + 1, "effect.done", "<look>"),
  ]);
  const lines = [line(1, "effect.done", "a"), line(2, "effect.done", "<look>"), ...looks, line(9, "effect.done", "b")];
  const shown = String(await timelineView([...lines, line(10, "step.repeat", "c")], new Map()));
  expect(shown.replace(/<details.*?<\/details>/s, "").match(/<span>(.*?)<\/span>/g)).toEqual([
    "<span>Step a finished.</span>",
    "<span>Step &lt;look&gt; finished.</span>",
    '<span>Looked again with step &lt;look&gt; 3 times until <time datetime="2026-01-02T03:04:08.000Z">2026-01-02 03:04:08 UTC</time>.</span>',
    "<span>Step b finished.</span>",
    "<span>Looked again with step c.</span>",
  ]);
  expect(/<details.*?<\/details>/s.exec(shown)?.[0].match(/<li>/g)).toHaveLength(6);
});

test("an entry whose text was erased still says what happened", () => {
  const line = {
    seq: 1,
    at: "",
    kind: "turn",
    by: "ana",
    entry: { data: { event: "gate.denied" } },
    hash: "",
    body: null,
  };
  expect(sentenceOf(line, new Map())).toBe("Denied by Steward.");
  expect(sentenceOf({ ...line, entry: { data: { event: "something.new" } } }, new Map())).toBe("Took “something.new”.");
  expect(sentenceOf({ ...line, kind: "key.created", by: "cara" }, new Map([["cara", "Cara"]]))).toBe(
    "Key created by Cara.",
  );
  const data = {
    changed: [{ manager: "cara", person: "ana", renamed: true }],
    file: "0a1b",
    left: ["ben", "dan"],
    taken: [{ person: "ben", role: "on-call" }],
  };
  expect(sentenceOf({ ...line, kind: "people.changed", by: "system", entry: { data } }, new Map())).toBe(
    "Who people are was taken over from steward.yaml: changed ana cara (renamed); left ben, dan; taken ben on-call.",
  );
});

test("a file in an answer is shown line by line, whatever its lines would be outside", async () => {
  const text = "Draft 1\n\n```\n# A\n  - id: <b>\n\n- c\n```\n\n- Save it.";
  expect(String(await markdown(text))).toBe(
    '<div class="markdown"><p>Draft 1</p><pre><code># A\n  - id: &lt;b&gt;\n\n- c\n</code></pre><ul><li>Save it.</li></ul></div>',
  );
});

test("a report shows headings, lists and paragraphs, its times as such, and anything else as the text it is", async () => {
  const text = "# A <title>\n\n- one\n- two at 2026-01-02 03:04:05 UTC\nSome **words**\nof a paragraph\n## Next\nEnd";
  expect(String(await markdown(text))).toBe(
    '<div class="markdown"><h4>A &lt;title&gt;</h4><ul><li>one</li><li>two at <time datetime="2026-01-02T03:04:05Z">2026-01-02 03:04:05 UTC</time>\nSome **words**\nof a paragraph</li></ul><h4>Next</h4><p>End</p></div>',
  );
});

test("a paragraph after a heading and an empty line has no empty line in it; a time to the minute gets no seconds", async () => {
  expect(String(await markdown("## Cause\n\nDisk full since 2026-01-02 03:04 UTC.\n\n- df"))).toBe(
    '<div class="markdown"><h4>Cause</h4><p>Disk full since <time datetime="2026-01-02T03:04Z">2026-01-02 03:04 UTC</time>.</p><ul><li>df</li></ul></div>',
  );
});

test("our own files are served with their type and asked for again by hash", async () => {
  const world = await startWorld();
  const first = await world.ask("/assets/style.css");
  expect(first.headers.get("content-type")).toContain("text/css");
  expect(
    (await world.ask("/assets/style.css", { headers: { "if-none-match": first.headers.get("etag") ?? "" } })).status,
  ).toBe(304);
});

test("Markdown shows headings, lists and escaped marks, and nothing of what else it may hold", async () => {
  const text = "# Incident\nOne <b>line</b>\nand \\[199\\]\n\n- first\n- [a](https://x.test) \\<i\\>";
  expect(String(await markdown(text))).toBe(
    '<div class="markdown"><h4>Incident</h4><p>One &lt;b&gt;line&lt;/b&gt;\nand [199]</p><ul><li>first</li><li>[a](https://x.test) &lt;i&gt;</li></ul></div>',
  );
});
