import { expect, test } from "vitest";
import { initialTransition, transition } from "xstate";
import { z } from "zod";
import { agentMachine } from "../../machines/agent.ts";
import type { Report, Specialist, TaskEvent } from "../../src/agents/index.ts";
import { specialistNamed } from "../../src/agents/index.ts";

const given = {
  id: "check#1",
  task: "service-health",
  specialist: "observer",
  input: { service: "checkout", environment: "production" },
};
const observer = specialistNamed("observer") as Specialist;

function run(events: readonly TaskEvent[], specialist = observer, input = given) {
  const machine = agentMachine(specialist);
  let [snapshot] = initialTransition(machine, input);
  let actions: { type: string; params: unknown }[] = [];
  for (const event of events) {
    const [next, executed] = transition(machine, snapshot, event);
    snapshot = next;
    actions = executed.map(({ type, params }) => ({ type, params }));
  }
  return { state: snapshot.value, actions };
}

const begin = { type: "begin" } as const;
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
  const asked = run([begin]);
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
  const seen = run([begin, done]);
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
  expect(answer(run([begin, { ...done, output: told } as TaskEvent]).actions)).toMatchObject({
    event: { output: { summary } },
  });
});

test("a look that fails is taken once more, then the task fails", () => {
  const once = run([begin, failed(true)]);
  expect(once.actions).toMatchObject([{ type: "xstate.raise", params: { id: "retry:status", delay: 1000 } }]);
  expect(run([begin, failed(true), { type: "step.retry", step: "status" }]).actions).toMatchObject([
    { type: "perform", params: { id: "status#1" } },
  ]);
  const twice = run([begin, failed(true), { type: "step.retry", step: "status" }, failed(true)]);
  expect(twice.state).toBe("failed");
  expect(answer(twice.actions)).toMatchObject({
    event: { type: "task.failed", task: "check#1", error: { message: "“status” failed: no answer", retryable: false } },
  });
  expect(run([begin, failed(false)]).state).toBe("failed");
});

test("a task that nobody knows fails with a sentence", () => {
  const unknown = run([begin], observer, { ...given, task: "toString" });
  expect(unknown.state).toBe("failed");
  expect(answer(unknown.actions)).toMatchObject({ event: { error: { message: "observer has no task “toString”" } } });
});

test("a task that is called off tells nobody", () => {
  expect(run([begin, { type: "cancel" }])).toMatchObject({ state: "cancelled", actions: [{ type: "xstate.cancel" }] });
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
  expect(run([begin], scout, input).actions).toMatchObject([{ params: { tool: "t.a" } }]);
  const second = run([begin, { type: "effect.done", step: "a", generation: 1, output: { id: 7 } }], scout, input);
  expect(second.actions).toMatchObject([{ params: { tool: "t.b", args: { of: 7 } } }]);
});
