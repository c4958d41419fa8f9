import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { initialTransition, transition } from "xstate";
import { z } from "zod";
import { agentMachine, ignores, upgrade, version } from "../../machines/agent.ts";
import type { Report, Specialist, TaskEvent } from "../../src/agents/index.ts";
import { specialists } from "../../src/agents/index.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { loadMachine, restore, step } from "../../src/orchestrator/machine.ts";

const given = {
  id: "check#1",
  task: "service-health",
  specialist: "observer",
  input: { service: "checkout", environment: "production" },
};
const observer = specialists.find(({ name }) => name === "observer") as Specialist;

function run(events: readonly TaskEvent[], specialist = observer, input = given) {
  const machine = agentMachine(specialist, new Map());
  let [snapshot] = initialTransition(machine, input);
  let actions: { type: string; params: unknown }[] = [];
  for (const event of [begin, seated, ...events]) {
    const [next, executed] = transition(machine, snapshot, event);
    snapshot = next;
    if (executed.length > 0) actions = executed.map(({ type, params }) => ({ type, params }));
  }
  return { state: snapshot.value, actions };
}

const begin = { type: "begin" } as const;
const seated: TaskEvent = { type: "effect.done", step: "seat-1", generation: 1, output: { seated: true } };
const instance = (number: number, status = "running") => ({
  number,
  status,
  startedAt: `2026-05-01T12:3${number}:00.000Z`,
});
const output = {
  service: "checkout",
  environment: "production",
  version: "1.4.2",
  instances: [instance(1), instance(2), instance(3)],
};
const done: TaskEvent = { type: "effect.done", step: "status", generation: 1, output };
const failed = (retryable: boolean): TaskEvent => ({
  type: "effect.failed",
  step: "status",
  generation: 1,
  error: { message: "no answer", retryable },
});
const answer = (actions: { type: string; params: unknown }[]) =>
  actions.filter((action) => action.type === "tell").map((action) => action.params)[0];

test("a task looks at the service and says how it is", () => {
  const asked = run([]);
  expect(asked).toEqual({
    state: "acting",
    actions: [
      {
        type: "perform",
        params: {
          id: "status#1",
          step: "status",
          generation: 1,
          tool: "services.status",
          args: given.input,
          gate: null,
        },
      },
    ],
  });
  const seen = run([done]);
  expect(seen.state).toBe("done");
  expect(answer(seen.actions)).toMatchObject({
    to: "parent",
    event: {
      type: "task.done",
      task: "check#1",
      output: {
        healthy: true,
        summary:
          "checkout in production is healthy: 3 of 3 instances running version 1.4.2, last restarted at 2026-05-01 12:33 UTC",
      },
    },
  });
});

test.each<[string, object, string]>([
  [
    "an instance that is down",
    { ...output, instances: [instance(1), instance(2, "down")] },
    "checkout in production is not healthy: 1 of 2 instances running version 1.4.2, last restarted at 2026-05-01 12:32 UTC",
  ],
  ["no instances", { ...output, instances: [] }, "checkout in production has no instances"],
  ["an answer of another shape", [1, null], "checkout in production has no instances"],
])("the report of %s is a sentence", (_, told, summary) => {
  expect(answer(run([{ ...done, output: told } as TaskEvent]).actions)).toMatchObject({
    event: { output: { summary } },
  });
});

test("a look that fails is taken once more, then the task fails", () => {
  const once = run([failed(true)]);
  expect(once.actions).toMatchObject([{ type: "xstate.raise", params: { id: "retry:status", delay: 1000 } }]);
  expect(run([failed(true), { type: "step.retry", step: "status" }]).actions).toMatchObject([
    { type: "perform", params: { id: "status#1" } },
  ]);
  const twice = run([failed(true), { type: "step.retry", step: "status" }, failed(true)]);
  expect(twice.state).toBe("failed");
  expect(answer(twice.actions)).toMatchObject({
    event: { type: "task.failed", task: "check#1", error: { message: "“status” failed: no answer", retryable: true } },
  });
  expect(run([failed(false)]).state).toBe("failed");
});

