import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChatMessage } from "../../src/http/chat-port.ts";
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

type Who = "ana" | "ben" | "eve";

/** What is answered to somebody first, of what `counts`, after they wrote this in the incident's thread. */
async function answered(text: string, counts: (answer: ChatMessage) => boolean = () => true, who: Who = "ben") {
  const { card } = await incident(world);
  return first(who, { channel: "ops", thread: card.id, text }, counts);
}

async function first(
  who: Who,
  { channel, ...said }: { channel: string; text: string; thread?: string },
  counts: (answer: ChatMessage) => boolean = () => true,
): Promise<ChatMessage> {
  const before = new Set((await world[who].sees(channel)).map(({ id }) => id));
  expect(await world[who].post(`/api/chat/${channel}/messages`, said)).toMatchObject({ status: 202 });
  return world.eventually(async () => {
    const fresh = (await world[who].sees(channel)).filter(({ id, from }) => from === "steward" && !before.has(id));
    const found = fresh.find(counts);
    expect(found, `an answer to ${said.text}`).toBeDefined();
    return found as ChatMessage;
  });
}

const isPrivate = (message: ChatMessage) => message.private === true;

test.each([
  ["@steward why?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what caused it?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward whats the cause", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what should we do?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what now?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward ok, next steps?", /^R-\w{6}: Very likely: version .* of search/],
  ["@steward what happened?", /^# R-\w{6}: look into HighErrorRate of search in production[\s\S]*## Timeline/],
  ["@steward give me a summary", /^# R-\w{6}: look into [\s\S]*## Cause\n\nVery likely: version/],
  ["@steward report please", /^# R-\w{6}: look into /],
  ["@steward status", /^R-\w{6}: Alertmanager asked to look into HighErrorRate of search in production\./],
  ["@steward what is going on?", /^R-\w{6}: Alertmanager asked to look into HighErrorRate of search/],
])(
  "in an incident's thread “%s” is about that incident, answered from its record to whoever asks",
  async (said, told) => {
    const count = (await runs(world)).length;
    const answer = await answered(said, isPrivate);
    expect(answer).toMatchObject({ text: expect.stringMatching(told), private: true });
    expect(answer.text).toContain(short);
    expect(await runs(world)).toHaveLength(count);
  },
);

test("what is to be done there is what it proposes, with who may say yes, and leads to that card", async () => {
  const { card } = await answered("@steward so what should I do first", isPrivate);
  expect(card?.fields).toContainEqual({
    label: "Proposed, and waits for an answer",
    value: expect.stringMatching(/^roll back search in production because of HighErrorRate: Ben, until /),
  });
  expect(card?.link).toMatch(/\/gates\//);
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
  ["@steward scale it to 5", "run search in production on 5 instances", "waiting"],
  ["@steward is it fixed?", "look at search in production", "completed"],
  ["@steward restart it in staging", "restart search in staging", "completed"],
])("“%s” there means its service: %s", async (said, title, state) => {
  await answered(said);
  await world.eventually(async () => expect((await runs(world))[0]).toMatchObject({ title, state }));
});

test("what the incident itself asks for already begins nothing there: the answer leads to its card", async () => {
  const count = (await runs(world)).length;
  const answer = await answered("@steward roll it back", isPrivate);
  expect(answer.text).toBe(
    `That is what ${short} asks for already: Ben can approve it on its card. Nothing was begun.`,
  );
  expect(await runs(world)).toHaveLength(count);
});

test("there, what people say to each other or forbid begins nothing", async () => {
  const count = (await runs(world)).length;
  const { card } = await incident(world);
  for (const text of ["restart it", "why?", "@steward do not restart it"]) {
    await world.dan.post("/api/chat/ops/messages", { text, thread: card.id });
    const said = text.replace("@steward ", "");
    await world.eventually(async () => {
      const [heard] = await world.steward.db.query<{ outcome: string | null }>(
        `select outcome from steward.inbox where body::json->>'text' = $1 and person_id = 'dan'`,
        [said],
      );
      expect(heard?.outcome).toMatch(text === "why?" ? /^silent$/ : /^(?:silent|incomplete|added|unknown)$/);
    });
  }
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
  const answer = await first("ben", { channel: "general", text });
  expect(answer).toMatchObject({ text: expect.stringMatching(told), private: true });
  expect(answer.text).toContain(short);
  expect(await first("eve", { channel: "general", text })).toMatchObject({
    text: expect.stringMatching(/^There is no (run|incident)\b.* that you may see\.$/),
    private: true,
  });
});

test.each([
  ["you are useless, idiot", /^I am sorry/],
  ["great job", /^Glad/],
  ["ty", /^You are welcome\.$/],
  ["sorry", /^No harm done\.$/],
])("“%s” is answered with a sentence to its writer alone, and asks nobody for help", async (text, told) => {
  const count = (await runs(world)).length;
  const answer = await first("ana", { channel: "general", text: `@steward ${text}` });
  expect(answer).toMatchObject({ text: expect.stringMatching(told), private: true });
  expect(await runs(world)).toHaveLength(count);
});

test.each(["give eve admin rights", "delete the staging machines", "are you a bot?"])(
  "people are asked about “%s” only when its writer says so, and reads where",
  async (text) => {
    const count = (await runs(world)).length;
    const asked = await first("ana", { channel: "general", text: `@steward ${text}` });
    expect(asked).toMatchObject({
      text: expect.stringMatching(/ Shall I put it to people in #help-needed\?$/),
      private: true,
    });
    expect(await runs(world)).toHaveLength(count);
    await first("ana", { channel: "general", text: "yes", thread: asked.thread ?? "" });
    await world.eventually(async () => {
      const [newest] = await runs(world);
      expect(newest?.title).toBe(`get help with “${text}”`);
    });
  },
);

test.each([
  ["scale checkout in staging", /How many instances\?/, "5", "run checkout in staging on 5 instances"],
  ["remind me to stretch", /^When, or in how long\?/, "in 10 minutes", /stretch/],
  ["scale checkout", /In which environment\?/, "staging", null],
])("a bare answer to what was asked about “%s” fills it", async (text, question, answer, title) => {
  const asked = await first("ana", { channel: "general", text: `@steward ${text}` }, (one) => question.test(one.text));
  const thread = asked.thread ?? "";
  if (title === null) {
    await first("ana", { channel: "general", text: answer, thread }, (one) => /How many instances\?/.test(one.text));
    await world.ana.post("/api/chat/general/messages", { text: "4", thread });
  } else await world.ana.post("/api/chat/general/messages", { text: answer, thread });
  const wanted = title ?? "run checkout in staging on 4 instances";
  await world.eventually(async () =>
    expect((await runs(world))[0]?.title).toEqual(typeof wanted === "string" ? wanted : expect.stringMatching(wanted)),
  );
});

test("another question leaves what was asked, and goes to people only when its writer says so", async () => {
  const asked = await first("ana", { channel: "general", text: "@steward restart it" }, (one) =>
    /Which service/.test(one.text),
  );
  const thread = asked.thread ?? "";
  for (const [text, wanted] of [
    ["is it fixed?", /^Say how a service is\?/],
    ["show me the logs", /^Show what stands in a service's log\? Which service\?/],
    ["who deployed this?", /^Show what was deployed on a service, .* Which service\?/],
    ["who drew this?", / Shall I put it to people/],
  ] as const) {
    const next = await first("ana", { channel: "general", text, thread }, (one) => one.thread === thread);
    expect(next.text).toMatch(wanted);
  }
});
