import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChatMessage } from "../../src/http/ports.ts";
import { startWorld, type World } from "../support/world.ts";
import { breaks, field, incident, reads, runs } from "./incident-world.ts";

let world: World;
let short = "";
beforeAll(async () => {
  world = await startWorld({ database: "postgres" });
  await breaks(world, "search", "bad-deploy");
  await reads(world, /^Very likely: /);
  short = field((await incident(world)).card, "Incident") ?? "";
});
afterAll(() => world[Symbol.asyncDispose]());

/** What is said to somebody first after they wrote this in the incident's thread. */
async function answered(text: string, who: "ana" | "ben" = "ben"): Promise<ChatMessage> {
  const { card } = await incident(world);
  return first(who, { channel: "ops", thread: card.id, text });
}

/** The same in a channel. */
async function answeredIn(channel: string, text: string, who: "ana" | "ben" = "ben"): Promise<ChatMessage> {
  return first(who, { channel, text });
}

async function first(who: "ana" | "ben", { channel, ...said }: { channel: string; text: string; thread?: string }) {
  const before = new Set((await world[who].sees(channel)).map(({ id }) => id));
  expect(await world[who].post(`/api/chat/${channel}/messages`, said)).toMatchObject({ status: 202 });
  return world.eventually(async () => {
    const found = (await world[who].sees(channel)).find(({ id, from }) => from === "steward" && !before.has(id));
    expect(found, `an answer to ${said.text}`).toBeDefined();
    return found as ChatMessage;
  });
}

test.each([
  ["@steward why?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what caused it?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what happened?", /^# R-\w{6}: look into HighErrorRate of search in production[^]*## Timeline/],
  ["@steward give me a summary", /^# R-\w{6}: look into [^]*## Cause\n\nVery likely: version/],
  ["@steward report please", /^# R-\w{6}: look into /],
  ["@steward status", /^R-\w{6}: Alertmanager asked to look into HighErrorRate of search in production\./],
  ["@steward what is going on?", /^R-\w{6}: Alertmanager asked to look into HighErrorRate of search/],
])("in an incident's thread “%s” is about that incident, answered from its record to whoever asks", async (said, told) => {
  const count = (await runs(world)).length;
  const answer = await answered(said);
  expect(answer).toMatchObject({ text: expect.stringMatching(told), private: true });
  expect(answer.text).toContain(short);
  expect(await runs(world)).toHaveLength(count);
});

test.each(["@steward handover", "@steward runbook"])("“%s” there is written about it", async (said) => {
  await answered(said);
  await world.eventually(async () =>
    expect((await incident(world)).thread.at(-1)?.text ?? "").toMatch(
      said.includes("handover") ? new RegExp(`^${short} is `) : new RegExp(short),
    ),
  );
});

test.each([
  ["@steward restart it", "restart search in production", "waiting"],
  ["@steward roll it back", "roll search in production back", "waiting"],
  ["@steward scale it to 5", "run search in production on 5 instances", "waiting"],
  ["@steward is it fixed?", "look at search in production", "completed"],
  ["@steward restart it in staging", "restart search in staging", "completed"],
])("“%s” there means its service: %s", async (said, title, state) => {
  await answered(said);
  await world.eventually(async () => expect((await runs(world))[0]).toMatchObject({ title, state }));
});

test("there, what people say to each other or forbid begins nothing", async () => {
  const count = (await runs(world)).length;
  await answered("@steward do not restart it");
  const { card } = await incident(world);
  for (const text of ["restart it", "why?"])
    expect(await world.ben.post("/api/chat/ops/messages", { text, thread: card.id })).toMatchObject({ status: 202 });
  await world.eventually(async () =>
    expect(
      await world.steward.db.query("select 1 from steward.inbox where body like '%\"ops\"%' and outcome = 'silent'"),
    ).toHaveLength(2),
  );
  expect(await runs(world)).toHaveLength(count);
});

test.each([
  ["what happened in RUN?", /^# R-\w{6}: look into /],
  ["show me the report of RUN", /^# R-\w{6}: look into /],
  ["give me a summary of the last incident", /^# R-\w{6}: look into /],
  ["what caused the last incident?", /^R-\w{6}: Very likely: /],
  ["the last incident", /^R-\w{6}: Alertmanager asked to look into /],
])("anywhere “%s” is answered to whoever may see it, and to them alone", async (said, told) => {
  const text = `@steward ${said.replace("RUN", short)}`;
  const answer = await answeredIn("general", text);
  expect(answer).toMatchObject({ text: expect.stringMatching(told), private: true });
  expect(answer.text).toContain(short);
  const refused = await answeredIn("general", text, "ana");
  expect(refused).toMatchObject({ text: expect.stringMatching(/^There is no (run|incident)\b.* that you may see\.$/), private: true });
});
