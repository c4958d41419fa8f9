import { describe, expect, test } from "vitest";
import { z } from "zod";
import { specialists } from "../../src/agents/index.ts";
import type { Command } from "../../src/domain/command.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { Definition, Known, PlanContext, PlanEvent } from "../../src/workflow/index.ts";
import { fits, heardBy, loadDefinition, planContext, progress, toldFirst } from "../../src/workflow/index.ts";
import { known as base } from "./examples.ts";

const known: Known = {
  ...base,
  tools: [
    ...base.tools,
    { name: "company.people" },
    { name: "services.scale", params: z.object({ service: z.string(), instances: z.number() }) },
  ],
  events: ["alert", "build"],
  specialists,
};

const head = `name: watch
summary: Watch what fires
on:
  event: alert
  match: { status: firing }
  group: "\${{ event.group }}"
  in: "#ops"
  input: { service: "\${{ event.service }}" }
input: { service: { type: string, required: true } }
title: watch \${{ input.service }}
steps:
`;

function load(steps: string, top = head): { definition: Definition } | { problems: string[] } {
  const loaded = loadDefinition(top + steps, "test.yaml", known);
  if (loaded.ok) return { definition: loaded.definition };
  return {
    problems: loaded.problems.map(({ line, path, message, remedy }) => `${line} ${path}: ${message} ${remedy}`),
  };
}

function defined(steps: string): Definition {
  const loaded = load(steps);
  if ("problems" in loaded) throw new Error(loaded.problems.join("\n"));
  return loaded.definition;
}

/** A run that an event began; each `hear` gives what it asks for because of it. */
function begun(definition: Definition, event: JsonObject = { group: "g", status: "firing", service: "checkout" }) {
  let context: PlanContext = planContext(definition, {
    runId: "run-1",
    seed: "s",
    title: "watch checkout",
    requester: { id: "system:alertmanager", name: "Alertmanager" },
    input: { service: "checkout" },
    event: { ...event, told: 1 },
  });
  const hear = (heard: PlanEvent): readonly Command[] => {
    const next = progress(definition, context, heard, (tool) => tool === "company.people");
    context = next.context;
    return next.commands;
  };
  return { hear, first: hear({ type: "begin" }), at: () => context };
}

const told = (data: JsonObject, name = "alert"): PlanEvent => ({ type: "event", name, data, by: "alertmanager" });
const ids = (commands: readonly Command[], type: Command["type"]): string[] =>
  commands.flatMap((command) => (command.type === type ? [command.params.id] : []));
const texts = (commands: readonly Command[]): string[] =>
  commands.flatMap((command) =>
    command.type === "note" && command.params.id.startsWith("notify:") ? [command.params.card.text] : [],
  );

describe("an event and a definition", () => {
  const definition = defined("  - { id: look, tool: { name: services.status } }\n");

  test("fits when every path holds the value, or one of a list", () => {
    expect(fits({ status: "firing" }, { status: "firing", more: 1 })).toBe(true);
    expect(fits({ "labels.team": ["a", "b"] }, { labels: { team: "b" } })).toBe(true);
    expect(fits({ "labels.team": ["a", "b"] }, { labels: { team: "c" } })).toBe(false);
    expect(fits({ status: "firing" }, {})).toBe(false);
    expect(fits({ toString: "x" }, {})).toBe(false);
  });

  test("what matches begins a run, what else is told of its group belongs to it", () => {
    const firing = { group: "g", status: "firing", service: "checkout" };
    expect(heardBy(definition, "alert", firing)).toEqual([
      { group: "g", begins: true, channel: "#ops", input: { service: "checkout" } },
    ]);
    expect(heardBy(definition, "alert", { ...firing, status: "resolved" })).toMatchObject([{ begins: false }]);
    expect(heardBy(definition, "build", firing)).toEqual([]);
  });
});

