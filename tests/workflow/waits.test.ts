import { expect, test } from "vitest";
import type { Command } from "../../src/domain/command.ts";
import { shortId } from "../../src/domain/ids.ts";
import type { PlanEvent } from "../../src/workflow/index.ts";
import { loadDefinition, planContext, progress } from "../../src/workflow/index.ts";
import { defined, known, notes, play } from "./examples.ts";

const text = `name: lamp
summary: Have a lamp mended
on: {manual: true}
input:
  what: {type: string, required: true}
title: have \${{ input.what }} mended
steps:
  - id: card
    notify:
      to: [thread, "#ops"]
      title: A lamp
      text: "\${{ requester.name }} wants to \${{ run.title }}"
      fields: [{label: What, value: "\${{ input.what }}"}]
      buttons: [{label: Mine, say: "/steward take \${{ run.short }}", style: primary}]
  - id: taken
    dependsOn: card
    wait:
      says: Nobody mends it yet.
      event:
        - {intent: restart-service, match: {run: "\${{ run.short }}"}, roles: [member], requester: false}
        - {intent: revoke-access}
  - {id: late, dependsOn: card, wait: {for: 10m, until: taken}}
  - id: remind
    dependsOn: late
    when: {eq: ["\${{ steps.late.output.because }}", time]}
    notify: {to: thread, text: "Still dark"}
  - id: settled
    dependsOn: [card, taken]
    notify: {replaces: card, text: "\${{ steps.taken.output.name }} mends it"}
  - id: done
    dependsOn: [taken, settled]
    wait: {event: {intent: revoke-access, people: ["\${{ steps.taken.output.by }}"]}}
reply:
  - {when: {eq: ["\${{ steps.taken.output.intent }}", revoke-access]}, text: "Called off"}
  - {text: "Mended after \${{ steps.done.output.after }}"}
`;
const begin: PlanEvent = { type: "begin" };
const taken: PlanEvent = { type: "expected", id: "expect:taken", by: "ben", name: "Ben", params: {} };
const input = { what: "the lamp" };
const tells = (commands: readonly Command[]) =>
  commands.flatMap((command) => (command.type === "tell" ? [[command.params.id, command.params.event]] : []));

test("a message has fields and buttons, in several places, and becomes another under the same id", () => {
  const asked = play(defined(text), input, [begin]);
  const card = {
    title: "A lamp",
    text: "ana wants to restart checkout in production",
    fields: [{ label: "What", value: "the lamp" }],
    buttons: [{ label: "Mine", style: "primary", say: `/steward take ${shortId("run-1")}` }],
  };
  expect(asked.last.filter((command) => command.type === "note").slice(0, 2)).toEqual([
    { type: "note", params: { id: "notify:card", to: "thread", card } },
    {
      type: "note",
      params: { id: "notify:card@#ops", to: { channel: "ops" }, card: { ...card, link: "/runs/run-1" } },
    },
  ]);
  const settled = play(defined(text), input, [begin, taken]);
  expect(notes(settled.last)).toMatchObject({ "notify:card": "Ben mends it", "notify:card@#ops": "Ben mends it" });
});

test("a channel is not told again where it was asked", () => {
  const definition = defined(text);
  const place = { platform: "web", channel: "ops" } as const;
  const run = { runId: "run-1", seed: "", title: "mend", requester: { id: "ana", name: "Ana" }, input, place };
  const { commands } = progress(definition, planContext(definition, run), begin);
  expect(commands).toContainEqual(
    expect.objectContaining({ params: expect.objectContaining({ to: { channel: "ops", except: place } }) as unknown }),
  );
});

test("a wait takes any of its events and says which; who may send them is said to the inbox", () => {
  const asked = play(defined(text), input, [begin]);
  expect(tells(asked.last)).toEqual([
    [
      "expect:taken",
      {
        type: "expect",
        name: "restart-service",
        match: { run: shortId("run-1") },
        roles: ["member", "not-requester"],
      },
    ],
    ["expect:taken:1", { type: "expect", name: "revoke-access", match: {}, roles: [] }],
  ]);
  expect(notes(asked.last)["status"]).toBe("ana asked to restart checkout in production. Nobody mends it yet.");
  const first = play(defined(text), input, [begin, taken]);
  expect(first.context.steps["taken"]?.output).toMatchObject({
    because: "event",
    intent: "restart-service",
    by: "ben",
  });
  expect(tells(first.last)).toContainEqual(["expect:taken:1", { type: "forget" }]);
  expect(tells(first.last)).toContainEqual([
    "expect:done",
    { type: "expect", name: "revoke-access", match: {}, roles: ["person:ben"] },
  ]);
  const second = play(defined(text), input, [begin, { ...taken, id: "expect:taken:1" }]);
  expect(second.context.steps["taken"]?.output).toMatchObject({ intent: "revoke-access" });
});

