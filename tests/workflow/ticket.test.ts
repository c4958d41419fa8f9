import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import {
  checkInput,
  type Definition,
  define,
  joinParts,
  loadDefinition,
  type PlanEvent,
} from "../../src/workflow/index.ts";
import { known, notes, play } from "./examples.ts";

function workflow(name: string): Definition {
  const text = readFileSync(new URL(`../../workflows/${name}.yaml`, import.meta.url), "utf8");
  const loaded = loadDefinition(text, `${name}.yaml`, {
    ...known,
    tools: [...known.tools, ...["tracker.show", "tracker.close", "issues.triage"].map((tool) => ({ name: tool }))],
    intents: [...known.intents, "take-request", "solve-request"],
    events: ["issue"],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

const definition = workflow("restart-for-ticket");

const begin = { type: "begin" } as const;
const approved = { type: "gate.approved", gate: "approval#1", by: ["ben"] } as const;
const denied = { type: "gate.denied", gate: "approval#1", by: "ben", reason: "not now" } as const;
const cancel = { type: "cancel", by: "cara", reason: "wrong ticket" } as const;
const done = (step: string, output: JsonObject = {}): PlanEvent => ({
  type: "effect.done",
  step,
  generation: 1,
  output,
});
const fails = (step: string, message: string): PlanEvent => ({
  type: "effect.failed",
  step,
  generation: 1,
  error: { message, retryable: false },
});
/** It may work at the next try. */
const failsNow = (step: string): PlanEvent => ({
  type: "effect.failed",
  step,
  generation: 1,
  error: { message: "no answer", retryable: true },
});
const failed = fails("restart", "no such service");
const looked: PlanEvent = { type: "task.done", task: "check#1", output: { healthy: true, summary: "It is well." } };
const said = [done("ticket-asked"), approved, done("ticket-begun")];

test.for<[what: string, events: readonly PlanEvent[], last: string, phase: string]>([
  ["asked for", [], "Nothing is done yet.", "running"],
  ["approved", [done("ticket-asked"), approved], "It may be done and has begun.", "running"],
  ["done", [...said, done("restart"), looked], "It was restarted. It is well.", "running"],
  ["failed", [...said, failed], "The restart did not work; the run's page says why.", "running"],
  [
    "denied",
    [done("ticket-asked"), denied],
    "It was stopped before anything was done. ben denied it: not now.",
    "compensating",
  ],
  [
    "denied before that was said",
    [denied, done("ticket-asked")],
    "It was stopped before anything was done. ben denied it: not now.",
    "compensating",
  ],
  [
    "left unanswered",
    [done("ticket-asked"), { type: "gate.expired", gate: "approval#1" }],
    "It was stopped before anything was done. Nobody answered in time, so it stopped there.",
    "compensating",
  ],
  [
    "cancelled while it was done",
    [...said, cancel],
    "It had begun and was stopped. cara cancelled it: wrong ticket.",
    "compensating",
  ],
  [
    "cancelled before that was said",
    [done("ticket-asked"), approved, cancel, done("ticket-begun")],
    "It had begun and was stopped. cara cancelled it: wrong ticket.",
    "compensating",
  ],
  [
    "done and then cancelled before the ticket said anything",
    [approved, done("restart"), cancel, done("ticket-asked")],
    "It had begun and was stopped. cara cancelled it: wrong ticket.",
    "compensating",
  ],
  [
    "looked at and then cancelled before the ticket said anything",
    [approved, done("restart"), looked, cancel, done("ticket-asked")],
    "It had begun and was stopped. cara cancelled it: wrong ticket.",
    "compensating",
  ],
  [
    "cancelled on its way before the ticket said anything",
    [approved, cancel, done("ticket-asked")],
    "It had begun and was stopped. cara cancelled it: wrong ticket.",
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

const asks = { service: "checkout", environment: "production", ticket: "OPS-12" };
const told = { done: true, where: "OPS-12", because: "Jira" };
const untold = { done: false, where: "OPS-12", because: "No account to write there is configured." };
const why = "Failed to restart checkout in production. “restart” did not work: no such service.";
const open = "Open the run to see why and to do it again.";

test.for<[what: string, events: readonly PlanEvent[], reply: string, phase: string]>([
  ["worked", [done("restart"), looked, done("ticket-done", told)], "It is well.", "completed"],
  [
    "worked, where nobody may write on the ticket",
    [done("restart"), looked, done("ticket-done", untold)],
    "It was restarted. It is well. OPS-12 was not told: No account to write there is configured.",
    "completed",
  ],
  [
    "worked, where Jira did not answer",
    [done("restart"), looked, fails("ticket-done", "no answer")],
    "It was restarted. It is well. OPS-12 was not told: that failed, and the run's page says why.",
    "completed",
  ],
  ["did not work", [failed, done("ticket-failed", told)], `${why} OPS-12 says so. ${open}`, "failed"],
  [
    "did not work, where nobody may write on the ticket",
    [failed, done("ticket-failed", untold)],
    `${why} OPS-12 was not told: No account to write there is configured. ${open}`,
    "failed",
  ],
  [
    "did not work, where Jira did not answer",
    [failed, fails("ticket-failed", "no answer")],
    `${why} OPS-12 was not told: that failed too. ${open}`,
    "failed",
  ],
])("the last word of a restart that %s", ([, events, reply, phase]) => {
  const { commands, context } = play(definition, asks, [begin, ...said, ...events]);
  expect(notes(commands)["reply"]).toBe(reply);
  expect(context.phase).toBe(phase);
});

const stoppedBy = "Stopped: ben denied it: not now.";
const cancelled = "Stopped: cara cancelled it: wrong ticket.";
const looking: PlanEvent = {
  type: "task.done",
  task: "check#1",
  output: { healthy: false, summary: "It is not well." },
};

test.for<[what: string, events: readonly PlanEvent[], reply: string]>([
  [
    "is denied",
    [done("ticket-asked", told), denied, done("ticket-refused", told)],
    `${stoppedBy} OPS-12 says how it stands.`,
  ],
  [
    "is denied while the ticket waits to be told of it at all",
    [failsNow("ticket-asked"), denied, done("ticket-refused", told)],
    `${stoppedBy} OPS-12 says how it stands.`,
  ],
  [
    "is denied, where nobody may write on the ticket",
    [done("ticket-asked", untold), denied, done("ticket-refused", untold)],
    `${stoppedBy} OPS-12 was not told: No account to write there is configured.`,
  ],
  [
    "is denied, where Jira did not answer",
    [done("ticket-asked", told), denied, fails("ticket-refused", "no answer")],
    `${stoppedBy} OPS-12 was not told: that failed, and the run's page says why.`,
  ],
  [
    "is cancelled while the ticket waits to be told that it has begun",
    [done("ticket-asked", told), approved, failsNow("ticket-begun"), cancel, done("ticket-stopped", told)],
    `${cancelled} OPS-12 says how it stands.`,
  ],
  [
    "is cancelled while somebody looks whether it helped",
    [...said, done("restart"), looking, cancel, done("ticket-stopped", told)],
    `${cancelled} OPS-12 says how it stands.`,
  ],
  [
    "is cancelled while the ticket is told that it was done",
    [...said, done("restart"), looked, cancel, done("ticket-done", told)],
    `${cancelled} OPS-12 says how it stands.`,
  ],
  [
    "is cancelled while the ticket waits to be told that it was done",
    [
      ...said,
      done("restart"),
      looked,
      failsNow("ticket-done"),
      cancel,
      { type: "step.retry", step: "ticket-done", generation: 1 },
      fails("ticket-done", "no answer"),
    ],
    `${cancelled} OPS-12 was not told: that failed, and the run's page says why.`,
  ],
])("the last word of a restart that %s", ([, events, reply]) => {
  const { commands, context } = play(definition, asks, [begin, ...events]);
  expect(context.phase).toBe("cancelled");
  expect(notes(commands)["reply"]).toBe(reply);
});

test("a restart that did not work is done again with all that is said after it", () => {
  const over = [begin, ...said, failed, done("ticket-failed", told), { type: "again", by: "ana" } as const];
  const { context, last } = play(definition, asks, over);
  expect(last.map(({ type, params }) => [type, "id" in params && params.id])).toContainEqual(["open", "approval#2"]);
  expect(context.phase).toBe("waiting");
  const second = (step: string, output: JsonObject): PlanEvent =>
    ({ ...done(step, output), generation: 2 }) as PlanEvent;
  const worked = play(definition, asks, [
    ...over,
    { ...approved, gate: "approval#2" },
    second("restart", {}),
    { ...looked, task: "check#2" } as PlanEvent,
    second("ticket-done", told),
  ]);
  expect(notes(worked.commands)["reply"]).toBe("It is well.");
  expect(worked.context.phase).toBe("completed");
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

test("two restarts of one request each have their own note on the ticket", () => {
  const parts = ["checkout", "search"].map((service) => ({
    content: definition,
    input: { ...asks, service },
    waits: false,
  }));
  const joined = joinParts(parts);
  if (!joined.ok) throw new Error(joined.problem);
  const { commands } = play(define(joined.content), joined.input, [begin]);
  const shown = commands.flatMap((command) => (command.type === "perform" ? [command.params.args["about"]] : []));
  expect(shown).toEqual(["restart checkout in production for OPS-12", "restart search in production for OPS-12"]);
});

const triage = workflow("triage-bug");
const bug = { group: "acme/shop#7", repository: "acme/shop", number: 7, title: "It burns" };
const reported = [begin, done("judge", { severity: "high" })];
const seen = [...reported, done("issue-seen", told)];
const heard = (id: string): PlanEvent => ({ type: "expected", id, by: "ben", name: "Ben", params: {} });
const taken = [...seen, heard("expect:taken"), done("issue-taken", told)];
const solved = [...taken, heard("expect:closed:1"), done("issue-over", told)];
const untoldIssue = "The issue was not told: that failed, and the run's page says why.";

test.for<[what: string, events: readonly PlanEvent[], issue: string | null, reply: string]>([
  ["before it was judged", [begin, cancel], null, cancelled],
  [
    "before anybody took it",
    [...seen, cancel, done("issue-stopped", told)],
    "This was followed as R-",
    `${cancelled} The issue says so.`,
  ],
  [
    "while the issue waits to be told that it was seen",
    [...reported, failsNow("issue-seen"), cancel, done("issue-stopped", told)],
    "This was followed as R-",
    `${cancelled} The issue says so.`,
  ],
  [
    "after somebody took it, where nobody may write on the issue",
    [...taken, cancel, done("issue-stopped", untold)],
    "This was followed as R-",
    `${cancelled} The issue was not told: No account to write there is configured.`,
  ],
  [
    "after somebody took it, where GitHub does not answer",
    [...taken, cancel, fails("issue-stopped", "no answer")],
    "This was followed as R-",
    `${cancelled} ${untoldIssue}`,
  ],
  [
    "while somebody is asked whether its issue may be closed",
    [...solved, cancel, done("issue-stopped", told)],
    "This was followed as R-",
    `${cancelled} The issue says so.`,
  ],
])("a triage that is stopped %s", ([, events, issue, reply]) => {
  const { context, commands, last } = play(triage, bug, events);
  expect(context.phase).toBe("cancelled");
  expect(notes(last)["reply"]).toBe(reply);
  const shown = commands.findLast(
    ({ type, params }) => type === "perform" && "tool" in params && params.tool === "tracker.show",
  );
  const text = shown?.type === "perform" ? String(shown.params.args["text"]) : null;
  expect(text?.slice(0, issue?.length) ?? null).toBe(issue);
});

test("an issue that nobody agrees to close says so, and its run ends as it would have", () => {
  const no: PlanEvent = { type: "gate.denied", gate: "may-close#1", by: "cara", reason: "" };
  const asked = play(triage, bug, [...solved, no]);
  expect(asked.last).toContainEqual(
    expect.objectContaining({
      type: "perform",
      params: expect.objectContaining({
        args: { text: expect.stringMatching(/^Ben had it .*but nobody agreed to close this\.$/) },
      }),
    }),
  );
  const { context, commands } = play(triage, bug, [...solved, no, done("issue-left-open", told)]);
  expect([context.phase, notes(commands)["reply"]]).toEqual(["completed", expect.stringMatching(/^Ben took it after/)]);
});