test("a run that is stopped closes the messages that ask something or show how things are, and leaves the others", () => {
  const run = begun(
    defined(`  - { id: shows, notify: { to: thread, text: "it is \${{ event.status }}" } }
  - { id: asks, notify: { to: thread, text: "who has it?", buttons: [{ label: I have it, say: "take it" }] } }
  - { id: says, notify: { to: thread, text: "a word" } }
  - { id: hold, wait: { for: 1h } }
`),
  );
  const last = run.hear({ type: "cancel", by: "Cara", reason: "a drill" });
  expect(texts(last)).toEqual(["it is firing", "who has it?"]);
  const cards = last.flatMap((command) => (command.type === "note" ? [command.params.card] : []));
  expect(cards.flatMap(({ buttons = [] }) => buttons)).toEqual([]);
  for (const card of cards.slice(0, 2)) expect(card).toMatchObject({ outcome: "Stopped: Cara cancelled it: a drill" });
});

describe("what is told later", () => {
  test("is drawn into the messages that show it, the newest of those that replace each other", () => {
    const run = begun(
      defined(`  - { id: first, notify: { to: thread, text: "\${{ event.status }} (\${{ event.told }})" } }
  - { id: still, notify: { to: thread, text: "a word about \${{ input.service }}" } }
  - { id: gate, dependsOn: [first, still], wait: { event: { event: alert, match: { status: resolved } } } }
  - { id: second, dependsOn: [first, gate], notify: { replaces: first, text: "now \${{ event.status }}" } }
  - { id: hold, dependsOn: second, wait: { for: 1h } }
`),
    );
    expect(texts(run.first)).toEqual(["firing (1)", "a word about checkout"]);
    expect(texts(run.hear(told({ group: "g", status: "firing" })))).toEqual(["firing (2)"]);
    expect(texts(run.hear(told({ group: "g", status: "resolved" })))).toEqual(["resolved (3)", "now resolved"]);
    expect(texts(run.hear(told({ group: "g", status: "firing" })))).toEqual(["now firing"]);
  });

  test("shows the worst severity of all that was told", () => {
    const severe = (severity: string) => ({ group: "g", status: "firing", severity });
    const shown = `  - { id: shows, notify: { to: thread, text: "\${{ event.severity }}, at worst \${{ event.worst }}" } }
  - { id: hold, dependsOn: shows, wait: { for: 1h } }
`;
    const run = begun(defined(shown), toldFirst(severe("warning"), null));
    expect(texts(run.first)).toEqual(["warning, at worst warning"]);
    expect(texts(run.hear(told(severe("critical"))))).toEqual(["critical, at worst critical"]);
    expect(texts(run.hear(told(severe("page"))))).toEqual(["page, at worst critical"]);
    expect(texts(run.hear(told({ group: "g", status: "resolved" })))).toEqual([", at worst critical"]);
    // A run that an older Steward began knows what was told last.
    const older = begun(defined(shown), severe("error"));
    expect(texts(older.hear(told(severe("page"))))).toEqual(["page, at worst error"]);
  });

  test("ends a wait for it, and one that begins when it was told last is over at once", () => {
    const definition = defined(`  - { id: hold, wait: { event: { event: alert, match: { status: resolved } } } }
  - { id: pause, dependsOn: hold, wait: { for: 1m } }
  - { id: late, dependsOn: pause, wait: { for: 1h, event: { event: alert, match: { status: resolved } } } }
`);
    const run = begun(definition);
    expect(run.first).toContainEqual({
      type: "tell",
      params: {
        id: "expect:hold",
        to: "inbox",
        event: { type: "expect", name: "event:alert", match: { status: "resolved" }, roles: [] },
      },
    });
    run.hear(told({ status: "firing" }));
    expect(run.at().steps["hold"]?.state).toBe("waiting");
    run.hear(told({ status: "resolved" }));
    expect(run.at().steps["hold"]?.output).toMatchObject({ because: "event", event: "alert", by: "alertmanager" });
    run.hear({ type: "wait.over", step: "pause", generation: 1 });
    expect(run.at()).toMatchObject({ phase: "completed", steps: { late: { output: { because: "event" } } } });
  });

  test("of another kind changes nothing", () => {
    const run = begun(defined(`  - { id: hold, wait: { event: { event: alert, match: { status: resolved } } } }\n`));
    expect(run.hear(told({ status: "resolved" }, "build"))).toEqual([]);
    expect(run.at().event).toMatchObject({ status: "firing", told: 1 });
  });
});

