import { expect, test } from "vitest";
import { pictureRefIn } from "../../src/domain/picture.ts";
import { checkInput, definitionFrom, formatProblem, loadDefinition, titleOf } from "../../src/workflow/index.ts";
import { access, ana, defined, known, restart } from "./examples.ts";

test("a definition comes back from its body with the same hash, and layout does not change it", () => {
  const definition = defined(restart);
  expect(definitionFrom(definition.body)).toEqual(definition);
  expect(definition.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(
    defined(
      `# a comment\n${restart.replace("summary: Restart", 'summary:   "Restart').replace("at a time", 'at a time"')}`,
    ).hash,
  ).toBe(definition.hash);
  expect(defined(restart.replace("2s", "3s")).hash).not.toBe(definition.hash);
});

test("steps keep the order of the file, as a list and as a map", () => {
  expect(defined(restart).steps.map((step) => step.id)).toEqual(["approval", "restart", "check"]);
  expect(defined(access).steps.map((step) => step.id)).toEqual(["approval", "grant", "tell", "hold", "revoke"]);
});

test("a covered step waits for its approval without saying so", () => {
  expect(defined(restart).after.get("restart")).toEqual(["approval"]);
});

test("input becomes what its fields say, and titles are for people", () => {
  const definition = defined(access);
  expect(checkInput(definition.input, { system: "billing", for: "2 hours" })).toEqual({
    ok: true,
    input: { system: "billing", for: 7_200_000 },
  });
  expect(checkInput(definition.input, { system: "billing" })).toEqual({
    ok: true,
    input: { system: "billing", for: 3_600_000 },
  });
  expect(checkInput(definition.input, { sytem: "billing", for: "soon" })).toEqual({
    ok: false,
    problems: [
      "There is no input “sytem”. Did you mean “system”?",
      '“for” must be a duration such as "30m" or "2 hours", not "soon".',
      "“system” is missing. It must be a text.",
    ],
  });
  expect(checkInput(defined(restart).input, { service: "api", environment: "moon" })).toMatchObject({
    problems: ['“environment” must be one of staging, production, not "moon".'],
  });
  const hours = { hours: { type: "hours", required: true } } as const;
  expect(checkInput(hours, { hours: " 22:00 to 7:00" })).toEqual({ ok: true, input: { hours: "22:00 to 7:00" } });
  expect(checkInput(hours, { hours: "25:00 to 7:00" })).toMatchObject({
    problems: ['“hours” must be a stretch of the day such as "22:00 to 7:00", or off, not "25:00 to 7:00".'],
  });
  expect(titleOf(definition, { system: "billing", for: 7_200_000 }, ana)).toBe("get access to billing for 2 hours");
});

/** Each wrong file: what is changed in the restart workflow, and the line, path, message and remedy it is refused with. */
const wrong: [string, (text: string) => string, number, string, string, string][] = [
  [
    "broken YAML",
    (text) => text.replace("{intent: restart-service}", "{intent: restart-service"),
    4,
    "",
    "not valid YAML",
    "indentation",
  ],
  [
    "a text that a comment cuts",
    (text) => text.replace("summary: Restart", "summary: Issue #7: restart"),
    2,
    "",
    "“Issue” ends where YAML sees a comment: “#7: restart",
    "in quotes",
  ],
  ["not a map", () => "- a\n- b\n", 1, "", "is a map", "name: and summary:"],
  ["an empty file", () => "", 1, "", "is a map", "name: and summary:"],
  ["a key twice", (text) => text.replace("reply:", "name: again\nreply:"), 19, "", "not valid YAML", "twice"],
  [
    "an unknown key",
    (text) => text.replace("summary:", "sumary:"),
    2,
    "sumary",
    "no key “sumary”",
    "Did you mean “summary”?",
  ],
  [
    "an unknown key in a step",
    (text) => text.replace("    dependsOn: restart", "    dependOn: restart"),
    15,
    "steps.check.dependOn",
    "no key “dependOn”",
    "Did you mean “dependsOn”?",
  ],
  [
    "an unknown key in retry",
    (text) => text.replace("attempts: 3", "attempts: 3, maxBackof: 1m"),
    13,
    "steps.restart.retry.maxBackof",
    "no key",
    "Did you mean “maxBackoff”?",
  ],
  [
    "something missing",
    (text) => text.replace(/summary:.*\n/, ""),
    1,
    "summary",
    "“summary” is missing",
    "one sentence",
  ],
  [
    "a wrong type",
    (text) => text.replace("summary: Restart a service, one instance at a time", "summary: [a]"),
    2,
    "summary",
    '["a"] does not belong here',
    "one sentence",
  ],
  [
    "an unknown trigger",
    (text) => text.replace("on: {intent: restart-service}", "on: {intent: restart-servce}"),
    3,
    "on.intent",
    "no intent “restart-servce”",
    "Did you mean “restart-service”?",
  ],
  [
    "a trigger of a later version",
    (text) => text.replace("on: {intent: restart-service}", "on: {schedule: daily}"),
    3,
    "on.schedule",
    "not yet",
    "Take it out",
  ],
  [
    "a trigger that is none",
    (text) => text.replace("on: {intent: restart-service}", "on: sometimes"),
    3,
    "on",
    "does not belong",
    "on: {intent: NAME}",
  ],
  [
    "a field type that is none",
    (text) => text.replace("service: {type: string,", "service: {type: text,"),
    5,
    "input.service.type",
    '"text" does not belong',
    "string, number",
  ],
  [
    "a default outside its enum",
    (text) => text.replace("[staging, production]", "[staging, production], default: moon"),
    6,
    "input.environment.default",
    "not one of its own",
    "staging, production",
  ],
  [
    "no steps",
    (text) => text.replace(/steps:[\s\S]*reply/, "steps: []\nreply"),
    8,
    "steps",
    "at least one step",
    "list",
  ],
  [
    "a step without a kind",
    (text) => text.replace("approve: {covers: [restart]}", "when: {exists: a}"),
    9,
    "steps.approval",
    "does nothing",
    "tool, approve",
  ],
  [
    "a kind with a typing error",
    (text) => text.replace("approve: {", "aprove: {"),
    10,
    "steps.approval.aprove",
    "no kind of step “aprove”",
    "Did you mean “approve”?",
  ],
  [
    "two kinds",
    (text) => text.replace("approve: {covers: [restart]}", "approve: {covers: [restart]}\n    wait: {for: 1h}"),
    9,
    "steps.approval",
    "not approve and wait",
    "each",
  ],
  [
    "a reserved key",
    (text) => text.replace("onError: skip", "compensate: restart"),
    18,
    "steps.check.compensate",
    "not yet",
    "Take it out",
  ],
  [
    "a child workflow",
    (text) => text.replace("approve: {covers: [restart]}", "workflow: other"),
    10,
    "steps.approval.workflow",
    "not yet",
    "Take it out",
  ],
  [
    "a timeout without its unit",
    (text) => text.replace("timeout: 1m", "timeout: 60"),
    17,
    "steps.check.timeout",
    "60 does not belong",
    "with its unit",
  ],
  [
    "a timeout that is none",
    (text) => text.replace("timeout: 1m", "timeout: soon"),
    17,
    "steps.check.timeout",
    "“soon” is not a duration",
    "with its unit",
  ],
  [
    "a timeout on an approval",
    (text) => text.replace("covers: [restart]}", "covers: [restart]}\n    timeout: 1h"),
    11,
    "steps.approval.timeout",
    "no key “timeout”",
    "Use one of",
  ],
  [
    "an onError that is none",
    (text) => text.replace("onError: skip", "onError: ignore"),
    18,
    "steps.check.onError",
    "does not belong",
    "fail, skip or escalate",
  ],
  [
    "the same id twice",
    (text) => text.replace("id: check", "id: restart"),
    14,
    "steps.restart.id",
    "already a step “restart”",
    "its own id",
  ],
  [
    "a dependency that is not there",
    (text) => text.replace("dependsOn: restart", "dependsOn: restrat"),
    15,
    "steps.check.dependsOn",
    "no step “restrat”",
    "Did you mean “restart”?",
  ],
  [
    "a circle",
    (text) => text.replace("approve: {covers: [restart]}", "approve: {covers: [restart]}\n    dependsOn: check"),
    11,
    "steps.approval.dependsOn",
    "approval → check → restart → approval",
    "Take out",
  ],
  [
    "covering what is not there",
    (text) => text.replace("covers: [restart]", "covers: [restrat]"),
    10,
    "steps.approval.approve.covers.0",
    "no step “restrat”",
    "Did you mean “restart”?",
  ],
  [
    "covering an agent",
    (text) => text.replace("covers: [restart]", "covers: [restart, check]"),
    10,
    "steps.approval.approve.covers.1",
    "of kind agent",
    "tool step",
  ],
  [
    "covering twice",
    (text) => text.replace("covers: [restart]", "covers: [restart, restart]"),
    10,
    "steps.approval.approve.covers.1",
    "already covered",
    "once",
  ],
  [
    "an unknown tool",
    (text) => text.replace("services.restart", "service.restart"),
    12,
    "steps.restart.tool.name",
    "no tool “service.restart”",
    "Did you mean “services.restart”?",
  ],
  [
    "an unknown argument",
    (text) => text.replace('args: {service: "${{ input.service }}", e', 'args: {servce: "${{ input.service }}", e'),
    12,
    "steps.restart.tool.args.servce",
    "no argument “servce”",
    "Did you mean “service”?",
  ],
  [
    "an argument the tool refuses",
    (text) => text.replace('environment: "${{ input.environment }}"}}', "environment: moon}}"),
    12,
    "steps.restart.tool.args.environment",
    "refuses this value",
    "value the tool takes",
  ],
  [
    "an unknown specialist",
    (text) => text.replace("specialist: observer", "specialist: observr"),
    16,
    "steps.check.agent.specialist",
    "no specialist",
    "Did you mean “observer”?",
  ],
  [
    "an unknown task",
    (text) => text.replace("task: service-health", "task: service-helth"),
    16,
    "steps.check.agent.task",
    "no task of observer",
    "Did you mean “service-health”?",
  ],
  [
    "an unknown input",
    (text) => text.replace("title: restart ${{ input.service }}", "title: restart ${{ input.servce }}"),
    7,
    "title",
    "no input “servce”",
    "Did you mean “service”?",
  ],
  [
    "a title that needs a step",
    (text) => text.replace("title: restart", "title: restart ${{ steps.restart.output.x }}"),
    7,
    "title",
    "need not be finished",
    "only the input",
  ],
  [
    "a reference that is none",
    (text) => text.replace("${{ steps.check.output.summary }}", "${{ env.HOME }}"),
    19,
    "reply",
    "“env.HOME” is not a reference",
    "${{ input.NAME }}",
  ],
  [
    "an unknown step in what is said of a stopped run",
    (text) => `${text}stopped: [{when: {exists: "\${{ steps.chek.output }}"}, text: "It is."}]\n`,
    20,
    "stopped.0.when.exists",
    "no step “chek”",
    "Did you mean “check”?",
  ],
  [
    "an unclosed reference",
    (text) => text.replace("${{ steps.check.output.summary }}", "${{ input.service"),
    19,
    "reply",
    "is not a reference",
    "${{ input.NAME }}",
  ],
  [
    "an unknown step in a reference",
    (text) => text.replace("steps.check.output", "steps.chek.output"),
    19,
    "reply",
    "no step “chek”",
    "Did you mean “check”?",
  ],
  [
    "a step that is not before this one",
    (text) =>
      text
        .replace("    dependsOn: restart\n", "")
        .replace('input: {service: "${{ input.service }}"', 'input: {service: "${{ steps.restart.output.x }}"'),
    15,
    "steps.check.agent.input.service",
    "need not be finished",
    "Add “restart” to dependsOn",
  ],
  [
    "covered arguments from after the approval",
    (text) =>
      text.replace('args: {service: "${{ input.service }}"', 'args: {service: "${{ steps.approval.output.by }}"'),
    12,
    "steps.restart.tool.args.service",
    "approved in “approval”",
    "depends on",
  ],
  [
    "an unknown operator",
    (text) => text.replace("onError: skip", 'when: {equals: ["${{ input.service }}", a]}'),
    18,
    "steps.check.when.equals",
    "no operator “equals”",
    "Use one of",
  ],
  [
    "an operator with one operand",
    (text) => text.replace("onError: skip", "when: {not: {lt: [1]}}"),
    18,
    "steps.check.when.not.lt",
    "two operands",
    "eq:",
  ],
  [
    "a wait without an end",
    (text) => text.replace("approve: {covers: [restart]}", "wait: {}"),
    10,
    "steps.approval.wait",
    "needs an end",
    "for:",
  ],
  [
    "a wait for no duration",
    (text) => text.replace("approve: {covers: [restart]}", "wait: {for: ever}"),
    10,
    "steps.approval.wait.for",
    "“ever” is not a duration",
    "30s, 5m or 2h",
  ],
  [
    "a message to nowhere",
    (text) => text.replace("approve: {covers: [restart]}", "notify: {to: , text: hi}"),
    10,
    "steps.approval.notify.to",
    "does not belong",
    "in quotes",
  ],
  [
    "an unless of a step that no approval covers",
    (text) => text.replace("approve: {covers: [restart]}", "tool: {name: services.status}\n    unless: {exists: a}"),
    11,
    "steps.approval.unless",
    "No approval covers",
    "when: {not: CONDITION}",
  ],
  [
    "an unless of what is known when people are asked",
    (text) => text.replace("retry: {attempts: 3, backoff: 2s}", 'unless: {eq: ["${{ input.service }}", a]}'),
    13,
    "steps.restart.unless",
    "known before “approval” asks",
    "when: {not: CONDITION}",
  ],
  [
    "an unless of a step that is not over",
    (text) => text.replace("retry: {attempts: 3, backoff: 2s}", 'unless: {exists: "${{ steps.check.output }}"}'),
    13,
    "steps.restart.unless.exists",
    "“check” need not be finished",
    "Add “check” to dependsOn",
  ],
  [
    "an unless of what takes something back",
    (text) => text.replace("retry: {attempts: 3, backoff: 2s}", "always: true\n    unless: {exists: a}"),
    14,
    "steps.restart.unless",
    "always done",
    "Take out unless:",
  ],
  [
    "an unless of a step that looks again",
    (text) =>
      text.replace(
        "retry: {attempts: 3, backoff: 2s}",
        "repeat: {every: 5s, until: {exists: a}, atMost: 1m}\n    unless: {exists: a}",
      ),
    14,
    "steps.restart.unless",
    "ends by itself",
    "repeat: {until: ...}",
  ],
  [
    "an unless that is no condition",
    (text) => text.replace("retry: {attempts: 3, backoff: 2s}", "unless: {equals: [a, b]}"),
    13,
    "steps.restart.unless.equals",
    "no operator “equals”",
    "Use one of",
  ],
  [
    "a number that JSON cannot say",
    (text) => text.replace("covers: [restart]}", "covers: [restart]}\n    when: {eq: [.inf, 1]}"),
    11,
    "steps.approval.when",
    "does not belong",
    "",
  ],
];

test.each(wrong)("%s is refused with line, path and remedy", (_, change, line, path, message, remedy) => {
  const text = change(restart);
  expect(text).not.toBe(restart);
  const loaded = loadDefinition(text, "workflows/restart.yaml", known);
  const problems = loaded.ok ? [] : loaded.problems;
  expect(problems).toContainEqual({
    file: "workflows/restart.yaml",
    line,
    path,
    message: expect.stringContaining(message),
    remedy: expect.stringContaining(remedy),
  });
});

test("a message shows what a tool step has drawn, and nothing else becomes a picture", () => {
  const drawing = { name: "charts.metrics", apart: { picture: ["alt"] } };
  const file = (picture: string, tool = "charts.metrics") => `name: look
summary: Look at it
on: {manual: true}
input: {url: {type: string}}
steps:
  - id: chart
    tool: {name: ${tool}}
  - id: told
    dependsOn: chart
    notify: {to: thread, text: Look, picture: "${picture}"}
`;
  const load = (text: string) =>
    loadDefinition(text, "workflows/look.yaml", { ...known, tools: [...known.tools, drawing] });
  const drawn = load(file("${{ steps.chart.output.picture }}"));
  expect(drawn.ok ? [] : drawn.problems).toEqual([]);
  const reported = load(
    file("${{ steps.chart.output.picture }}").replace(
      "tool: {name: charts.metrics}",
      "agent: {specialist: observer, task: service-health}",
    ),
  );
  expect(reported.ok ? [] : reported.problems.map(({ path }) => path)).toContain("steps.told.notify.picture");
  for (const [picture, tool] of [
    ["https://evil.example/x.png"],
    ["${{ input.url }}"],
    ["${{ steps.chart.output.picture }}.png"],
    ["${{ steps.chart.output.picture.alt }}"],
    ["${{ steps.chart.output.image }}"],
    ["${{ steps.chart.output.picture }}", "services.status"],
  ] as const) {
    const loaded = load(file(picture, tool));
    expect(loaded.ok ? [] : loaded.problems).toEqual([
      {
        file: "workflows/look.yaml",
        line: 10,
        path: "steps.told.notify.picture",
        message: expect.stringMatching(/is not what a step has drawn|draws no/),
        remedy: expect.stringContaining("one whose tool is charts.metrics"),
      },
    ]);
  }
});

test("a report is what a step has written: no event, no input and no words beside it are drawn as Markdown", () => {
  const file = (text: string) => `name: look
summary: Look at it
on: {manual: true}
input: {words: {type: string}}
steps:
  - id: write
    agent: {specialist: observer, task: service-health}
  - id: told
    dependsOn: write
    notify: {to: thread, text: "${text}", report: true}
`;
  const wrong = (text: string) => {
    const loaded = loadDefinition(file(text), "workflows/look.yaml", known);
    return loaded.ok ? [] : loaded.problems.map(({ path, message }) => [path, message]);
  };
  const refused = [["steps.told.notify.text", "A report is what a step has written, and nothing besides."]];
  expect(wrong("${{ steps.write.output.report }}")).toEqual([]);
  for (const text of ["${{ input.words }}", "# Report", "${{ steps.write.output.report }} ${{ input.words }}"])
    expect(wrong(text)).toEqual(refused);
});

test("what is no reference to an artifact is no picture when the message is made", () => {
  const ref = { artifact: "0199b2d0-0000-7000-8000-000000000000", alt: "Errors\u202e", width: 4, height: 3 };
  expect(pictureRefIn({ ...ref, bytes: 9, src: "https://evil.example/x.png" })).toEqual({ ...ref, alt: "Errors" });
  for (const value of [
    null,
    "x",
    { ...ref, artifact: "https://evil.example" },
    { ...ref, width: 1e9 },
    { ...ref, alt: "" },
  ])
    expect(pictureRefIn(value)).toBeNull();
});

test("a channel that is an audience's is written to by its tool alone", () => {
  const told = (to: string) => {
    const text = restart.replace("approve: {covers: [restart]}", `notify: {to: ${to}, text: hi}`);
    const audiences = new Map([["support", "customers"]]);
    const loaded = loadDefinition(text, "w.yaml", { ...known, audiences });
    return loaded.ok ? [] : loaded.problems.map(formatProblem);
  };
  expect(told('[thread, "#ops"]')).toEqual([]);
  const remedy = "Use the tool messages.send with audience: customers, or name another channel.";
  expect(told('"#support"')).toEqual([
    `w.yaml:10: steps.approval.notify.to: #support is the audience “customers”: only messages.send writes there. ${remedy}`,
  ]);
  expect(told("[thread, support]")).toEqual([
    `w.yaml:10: steps.approval.notify.to.1: support is the audience “customers”: only messages.send writes there. ${remedy}`,
  ]);
});

test("a file tells everything that is wrong with it at once, in one line each", () => {
  const loaded = loadDefinition(
    restart.replace("services.restart", "service.restart").replace("dependsOn: restart", "dependsOn: restrat"),
    "w.yaml",
    known,
  );
  expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
    "w.yaml:12: steps.restart.tool.name: There is no tool “service.restart”. Did you mean “services.restart”?",
    "w.yaml:15: steps.check.dependsOn: There is no step “restrat”. Did you mean “restart”?",
  ]);
});

test("a file that grows without end when its aliases are followed is refused", () => {
  const levels = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de"].map((pair) => [...pair]))
    levels.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(", ")}]`);
  const loaded = loadDefinition(levels.join("\n"), "w.yaml", known);
  expect(loaded).toMatchObject({ ok: false, problems: [{ line: 1, message: expect.stringContaining("alias") }] });
});