test("a task that nobody knows fails with a sentence", () => {
  const unknown = run([], observer, { ...given, task: "toString" });
  expect(unknown.state).toBe("failed");
  expect(answer(unknown.actions)).toMatchObject({ event: { error: { message: "observer has no task “toString”" } } });
});

test("a task that is called off tells nobody", () => {
  const stopped = run([{ type: "cancel" }]);
  expect(stopped.state).toBe("cancelled");
  expect(answer(stopped.actions)).toBeUndefined();
});

test("looks that need each other are taken in turn", () => {
  const looks = [
    { id: "a", tool: "t.a", args: {} },
    { id: "b", tool: "t.b", args: { of: "${{ steps.a.output.id }}" } },
  ];
  const scout: Specialist = {
    ...observer,
    name: "scout",
    tasks: {
      look: {
        summary: "",
        report: z.looseObject({ summary: z.string() }) as z.ZodType<Report>,
        playbook: { order: "in-turn", looks, report: (_, outputs) => ({ summary: "seen", ...outputs }) },
      },
    },
  };
  const input = { ...given, task: "look", specialist: "scout" };
  expect(run([], scout, input).actions).toMatchObject([{ params: { tool: "t.a" } }]);
  const second = run([{ type: "effect.done", step: "a", generation: 1, output: { id: 7 } }], scout, input);
  expect(second.actions).toMatchObject([{ params: { tool: "t.b", args: { of: 7 } } }]);
});

test("a task waits for a seat, and takes it when there is one", () => {
  const machine = agentMachine(observer, new Map());
  const taken: TaskEvent = { type: "effect.done", step: "seat-1", generation: 1, output: { seated: false, ahead: 3 } };
  let [snapshot] = initialTransition(machine, given);
  const step = (event: TaskEvent) => {
    const [next, actions] = transition(machine, snapshot, event);
    snapshot = next;
    return { state: next.value, actions };
  };
  expect(step(begin)).toMatchObject({
    state: "assigned",
    actions: [{ params: { tool: "agents.seat", args: { specialist: "observer", seats: observer.concurrency } } }],
  });
  expect(step(taken)).toMatchObject({ state: "assigned", actions: [{ params: { id: "seat", delay: 1000 } }] });
  expect(step({ type: "seat.again" })).toMatchObject({ actions: [{ params: { step: "seat-2" } }] });
  expect(step({ ...taken, step: "seat-2" })).toMatchObject({ actions: [{ params: { id: "seat", delay: 2000 } }] });
  step({ type: "seat.again" });
  expect(step({ ...seated, step: "seat-3" } as TaskEvent)).toMatchObject({
    state: "acting",
    actions: [{ params: { tool: "services.status" } }],
  });
});

test("a task whose specialist has no seat goes to another that has, and only to one it was offered", () => {
  const machine = agentMachine(observer, new Map());
  const full = (free: string): TaskEvent => ({
    type: "effect.done",
    step: "seat-1",
    generation: 1,
    output: { seated: false, ahead: 20, free },
  });
  const [first] = initialTransition(machine, { ...given, others: ["data"] });
  const [asking, asked] = transition(machine, first, begin);
  expect(asked).toMatchObject([{ params: { args: { specialist: "observer", others: ["data"] } } }]);
  const [passed, told] = transition(machine, asking, full("data"));
  expect([passed.value, passed.status]).toEqual(["passed", "done"]);
  expect(told).toMatchObject([
    { params: { to: "parent", event: { type: "task.failed", task: "check#1", to: "data" } } },
  ]);
  expect(transition(machine, asking, full("hacker"))[0].value).toBe("assigned");
});