describe("looking again", () => {
  const definition = defined(`  - id: watch
    tool: { name: services.status, args: { service: "\${{ input.service }}" } }
    repeat: { every: 10s, atMost: 5m, until: { any: [{ lt: ["\${{ steps.watch.output.last.errors }}", 5] }, { eq: ["\${{ event.status }}", resolved] }] } }
  - { id: after, dependsOn: watch, notify: { to: thread, text: "\${{ steps.watch.output.met }} after \${{ steps.watch.output.looks }}" } }
`);
  const saw = (errors: number, generation: number): PlanEvent => ({
    type: "effect.done",
    step: "watch",
    generation,
    output: { errors },
  });

  test("is another effect each time, until it holds", () => {
    const run = begun(definition);
    expect(ids(run.first, "timer")).toEqual(["repeat-over:watch"]);
    expect(ids(run.first, "perform")).toEqual(["watch#1"]);
    expect(run.hear(saw(35, 1))).toContainEqual({
      type: "timer",
      params: { id: "repeat:watch", event: { type: "step.repeat", step: "watch", generation: 1 }, delayMs: 10_000 },
    });
    expect(ids(run.hear({ type: "step.repeat", step: "watch", generation: 1 }), "perform")).toEqual(["watch#2"]);
    const last = run.hear(saw(1, 2));
    expect(texts(last)).toEqual(["true after 2"]);
    expect(ids(last, "cancelTimer")).toEqual(["repeat:watch", "repeat-over:watch"]);
    expect(run.at().phase).toBe("completed");
  });

  test("ends when its time is over, also in the middle of a look, and a late answer changes nothing", () => {
    const run = begun(definition);
    run.hear(saw(35, 1));
    run.hear({ type: "step.repeat", step: "watch", generation: 1 });
    expect(texts(run.hear({ type: "repeat.over", step: "watch" }))).toEqual(["false after 1"]);
    expect(run.hear(saw(1, 2))).toEqual([]);
  });

  test("ends at once when what is told makes it pointless", () => {
    const run = begun(definition);
    run.hear(saw(35, 1));
    expect(texts(run.hear(told({ status: "resolved" })))).toEqual(["true after 1"]);
  });

  test("a look that fails has seen nothing, and the next is set", () => {
    const run = begun(definition);
    const error = { message: "no answer", retryable: false };
    expect(ids(run.hear({ type: "effect.failed", step: "watch", generation: 1, error }), "timer")).toEqual([
      "repeat:watch",
    ]);
    expect(run.at().phase).toBe("waiting");
  });

  test("stops with the run", () => {
    const run = begun(definition);
    run.hear(saw(35, 1));
    expect(ids(run.hear({ type: "cancel", by: "Ana" }), "cancelTimer")).toEqual(["repeat:watch", "repeat-over:watch"]);
    expect(run.at().phase).toBe("cancelled");
  });
});

