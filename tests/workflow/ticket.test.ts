import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { checkInput, loadDefinition, type PlanEvent } from "../../src/workflow/index.ts";
import { known, play } from "./examples.ts";

const file = new URL("../../workflows/restart-for-ticket.yaml", import.meta.url);
const loaded = loadDefinition(readFileSync(file, "utf8"), "restart-for-ticket.yaml", {
  ...known,
  tools: [...known.tools, { name: "tracker.show" }],
});
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { definition } = loaded;

const begin = { type: "begin" } as const;
const approved = { type: "gate.approved", gate: "approval#1", by: ["ben"] } as const;
const denied = { type: "gate.denied", gate: "approval#1", by: "ben", reason: "" } as const;
const cancel = { type: "cancel", by: "cara" } as const;
const done = (step: string, output: JsonObject = {}): PlanEvent => ({
  type: "effect.done",
  step,
  generation: 1,
  output,
});
const failed: PlanEvent = {
  type: "effect.failed",
  step: "restart",
  generation: 1,
  error: { message: "no such service", retryable: false },
};
const looked: PlanEvent = { type: "task.done", task: "check#1", output: { healthy: true, summary: "It is well." } };
const said = [done("ticket-asked"), approved, done("ticket-begun")];

test.for<[what: string, events: readonly PlanEvent[], last: string, phase: string]>([
  ["asked for", [], "Nothing is done yet.", "running"],
  ["approved", [done("ticket-asked"), approved], "It may be done and has begun.", "running"],
  ["done", [...said, done("restart"), looked], "It was restarted. It is well.", "running"],
  ["failed", [...said, failed], "The restart did not work; the run's page says why.", "running"],
  ["denied", [done("ticket-asked"), denied], "It was stopped before anything was done.", "compensating"],
  [
    "denied before that was said",
    [denied, done("ticket-asked")],
    "It was stopped before anything was done.",
    "compensating",
  ],
  [
    "left unanswered",
    [done("ticket-asked"), { type: "gate.expired", gate: "approval#1" }],
    "It was stopped before anything was done.",
    "compensating",
  ],
  ["cancelled while it was done", [...said, cancel], "It had begun and was stopped.", "compensating"],
  [
    "cancelled before that was said",
    [done("ticket-asked"), approved, cancel, done("ticket-begun")],
    "It had begun and was stopped.",
    "compensating",
  ],
  [
    "done and then cancelled before the ticket said anything",
    [approved, done("restart"), cancel, done("ticket-asked")],
    "It had begun and was stopped.",
    "compensating",
  ],
  [
    "looked at and then cancelled before the ticket said anything",
    [approved, done("restart"), looked, cancel, done("ticket-asked")],
    "It had begun and was stopped.",
    "compensating",
  ],
  [
    "cancelled on its way before the ticket said anything",
    [approved, cancel, done("ticket-asked")],
    "It had begun and was stopped.",
    "compensating",
  ],
])("what a ticket says last of a restart that is %s", ([, events, last, phase]) => {
  const input = { service: "checkout", environment: "production", ticket: "OPS-12" };
  const { commands, context } = play(definition, input, [begin, ...events]);
  const shown = commands.flatMap((command) =>
    command.type === "perform" && command.params.tool === "tracker.show" ? [command.params.args] : [],
  );
  expect(shown.map(({ ticket }) => ticket)).toEqual(shown.map(() => "OPS-12"));
  expect(String(shown.at(-1)?.["text"]).split("). ")[1]).toBe(last);
  expect(context.phase).toBe(phase);
});

test("a ticket is a project and a number, however it is written", () => {
  const input = { service: "checkout", environment: "production" };
  expect(checkInput(definition.input, { ...input, ticket: "ops-12" })).toMatchObject({
    input: { ticket: "OPS-12" },
  });
  expect(checkInput(definition.input, { ...input, ticket: "OPS-1/../x" })).toEqual({
    ok: false,
    problems: ['“ticket” must be a ticket such as OPS-12, not "OPS-1/../x".'],
  });
});