test("a task that waits for a seat for some seconds says so, and says when it has begun", () => {
  const machine = agentMachine(observer, new Map());
  const full = (n: number): TaskEvent => ({
    type: "effect.done",
    step: `seat-${n}`,
    generation: 1,
    output: { seated: false, ahead: 22 },
  });
  let [snapshot] = initialTransition(machine, given);
  const said = (event: TaskEvent) => {
    const [next, actions] = transition(machine, snapshot, event);
    snapshot = next;
    return actions.flatMap(({ type, params }) =>
      type === "note" ? [(params as unknown as { card: { text: string } }).card.text] : [],
    );
  };
  const again: TaskEvent = { type: "seat.again" };
  expect([begin, full(1), again, full(2), again].flatMap(said)).toEqual([]);
  expect(said(full(3))).toEqual([
    "“check” waits for the agent observer: all 20 seats are taken, and 2 wait before it.",
  ]);
  said(again);
  expect(said({ ...seated, step: "seat-4" } as TaskEvent)).toEqual([
    "“check” has begun: the agent observer had a seat for it.",
  ]);
});

test("a task that somebody stopped tells whoever gave it", () => {
  const stopped = run([{ type: "cancel", by: "ben", reason: "too late" }]);
  expect(stopped.state).toBe("cancelled");
  expect(answer(stopped.actions)).toMatchObject({
    event: { type: "task.failed", task: "check#1", error: { message: "ben stopped it: too late" } },
  });
});

test("a task that version 2 began, with a model, is finished by this one", () => {
  const stored = JSON.parse(
    readFileSync(new URL("../fixtures/machines/agent-2.json", import.meta.url), "utf8"),
  ) as JsonObject;
  const operator = specialists.find(({ name }) => name === "operator") as Specialist;
  const machine = loadMachine({ version, ignores, upgrade, logic: agentMachine(operator, new Map()) as never });
  const now = restore(machine.logic, machine.upgrade?.(stored as Json, 2));
  const denied = step(machine.logic, now, {
    type: "gate.denied",
    gate: "t2c1?1",
    by: "Ben",
    reason: "not now",
  } as never);
  expect(denied.commands).toMatchObject([{ type: "perform", params: { step: "turn-3", tool: "model.turn" } }]);
  const report = { summary: "It is as it was", healthy: false, changes: [] };
  const output = { kind: "report", call: "c3", text: "", usd: 0.01, id: "r", report };
  const over = step(machine.logic, denied.snapshot, {
    type: "effect.done",
    step: "turn-3",
    generation: 1,
    output,
  } as never);
  expect(over.commands).toMatchObject([
    { type: "tell", params: { to: "parent", event: { type: "task.done", task: "fix#1", output: report } } },
  ]);
});

test("a task that asks about its budget since version 3 goes on asking, and goes on when it may", () => {
  const stored = JSON.parse(
    readFileSync(new URL("../fixtures/machines/agent-3.json", import.meta.url), "utf8"),
  ) as JsonObject;
  const operator = specialists.find(({ name }) => name === "operator") as Specialist;
  const machine = loadMachine({ version, ignores, upgrade, logic: agentMachine(operator, new Map()) as never });
  const now = restore(machine.logic, machine.upgrade?.(stored as Json, 3));
  const allowed = step(machine.logic, now, { type: "gate.approved", gate: "raise-1?1", by: ["Cara"] } as never);
  expect(allowed.commands).toMatchObject([{ type: "perform", params: { step: "raise-1", tool: "budget.raise" } }]);
  const raised = { type: "effect.done", step: "raise-1", generation: 1, output: {} } as const;
  expect(step(machine.logic, allowed.snapshot, raised as never).commands).toMatchObject([
    { type: "perform", params: { step: "turn-1", generation: 2, tool: "model.turn" } },
  ]);
});

test("a task that an older Steward began is finished by this one", () => {
  const stored = JSON.parse(
    readFileSync(new URL("../fixtures/machines/agent-1.json", import.meta.url), "utf8"),
  ) as JsonObject;
  const machine = loadMachine({ version, ignores, upgrade, logic: agentMachine(observer, new Map()) as never });
  const now = restore(machine.logic, machine.upgrade?.(stored as Json, 1));
  const { snapshot, commands } = step(machine.logic, now, done as never);
  expect(snapshot.value).toBe("done");
  expect(commands).toMatchObject([{ type: "tell", params: { event: { type: "task.done", task: "look#1" } } }]);
});