test("what watches the time ends with what it watches, and its reminder is not sent", () => {
  const timely = play(defined(text), input, [begin, taken]);
  expect(timely.context.steps["late"]).toMatchObject({ state: "done", output: { because: "until" } });
  expect(timely.last).toContainEqual({ type: "cancelTimer", params: { id: "wait:late" } });
  expect(timely.context.steps["remind"]?.state).toBe("skipped");
  const late = play(defined(text), input, [begin, { type: "wait.over", step: "late", generation: 1 }]);
  expect(notes(late.last)).toMatchObject({ "notify:remind": "Still dark" });
  expect(late.context.phase).toBe("waiting");
});

test("the first reply that holds is said, and it may say how long it took", () => {
  const off = play(defined(text), input, [
    begin,
    { ...taken, id: "expect:taken:1" },
    { type: "expected", id: "expect:done", by: "ben", params: {} },
  ]);
  expect(notes(off.last)["reply"]).toBe("Called off");
  const definition = defined(text);
  let context = planContext(definition, {
    runId: "run-1",
    seed: "",
    title: "mend",
    requester: { id: "ana", name: "Ana" },
    input,
    at: "2026-05-01T08:00:00.000Z",
  });
  let last: readonly Command[] = [];
  for (const event of [
    begin,
    taken,
    { type: "expected", id: "expect:done", by: "ben", params: {}, at: "2026-05-01T10:30:00.000Z" } as const,
  ])
    ({ context, commands: last } = progress(definition, context, event));
  expect(notes(last)["reply"]).toBe("Mended after 2 hours 30 minutes");
});

test.each([
  ['to: thread, text: "Still', 'text: "Still', "A message needs a place."],
  ["replaces: card,", "replaces: card, to: thread,", "A message that replaces another is where that one is."],
  ["replaces: card,", "replaces: crad,", "There is no message “crad” to replace."],
  ["replaces: card,", "replaces: settled,", "There is no message “settled” to replace."],
  ["until: taken", "until: token", "There is no other step “token”."],
  ["until: taken", "until: late", "There is no other step “late”."],
  [
    "id: late, dependsOn: card, wait: {for: 10m, until",
    "id: late, dependsOn: card, wait: {until",
    "A wait needs an end.",
  ],
  ["intent: revoke-access}\n  - {id: late", "intent: revoke}\n  - {id: late", "There is no intent “revoke”."],
  ['${{ run.short }}", style', '${{ run.name }}", style', "“run.name” is not a reference."],
  ["${{ steps.taken.output.by }}", "${{ steps.remind.output.by }}", "“remind” need not be finished when this is read."],
  ["dependsOn: [card, taken]\n", "dependsOn: late\n    when: {gone: 1}\n", "There is no operator “gone”."],
  ['when: {eq: ["${{ steps.taken.output.intent }}", revoke-access]}', "when: {is: 1}", "There is no operator “is”."],
  ['say: "/steward', 'tell: "/steward', "There is no key “tell” here."],
  ["roles: [member]", "rolls: [member]", "There is no key “rolls” here."],
])("%j written as %j is refused", (right, wrong, message) => {
  expect(text).toContain(right);
  const loaded = loadDefinition(text.replace(right, wrong), "lamp.yaml", known);
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.message)).toContainEqual(
    expect.stringContaining(message),
  );
});

test("a message that could come before the one it replaces is refused", () => {
  const loose = text.replace("dependsOn: [card, taken]\n    notify", "notify");
  const loaded = loadDefinition(loose.replace("steps.taken.output.name", "requester.name"), "lamp.yaml", known);
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.message)).toContain(
    "“card” need not be there when this replaces it.",
  );
});