describe("an approved call that may be pointless by then", () => {
  const steps = `  - { id: ask, approve: { covers: [begin, end], unless: { eq: ["\${{ event.status }}", resolved] } } }
  - { id: begin, tool: { name: services.restart, args: { service: x, environment: production } } }
  - { id: hold, dependsOn: begin, wait: { event: { intent: restart-service } } }
  - id: end
    dependsOn: [begin, hold]
    tool: { name: services.scale, args: { service: x, instances: 2 } }
    unless: { any: [{ ne: ["\${{ event.status }}", resolved] }, { eq: ["\${{ steps.hold.output.name }}", Eve] }] }
    retry: { attempts: 2 }
`;
  const upTo = (status: string, name = "Ben") => {
    const run = begun(defined(steps));
    const asked = run.first.flatMap((command) => (command.type === "open" ? command.params.covers : []));
    // People are asked about both, with what each will be called with: what keeps it from being made is not judged yet.
    expect(asked.map(({ step, args }) => [step, args])).toEqual([
      ["begin", { service: "x", environment: "production" }],
      ["end", { service: "x", instances: 2 }],
    ]);
    run.hear({ type: "gate.approved", gate: "ask#1", by: ["Ben"] });
    run.hear({ type: "effect.done", step: "begin", generation: 1, output: {} });
    run.hear(told({ status }));
    return { ...run, last: run.hear({ type: "expected", id: "expect:hold", by: "ben", name, params: {} }) };
  };

  test("is made when its turn comes and nothing speaks against it", () => {
    const run = upTo("resolved");
    expect(run.last.find(({ type }) => type === "perform")?.params).toMatchObject({
      step: "end",
      gate: "ask#1",
      args: { service: "x", instances: 2 },
    });
  });

  test.each([
    ["firing", "Ben"],
    ["resolved", "Eve"],
  ])("is not made otherwise: %s, %s", (status, name) => {
    const run = upTo(status, name);
    expect(ids(run.last, "perform")).toEqual([]);
    expect(run.at()).toMatchObject({ phase: "completed", steps: { end: { state: "skipped" } } });
  });

  test("nor tried again", () => {
    const run = upTo("resolved");
    const error = { message: "busy", retryable: true };
    run.hear({ type: "effect.failed", step: "end", generation: 1, error });
    run.hear(told({ status: "firing" }));
    expect(ids(run.hear({ type: "step.retry", step: "end", generation: 1 }), "perform")).toEqual([]);
    expect(run.at()).toMatchObject({ phase: "completed", steps: { end: { state: "skipped", error: "busy" } } });
  });
});

describe("a question", () => {
  const definition = defined(`  - id: ask
    approve:
      covers: [restart]
      unless: { eq: ["\${{ event.status }}", resolved] }
      withdrawn: [{ when: { eq: [1, 2] }, text: "never" }, { text: "the alert is \${{ event.status }}" }]
      onDenied: skip
  - { id: restart, tool: { name: services.restart, args: { service: "\${{ input.service }}", environment: production } } }
  - { id: after, dependsOn: restart, notify: { to: thread, text: "went on" } }
`);

  test("is withdrawn when it has become pointless, and the run goes on without what it covers", () => {
    const run = begun(definition);
    expect(ids(run.first, "open")).toEqual(["ask#1"]);
    const last = run.hear(told({ status: "resolved" }));
    expect(ids(last, "tell")).toEqual(["withdraw:ask#1"]);
    expect(last.find(({ type }) => type === "tell")?.params).toMatchObject({
      event: { type: "withdraw", because: "the alert is resolved" },
    });
    expect(texts(last)).toEqual(["went on"]);
    expect(run.at()).toMatchObject({ phase: "completed", steps: { restart: { state: "skipped" } } });
  });

  test("is withdrawn when a step that looks again has seen what it waits for", () => {
    const run = begun(
      defined(`  - id: ask
    approve:
      covers: [restart]
      unless: { eq: ["\${{ steps.watch.output.met }}", true] }
      withdrawn: [{ when: { eq: ["\${{ steps.watch.output.met }}", true] }, text: "it is well" }]
      onDenied: skip
  - { id: restart, tool: { name: services.restart, args: { service: x, environment: production } } }
  - id: watch
    tool: { name: services.status, args: { service: x } }
    repeat: { every: 10s, atMost: 5m, until: { lt: ["\${{ steps.watch.output.last.errors }}", 5] } }
`),
    );
    const saw = (errors: number, generation: number) =>
      run.hear({ type: "effect.done", step: "watch", generation, output: { errors } });
    expect(ids(run.first, "open")).toEqual(["ask#1"]);
    expect(ids(saw(35, 1), "tell")).toEqual([]);
    run.hear({ type: "step.repeat", step: "watch", generation: 1 });
    expect(saw(1, 2).find(({ type }) => type === "tell")?.params).toMatchObject({
      id: "withdraw:ask#1",
      event: { type: "withdraw", because: "it is well" },
    });
    expect(run.at()).toMatchObject({ phase: "completed", steps: { restart: { state: "skipped" } } });
  });

  test("says where what it is about came from", () => {
    const firing = { group: "g", status: "firing", service: "checkout" };
    const [named] = begun(definition, { ...firing, origin: "the alert “Slow” of Alertmanager" }).first.flatMap(
      (command) => (command.type === "open" ? command.params.covers : []),
    );
    expect(named).toMatchObject({ tainted: ["service"], origins: { service: "the alert “Slow” of Alertmanager" } });
    const [bare] = begun(definition, firing).first.flatMap((command) =>
      command.type === "open" ? command.params.covers : [],
    );
    expect(bare).toMatchObject({ origins: { service: "what Alertmanager told" } });
  });

  test("is not put when it is pointless already; opened late, it is withdrawn", () => {
    const run = begun(definition, { group: "g", status: "resolved", service: "checkout" });
    expect(ids(run.first, "open")).toEqual([]);
    expect(run.at().phase).toBe("completed");
    const open = begun(
      defined(`  - id: ask
    approve: { covers: [restart], unless: { eq: ["\${{ event.status }}", resolved] } }
  - { id: restart, tool: { name: services.restart, args: { service: x, environment: production } } }
  - { id: hold, wait: { for: 1h } }
`),
    );
    open.hear(told({ status: "resolved" }));
    expect(ids(open.hear({ type: "gate.opened", gate: "ask#1" }), "tell")).toEqual(["withdraw:ask#1"]);
  });

  test.each([
    [
      { type: "gate.denied", gate: "ask#1", by: "Ben", reason: "no" } as const,
      { because: "denied", by: "Ben", reason: "no" },
    ],
    [{ type: "gate.expired", gate: "ask#1" } as const, { because: "expired" }],
  ])("that is denied or unanswered may skip what it covers: %j", (event, output) => {
    const run = begun(definition);
    expect(texts(run.hear(event))).toEqual(["went on"]);
    expect(run.at()).toMatchObject({ phase: "completed", steps: { ask: { output }, restart: { state: "skipped" } } });
  });
});

