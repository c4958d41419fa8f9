import { expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { createMachine, enqueueActions, transition } from "xstate";
import type { MachineEvent } from "../../src/domain/command.ts";
import {
  begin,
  hasEnded,
  loadMachine,
  persist,
  restore,
  stateOf,
  step,
  takes,
} from "../../src/orchestrator/machine.ts";

const lamp = createMachine({
  id: "lamp",
  initial: "off",
  context: { presses: 0 },
  states: {
    off: {
      on: {
        press: {
          target: "on",
          actions: enqueueActions(({ enqueue, context }) => {
            enqueue.assign({ presses: (context["presses"] as number) + 1 });
            enqueue({
              type: "perform",
              params: { id: "glow", step: "glow", generation: 1, tool: "lamp", args: {}, gate: null },
            } as never);
            enqueue.raise({ type: "dim" }, { id: "dim", delay: 5000 });
          }),
        },
      },
    },
    on: {
      on: { dim: "off", press: { target: "broken" } },
      exit: enqueueActions(({ enqueue }) => enqueue.cancel("dim")),
    },
    broken: { meta: { ends: true }, on: { mend: "off" } },
  },
}) as unknown as AnyStateMachine;

const stored = (step: { snapshot: Parameters<typeof persist>[0] }) =>
  restore(lamp, JSON.parse(JSON.stringify(persist(step.snapshot))));

test("a turn gives the next snapshot and what the machine wants done, as plain data", () => {
  const first = begin(lamp, {});
  expect(takes(first.snapshot, { type: "dim" })).toBe(false);
  const on = step(lamp, stored(first), { type: "press" });
  expect(stateOf(on.snapshot)).toBe("on");
  expect(on.commands).toEqual([
    { type: "perform", params: { id: "glow", step: "glow", generation: 1, tool: "lamp", args: {}, gate: null } },
    { type: "timer", params: { id: "dim", event: { type: "dim" }, delayMs: 5000 } },
  ]);
  const off = step(lamp, stored(on), { type: "dim" });
  expect(off.commands).toEqual([{ type: "cancelTimer", params: { id: "dim" } }]);
});

test("a state marked as an end has ended, and may still take what leads out of it", () => {
  const broken = step(lamp, stored(step(lamp, begin(lamp, {}).snapshot, { type: "press" })), { type: "press" });
  expect(hasEnded(broken.snapshot)).toBe(true);
  expect(takes(broken.snapshot, { type: "mend" })).toBe(true);
});

test("our transition and XState's own agree on every step of long random walks", () => {
  let seed = 7;
  const events: MachineEvent[] = [{ type: "press" }, { type: "dim" }, { type: "mend" }, { type: "unknown" }];
  let ours = begin(lamp, {}).snapshot;
  let theirs = ours;
  for (let i = 0; i < 2000; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const event = events[seed % events.length] as MachineEvent;
    ours = step(lamp, restore(lamp, JSON.parse(JSON.stringify(persist(ours)))), event).snapshot;
    theirs = transition(lamp, theirs, event)[0] as typeof ours;
    expect(persist(ours)).toEqual(persist(theirs));
  }
});

test.each([
  [{ invoke: { src: "x", id: "x" } }, /invokes x: emit `perform`/],
  [{ entry: () => undefined }, /Inline functions are lost in a crash/],
  [{ entry: { type: "callMyApi" } }, /callMyApi is not one of perform, open, start, tell, note/],
])("a chart that cannot be durable is refused at load with what to write instead", (config, sentence) => {
  const logic = createMachine({ id: "bad", ...config } as never) as unknown as AnyStateMachine;
  expect(() => loadMachine({ version: 1, logic, ignores: [] })).toThrow(sentence);
});
