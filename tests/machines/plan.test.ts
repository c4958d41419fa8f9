import { expect, test } from "vitest";
import type { SnapshotFrom } from "xstate";
import { createActor, initialTransition, transition } from "xstate";
import { ignores, planMachine, upgrade, version } from "../../machines/plan.ts";
import type { PlanEvent } from "../../src/workflow/index.ts";
import { ana, defined, restart } from "../workflow/examples.ts";

type Machine = ReturnType<typeof planMachine>;
const machine = planMachine(defined(restart));
const input = {
  runId: "run-1",
  seed: "seed",
  title: "restart checkout in production",
  requester: ana,
  input: { service: "checkout", environment: "production" },
};

/** Takes the machine through events by pure transitions; the snapshot goes through JSON on the way, as it does in the store. */
function run(events: readonly PlanEvent[]) {
  let [snapshot] = initialTransition(machine, input);
  let actions: { type: string; params: unknown }[] = [];
  for (const event of events) {
    snapshot = machine.resolveState(JSON.parse(JSON.stringify(snapshot)) as SnapshotFrom<Machine>);
    const [next, executed] = transition(machine, snapshot, event);
    snapshot = next;
    actions = executed.map(({ type, params }) => ({ type, params }));
  }
  return { snapshot, actions };
}

const approved = { type: "gate.approved", gate: "approval#1", by: "ben" } as const;
const failed = {
  type: "effect.failed",
  step: "restart",
  generation: 1,
  error: { message: "no answer", retryable: true },
} as const;

test("a plan waits in pending until it begins", () => {
  expect(run([]).snapshot.value).toBe("pending");
  expect(run([]).actions).toEqual([]);
});

test("its states say how the run is", () => {
  expect(run([{ type: "begin" }]).snapshot.value).toBe("waiting");
  expect(run([{ type: "begin" }, approved]).snapshot.value).toBe("running");
  const over = run([
    { type: "begin" },
    approved,
    { type: "effect.done", step: "restart", generation: 1, output: {} },
    { type: "task.done", task: "check#1", output: { summary: "fine" } },
  ]);
  expect(over.snapshot).toMatchObject({ value: "completed", status: "done" });
});

test("it speaks in the reserved actions, with JSON parameters, and timers are delayed raises", () => {
  expect(run([{ type: "begin" }]).actions.map((action) => action.type)).toEqual(["open", "note"]);
  expect(run([{ type: "begin" }, approved]).actions[0]).toMatchObject({
    type: "perform",
    params: { id: "restart#1", gate: "approval#1" },
  });
  const retry = run([{ type: "begin" }, approved, failed]).actions.find((action) => action.type === "xstate.raise");
  expect(retry?.params).toMatchObject({
    id: "retry:restart",
    event: { type: "step.retry", step: "restart" },
    delay: expect.any(Number),
  });
});

test("a late result cancels the timer of the next try", () => {
  const late = run([
    { type: "begin" },
    approved,
    failed,
    { type: "effect.done", step: "restart", generation: 1, output: {} },
  ]);
  expect(late.actions.filter((action) => action.type === "xstate.cancel").map((action) => action.params)).toEqual([
    { sendId: "retry:restart" },
  ]);
});

test("a failed run has ended, but can be done again or be cancelled", () => {
  const events: PlanEvent[] = [{ type: "begin" }, approved, { ...failed, error: { message: "no", retryable: false } }];
  const over = run(events);
  expect(over.snapshot).toMatchObject({ value: "failed", status: "active" });
  expect(over.snapshot.getMeta()).toEqual({ "plan.failed": { ends: true } });
  expect(run([...events, { type: "again" }]).snapshot.value).toBe("waiting");
  expect(run([...events, { type: "cancel", by: "ana" }]).snapshot).toMatchObject({
    value: "cancelled",
    status: "done",
  });
});

test("a denied run is cancelled, and so is one that never began", () => {
  expect(
    run([{ type: "begin" }, { type: "gate.denied", gate: "approval#1", by: "ben", reason: "no" }]).snapshot,
  ).toMatchObject({ value: "cancelled", status: "done" });
  expect(run([{ type: "cancel", by: "ana" }]).snapshot).toMatchObject({ value: "cancelled", status: "done" });
});

test("what a state does not take is listed as safe to ignore, except a second beginning and what nobody sends", () => {
  const { snapshot } = run([{ type: "begin" }]);
  expect(snapshot.can({ type: "begin" })).toBe(false);
  expect(snapshot.can({ type: "again" })).toBe(false);
  expect(ignores).toContain("again");
  expect(ignores).not.toContain("begin");
  expect(snapshot.can({ type: "effect.done", step: "restart", generation: 9, output: {} })).toBe(true);
});

test("it also runs as an ordinary XState actor", () => {
  const actor = createActor(machine, { input }).start();
  actor.send({ type: "begin" });
  expect(actor.getSnapshot().value).toBe("waiting");
  actor.stop();
});

test("a run that version 1 wrote goes on in this one", () => {
  const [first] = transition(machine, initialTransition(machine, input)[0], { type: "begin" });
  const { context, ...stored } = JSON.parse(JSON.stringify(machine.resolveState(first as never))) as {
    context: Record<string, unknown>;
  };
  expect([version, Object.keys(context)]).toEqual([2, expect.not.arrayContaining(["event"])]);
  const upgraded = upgrade({ ...stored, context } as never, 1) as unknown as SnapshotFrom<Machine>;
  const [next] = transition(machine, machine.resolveState(upgraded), approved);
  expect(next.value).toBe("running");
});
