import { describe, expect, test } from "vitest";
import type { Command } from "../../src/domain/command.ts";
import { shortId } from "../../src/domain/ids.ts";
import type { PlanEvent } from "../../src/workflow/index.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { notes, play } from "./examples.ts";

const specialists = ["one", "two", "three", "four"].map((name) => ({ name, tasks: { look: {} } }));
const known = { tools: [], intents: [], specialists };
function looking(specialist: string, more = "onError: escalate") {
  const text = `{name: test, summary: A test, on: {manual: true}, steps: [{id: look, agent: {specialist: ${specialist}, task: look}, timeout: 1m, ${more}}]}`;
  const loaded = loadDefinition(text, "test", known);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}
const four = looking("[one, two, three, four]");
const begin: PlanEvent = { type: "begin" };
const failed = (task: string, more = {}): PlanEvent => ({
  type: "task.failed",
  task,
  error: { message: `${task} is broken`, retryable: false, ...more },
});
const starts = (commands: readonly Command[]) =>
  commands.flatMap((command) => (command.type === "start" ? [`${command.params.id} ${command.params.name}`] : []));
const expected = (commands: readonly Command[]) =>
  commands.flatMap(({ type, params }) =>
    type === "tell" && params.event.type === "expect"
      ? [`${String(params.event["name"])} ${String(params.event["roles"])}`]
      : [],
  );
const asked = (index: number): PlanEvent => ({
  type: "expected",
  id: `help:look:${index}`,
  by: "ben",
  name: "Ben",
  params: {},
});
const thrice = [begin, failed("look#1"), failed("look#1~1"), failed("look#1~2")];

describe("a task that fails goes to another who can do it", () => {
  test("twice at most, each told who had it before; then people are asked", () => {
    const run = play(four, {}, thrice);
    expect(starts(run.commands)).toEqual(["look#1 one", "look#1~1 two", "look#1~2 three"]);
    expect(run.commands.findLast(({ type }) => type === "start")?.params).toMatchObject({
      input: {
        takesOver: [
          { by: "one", task: "look#1", error: "look#1 is broken" },
          { by: "two", task: "look#1~1", error: "look#1~1 is broken" },
        ],
        others: ["four"],
      },
    });
    expect(notes(run.commands)["hand:look#1"]).toBe("one could not do “look”: look#1 is broken. two goes on with it.");
    expect(run.context.phase).toBe("waiting");
    expect(expected(run.last)).toEqual(["try-again on-call", "take-request on-call", "give-up on-call"]);
  });

  test("also when it takes too long: what the first one says then counts no more", () => {
    const late: PlanEvent = { type: "step.timeout", step: "look", generation: 1, attempt: 1 };
    const run = play(four, {}, [begin, late]);
    expect(run.last.map(({ type, params }) => `${type} ${params.id}`)).toEqual([
      "tell cancel:look#1",
      "cancelTimer timeout:look",
      "note hand:look#1",
      "start look#1~1",
      "timer timeout:look",
    ]);
    const after = play(four, {}, [
      begin,
      late,
      late,
      { type: "task.done", task: "look#1", output: { summary: "late" } },
    ]);
    expect(after.context.steps["look"]).toMatchObject({ state: "running", by: "two", hand: 1 });
  });

  test("not when a person ended it, and not where nobody else can", () => {
    expect(play(four, {}, [begin, failed("look#1", { ended: true })]).context.phase).toBe("failed");
    expect(play(looking("one", "onError: fail"), {}, [begin, failed("look#1")]).context.phase).toBe("failed");
    expect(play(looking("one"), {}, [begin, failed("look#1")]).context.steps["look"]).toMatchObject({
      waitsFor: "help",
    });
  });

  test("after its own tries, where it has some", () => {
    const tried = looking("[one, two]", "retry: {attempts: 2}, onError: fail");
    const retry: PlanEvent = { type: "step.retry", step: "look", generation: 1 };
    const events = [begin, failed("look#1", { retryable: true }), retry, failed("look#1.2", { retryable: true })];
    expect(starts(play(tried, {}, events).commands)).toEqual(["look#1 one", "look#1.2 one", "look#1~1 two"]);
  });
});

test("a task whose specialist has no seat goes to one that was offered, which is no failure", () => {
  const full = (task: string, to: string): PlanEvent => ({
    type: "task.failed",
    task,
    to,
    error: { message: "no seat", retryable: true },
  });
  const run = play(four, {}, [begin, full("look#1", "two"), full("look#1~1", "one")]);
  // Nobody goes back to who had no seat: that is a failure then.
  expect(starts(run.commands)).toEqual(["look#1 one", "look#1~1 two", "look#1~2 three"]);
  expect(run.context.steps["look"]?.tried).toMatchObject([{ specialist: "two" }]);
});