describe("what came from outside", () => {
  const performed = (commands: readonly Command[]) =>
    commands.flatMap((command) =>
      command.type === "perform" ? [[command.params.step, [...(command.params.tainted ?? [])].sort()]] : [],
    );

  test("is what an event brought, what tools answer that may lie, and what agents report", () => {
    const run = begun(
      defined(`  - { id: told, tool: { name: services.status, args: { service: "\${{ input.service }}", written: here, now: "x \${{ event.status }}" } } }
  - { id: own, tool: { name: company.people } }
  - { id: of-tool, dependsOn: told, tool: { name: services.status, args: { a: "\${{ steps.told.output.x }}" } } }
  - { id: of-own, dependsOn: own, tool: { name: services.status, args: { a: "\${{ steps.own.output.x }}", b: "\${{ requester.id }}", c: "\${{ run.title }}" } } }
`),
    );
    expect(performed(run.first)).toEqual([
      ["told", ["now", "service"]],
      ["own", []],
    ]);
    const done = (step: string): PlanEvent => ({ type: "effect.done", step, generation: 1, output: { x: 1 } });
    expect(performed(run.hear(done("told")))).toEqual([["of-tool", ["a"]]]);
    expect(performed(run.hear(done("own")))).toEqual([["of-own", ["c"]]]);
  });

  test("is named to the agent it is given to, and to whoever approves", () => {
    const run = begun(
      defined(`  - { id: check, agent: { specialist: observer, task: service-health, input: { service: "\${{ input.service }}", environment: production } } }
  - { id: ask, dependsOn: check, approve: { covers: [scale] } }
  - { id: scale, tool: { name: services.scale, args: { service: "\${{ steps.check.output.version }}", instances: 3 } } }
`),
    );
    expect(run.first).toContainEqual(
      expect.objectContaining({
        type: "start",
        params: expect.objectContaining({ input: expect.objectContaining({ tainted: ["service"] }) }),
      }),
    );
    const asked = run.hear({ type: "task.done", task: "check#1", output: { version: "x" } });
    expect(asked).toContainEqual(
      expect.objectContaining({
        type: "open",
        params: expect.objectContaining({ covers: [expect.objectContaining({ tainted: ["service"] })] }),
      }),
    );
  });
});

