import { expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import type { Person } from "../../src/domain/incoming.ts";
import type { Expectation } from "../../src/inbox/letter.ts";
import { answerIn, takerAmong } from "../../src/inbox/reply.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const person = (id: string, ...roles: string[]): Person => ({
  id,
  name: id,
  kind: "member",
  roles,
  managerId: null,
  active: true,
});
const ben = person("ben", "on-call");
const runs = ["01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002"] as const;
const waits = (step: string, more: Partial<Expectation> = {}): Expectation => ({
  actorId: runs[0],
  id: `help:${step}:1`,
  match: { request: "R-100000" },
  roles: ["on-call"],
  requesterId: "ana",
  conversationId: null,
  ...more,
});
const take = { name: "take-request", params: {} };
const says = (taker: ReturnType<typeof takerAmong>) =>
  taker.kind === "several"
    ? (taker.card.buttons ?? []).map((button) => ("say" in button ? `${button.label} = ${button.say}` : ""))
    : taker.kind;

test("what several steps or runs wait for is taken by none of them: buttons ask which", () => {
  const other = waits("look", { actorId: runs[1], match: { request: "R-200000" } });
  expect(says(takerAmong([waits("look"), waits("part-1-see"), other], ben, take, intents))).toEqual([
    "R-100000: look = /steward take-request R-100000/look",
    "R-100000: part 1 see = /steward take-request R-100000/part-1-see",
    "R-200000: look = /steward take-request R-200000/look",
  ]);
  const named = { ...take, params: { request: "R-100000" } };
  expect(says(takerAmong([waits("look"), waits("see")], ben, named, intents))).toHaveLength(2);
});

test("what a button says names its step", () => {
  expect(answerIn({ intents }, "take-request r-100000/now")).toEqual({
    intent: { name: "take-request", params: { request: "R-100000" } },
    step: "now",
  });
  for (const text of ["restart-service R-100000/now", "take R-100000", "take-request R-100000/now and go"])
    expect(answerIn({ intents }, text)).toBeNull();
});

test("only what this person may answer counts, and there may be just one of that", () => {
  const hers = waits("see", { id: "expect:see", roles: ["person:cara"] });
  expect(takerAmong([hers, waits("look")], ben, take, intents)).toEqual({ kind: "one", one: waits("look") });
  expect(takerAmong([hers, waits("look")], person("dan"), take, intents)).toEqual({ kind: "others", one: hers });
  expect(takerAmong([], ben, take, intents)).toEqual({ kind: "nobody" });
});

test("what has words of its own is said again by the button of each run it may be meant for", () => {
  const worded = { name: "reword-message", params: { message: "All is well" } };
  const other = waits("look", { actorId: runs[1] });
  const taker = takerAmong([waits("look"), other], ben, worded, intents);
  expect(taker).toMatchObject({
    kind: "several",
    card: { text: "There are several here. Say which one, such as R-ABC123." },
  });
  const said = ["R-100000", "R-200000"].map((request) => [request, `/steward reword ${request} to All is well`]);
  expect(says(taker)).toEqual(said.map(([label, text]) => `${label} = ${text}`));
  for (const [request, text = ""] of said)
    expect(recognize(text, intents)).toMatchObject({
      kind: "intent",
      intent: { name: "reword-message", params: { request, message: "All is well" } },
    });
});

test("what is too long for a button is not cut to fit one", () => {
  const worded = { name: "reword-message", params: { message: "All is well. ".repeat(60) } };
  const other = waits("look", { actorId: runs[1] });
  expect(says(takerAmong([waits("look"), other], ben, worded, intents))).toEqual([]);
});
