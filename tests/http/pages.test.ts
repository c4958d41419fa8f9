import { expect, test } from "vitest";
import { sentenceOf } from "../../src/console/words.ts";
import { gateId, runId } from "./database.ts";
import { startWorld } from "./world.ts";

const simulation = "this is a simulation";

test("whoever comes first is asked who they want to be", async () => {
  const world = await startWorld();
  const text = await (await world.ask("/")).text();
  for (const id of ["ana", "ben", "cara", "dan", "eve"]) expect(text).toContain(`data-person="${id}"`);
  expect(text).toContain(simulation);
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
    "/trial",
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
  expect(forAna).toContain('data-press="good"');
  expect(forAna.indexOf("<h3>Restart &lt;checkout&gt;?</h3>")).toBeLessThan(forAna.indexOf("Waiting for approval."));
  expect(forAna).toContain("only you see this");
  expect(await (await world.ask("/chat/messages?channel=ops", { as: "ben" })).text()).not.toContain(
    "only you see this",
  );
  expect(await (await world.ask("/?draft=help%20%3Cme%3E", { as: "ana" })).text()).toContain(
    ">help &lt;me&gt;</textarea>",
  );
});

test("a run's page tells its story in words and offers what this person may do", async () => {
  const world = await startWorld();
  const text = await (await world.ask(`/runs/${runId}`, { as: "ben" })).text();
  expect(text).toContain("Denied by Dan: not on &lt;Friday&gt;.");
  expect(text).toContain("Paused by Ben.");
  for (const button of ["Pause", "Cancel the run", "It did not happen"]) expect(text).toContain(`>${button}</button>`);
  expect((await world.ask(`/runs/${runId}`, { as: "eve", headers: { accept: "text/html" } })).status).toBe(404);
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
});

test("our own files are served with their type and asked for again by hash", async () => {
  const world = await startWorld();
  const first = await world.ask("/assets/style.css");
  expect(first.headers.get("content-type")).toContain("text/css");
  expect(
    (await world.ask("/assets/style.css", { headers: { "if-none-match": first.headers.get("etag") ?? "" } })).status,
  ).toBe(304);
});