test("a list becomes a line of a card for each of its items", () => {
  const run = begun(
    defined(`  - { id: look, tool: { name: services.status } }
  - id: say
    dependsOn: look
    notify: { to: thread, text: found, fields: [{ each: "\${{ steps.look.output.list }}", label: "\${{ item.name }}", value: "\${{ item.why }} in \${{ input.service }}" }] }
`),
  );
  const output = {
    list: [
      { name: "a", why: ["x", "y"] },
      { name: "b", why: [] },
    ],
  };
  const said = run.hear({ type: "effect.done", step: "look", generation: 1, output });
  expect(said).toContainEqual(
    expect.objectContaining({
      params: expect.objectContaining({
        card: expect.objectContaining({
          fields: [
            { label: "a", value: "x; y in checkout" },
            { label: "b", value: " in checkout" },
          ],
        }),
      }),
    }),
  );
});

describe("a wrong file says what would be right", () => {
  const look = "  - { id: look, tool: { name: services.status } }\n";
  test.each([
    [
      "an unknown event",
      look,
      head.replace("event: alert", "event: alarm"),
      "4 on.event: There is no event “alarm”. Did you mean “alert”?",
    ],
    [
      "a required input the event does not fill",
      look,
      head.replace(/ {2}input: \{.*\n/, ""),
      "The event fills no input “service”, which is required.",
    ],
    [
      "an input there is not",
      look,
      head.replace("input: { service:", "input: { servant:"),
      "There is no input “servant”. Use one of: service.",
    ],
    ["a channel left out", look, head.replace('  in: "#ops"\n', ""), "in"],
    [
      "an event's words where none begins it",
      `${look.trimEnd().replace("status }", 'status, args: { a: "${{ event.x }}" } }')}\n`,
      head.replace(/on:\n(?: {2}.*\n)+/, "on: { manual: true }\n"),
      "No event starts this workflow.",
    ],
    [
      "something else than the event in the trigger",
      look,
      head.replace("{{ event.group }}", "{{ input.service }}"),
      "Use only ${{ event.NAME }} here.",
    ],
    [
      "a repetition without an end",
      `  - { id: look, tool: { name: services.status }, repeat: { every: 10s, until: { eq: [1, 1] } } }\n`,
      head,
      "atMost",
    ],
    [
      "a wrong condition",
      `  - { id: look, tool: { name: services.status }, repeat: { every: 10s, atMost: 1m, until: { equals: [1, 1] } } }\n`,
      head,
      "There is no operator “equals”.",
    ],
    [
      "what may change after the approval",
      `  - { id: ask, approve: { covers: [go] } }\n  - { id: go, tool: { name: services.scale, args: { service: "\${{ event.service }}", instances: 2 } } }\n`,
      head,
      "What was told last may be something else when this is done.",
    ],
    [
      "an item outside a list",
      `  - { id: say, notify: { to: thread, text: "\${{ item.x }}" } }\n`,
      head,
      "“item” is there only in fields.",
    ],
    [
      "a wait for an unknown event",
      `  - { id: hold, wait: { event: { event: alerts, match: {} } } }\n`,
      head,
      "There is no event “alerts”.",
    ],
  ])("%s", (_what, steps, top, expected) => {
    const loaded = load(steps, top);
    expect("problems" in loaded ? loaded.problems.join("\n") : "no problem").toContain(expected);
  });
});

test("no event chooses where something is told, and that is said when the workflow is read", () => {
  const told = (to: string) => load(`  - { id: tell, notify: { to: ${to}, text: it } }\n`);
  expect(told('"#ops"')).toHaveProperty("definition");
  for (const reference of ["${{ event.channel }}", "${{ input.service }}"])
    expect(told(`[thread, "#${reference}"]`)).toEqual({
      problems: [expect.stringMatching(/^\d+ steps\.tell\.notify\.to\.1: An event would choose with “.*Write thread/)],
    });
});