describe("people say how it goes on when nobody could do it", () => {
  test("tried again it is for all of them, told what was tried before", () => {
    const again = play(four, {}, [...thrice, asked(0)]);
    expect(starts(again.last)).toEqual(["look#2 one"]);
    expect(again.last.find(({ type }) => type === "start")?.params).toMatchObject({
      input: { others: ["two", "three", "four"], takesOver: [{ by: "one" }, { by: "two" }, { by: "three" }] },
    });
    const card = again.last.flatMap((command) => (command.type === "note" ? [command.params] : []))[0];
    expect(card).toMatchObject({ id: "help:look#1", card: { outcome: "Ben said: try again.", buttons: [] } });
  });

  test("whoever takes it says alone that it is done, and the run goes on with that", () => {
    const taken = play(four, {}, [...thrice, asked(1)]);
    expect(expected(taken.last)).toEqual(["try-again on-call", "give-up on-call", "solve-request person:ben"]);
    const over = play(four, {}, [...thrice, asked(1), asked(3)]);
    expect([over.context.phase, over.context.steps["look"]?.output]).toEqual([
      "completed",
      { summary: "Ben did “look” by hand", by: "ben", name: "Ben" },
    ]);
  });

  test("given up it has failed, and can be done again", () => {
    const over = play(four, {}, [...thrice, asked(2)]);
    expect(over.context.phase).toBe("failed");
    expect(notes(over.last)["reply"]).toContain("“look” did not work: look#1~2 is broken; Ben gave it up.");
    expect(starts(play(four, {}, [...thrice, asked(2), { type: "again" }]).last)).toEqual(["look#2 one"]);
  });

  test("a run that is cancelled asks no more", () => {
    const over = play(four, {}, [...thrice, { type: "cancel", by: "Ana" }]);
    expect(over.context.phase).toBe("cancelled");
    const forgotten = over.last.flatMap(({ type, params }) =>
      type === "tell" && params.event.type === "forget" ? [params.id] : [],
    );
    expect(forgotten).toEqual(["help:look:0", "help:look:1", "help:look:2"]);
    expect(play(four, {}, [...thrice, { type: "cancel", by: "Ana" }, asked(0)]).last).toEqual([]);
  });
});

test("two steps that wait at once are each answered by their own card alone", () => {
  const text = `{name: test, summary: A test, on: {manual: true}, steps: [
    {id: look, agent: {specialist: one, task: look}, onError: escalate},
    {id: see, agent: {specialist: two, task: look}, onError: escalate}]}`;
  const loaded = loadDefinition(text, "test", known);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const run = play(loaded.definition, {}, [begin, failed("look#1"), failed("see#1")]);
  const said = run.commands.flatMap(({ type, params }) =>
    type === "note" && params.id.startsWith("help:") && params.to === "thread"
      ? (params.card.buttons ?? []).map((button) => `${params.id} ${"say" in button ? button.say : ""}`)
      : [],
  );
  const short = shortId("run-1");
  expect(said).toEqual([
    `help:look#1 /steward try-again ${short}/look`,
    `help:look#1 /steward take-request ${short}/look`,
    `help:look#1 /steward give-up ${short}/look`,
    `help:see#1 /steward try-again ${short}/see`,
    `help:see#1 /steward take-request ${short}/see`,
    `help:see#1 /steward give-up ${short}/see`,
  ]);
});

test("a card says who made what it asks about, and not who else could have", () => {
  const text = `name: t
summary: T
on: {manual: true}
steps:
  - {id: look, agent: {specialist: [one, two], task: look}, onError: escalate}
  - {id: ask, dependsOn: look, approve: {covers: [act]}}
  - {id: act, dependsOn: ask, tool: {name: act, args: {what: "\${{ steps.look.output.summary }}"}}}
`;
  const loaded = loadDefinition(text, "t", { ...known, tools: [{ name: "act" }] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const originOf = (events: readonly PlanEvent[]) =>
    play(loaded.definition, {}, events).last.flatMap((command) =>
      command.type === "open" ? command.params.covers.map(({ origins }) => origins?.["what"]) : [],
    );
  const done = (task: string): PlanEvent => ({ type: "task.done", task, output: { summary: "It is fine." } });
  expect(originOf([begin, done("look#1")])).toEqual(["what the specialist one made"]);
  const taken = [begin, failed("look#1")];
  expect(originOf([...taken, done("look#1~1")])).toEqual(["what the specialist two made"]);
  expect(originOf([...taken, failed("look#1~1"), asked(1), asked(3)])).toEqual(["what somebody did by hand"]);
});

test("a specialist of a list that does not exist is named", () => {
  const loaded = loadDefinition(
    "{name: t, summary: T, on: {manual: true}, steps: [{id: x, agent: {specialist: [one, tow], task: look}}]}",
    "t",
    known,
  );
  expect(loaded).toMatchObject({
    ok: false,
    problems: [{ path: "steps.x.agent.specialist.1", message: "There is no specialist “tow”." }],
  });
});
