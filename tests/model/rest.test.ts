import { expect, test } from "vitest";
import { anthropicClient, type ModelClient } from "../../src/model/client.ts";
import type { Question } from "../../src/model/request.ts";
import { withRest } from "../../src/model/rest.ts";
import { startModelServer } from "../support/model-server.ts";

const question = { max_tokens: 100, messages: [{ role: "user", content: "Hello" }] } as unknown as Question;
const ask = (client: ModelClient, signal = new AbortController().signal) =>
  client.ask("big", question, { signal, said: () => undefined });

test("a model that says no word is left alone for a while, then asked once, and its answer is believed", async () => {
  let isSilent = true;
  await using server = await startModelServer(() =>
    isSilent ? "hang" : { content: [{ type: "text", text: "Here." }] },
  );
  const direct = anthropicClient({
    apiKey: "key-for-tests",
    baseUrl: server.url,
    patienceMs: 10_000,
    firstWordMs: 1000,
  });
  const { client, health } = withRest(direct, 400, 60_000);
  expect(health()).toMatchObject({ state: "closed", because: null });
  expect(await ask(client)).toMatchObject({ kind: "lost", because: "not a word came within 1 s", usage: null });
  expect(health()).toMatchObject({
    state: "open",
    because: "not a word came within 1 s; specialists go by their playbooks meanwhile",
    againAt: expect.any(Date),
  });
  const turnedAway = await ask(client);
  expect(turnedAway).toMatchObject({
    kind: "busy",
    because: expect.stringMatching(/^it has not been answering since/),
  });
  expect(server.requests).toHaveLength(1);
  isSilent = false;
  await expect.poll(async () => (await ask(client)).kind, { timeout: 5_000 }).toBe("answered");
  expect(server.requests).toHaveLength(2);
  expect(await ask(client)).toMatchObject({ kind: "answered" });
  expect(health()).toMatchObject({ state: "closed", since: null, againAt: null, because: null });
});

test("whoever breaks off at once says nothing about the API; whoever waited long enough for a word does", async () => {
  let asking = new AbortController();
  await using server = await startModelServer(() => {
    asking.abort();
    return "hang";
  });
  const direct = anthropicClient({
    apiKey: "key-for-tests",
    baseUrl: server.url,
    patienceMs: 60_000,
    firstWordMs: 60_000,
  });
  const hasty = withRest(direct, 60_000, 60_000);
  expect(await ask(hasty.client, asking.signal)).toMatchObject({ kind: "lost", usage: null });
  expect(hasty.health()).toMatchObject({ state: "closed", because: null });
  const patient = withRest(direct, 60_000, 0);
  asking = new AbortController();
  expect(await ask(patient.client, asking.signal)).toMatchObject({ kind: "lost", usage: null });
  expect(patient.health()).toMatchObject({ state: "open", because: expect.stringMatching(/^not a word came within/) });
  expect(await ask(patient.client)).toMatchObject({ kind: "busy" });
  expect(server.requests).toHaveLength(2);
});
