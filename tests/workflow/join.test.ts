import { describe, expect, test } from "vitest";
import type { PlanContext, PlanEvent } from "../../src/workflow/index.ts";
import { define, joinParts, planContext, progress, titleOf } from "../../src/workflow/index.ts";
import { access, ana, defined, restart } from "./examples.ts";

const tell = `name: tell-channel
summary: Tell a channel
on: {intent: restart-service}
input:
  channel: {type: string, required: true}
title: "tell #\${{ input.channel }} something"
steps:
  - id: tell
    notify: {to: "#\${{ input.channel }}", text: "\${{ requester.name }} did this: \${{ run.title }}"}
reply: "#\${{ input.channel }} was told."
`;
const checkout = { content: defined(restart), input: { service: "checkout", environment: "staging" } };
const search = { content: defined(restart), input: { service: "search", environment: "staging" } };
const ops = { content: defined(tell), input: { channel: "ops" } };
const billing = { content: defined(access), input: { system: "billing", for: 3_600_000 } };

/** A run of these parts, the second of which waits for the first, taken through events; and what it asked for last and in all. */
function run(
  parts: readonly (typeof checkout | typeof ops | typeof billing)[],
  events: readonly PlanEvent[],
  waits = true,
) {
  const joined = joinParts(parts.map((part, i) => ({ ...part, waits: waits && i > 0 })));
  if (!joined.ok) throw new Error(joined.problem);
  const definition = define(joined.content);
  const title = titleOf(definition, joined.input, ana);
  let context: PlanContext = planContext(definition, {
    runId: "01890000-0000-7000-8000-000000000000",
    seed: "s",
    title,
    requester: ana,
    input: joined.input,
  });
  let commands: ReturnType<typeof progress>["commands"] = [];
  const notes: string[] = [];
  for (const event of [{ type: "begin" } as const, ...events]) {
    ({ context, commands } = progress(definition, context, event, () => true));
    for (const { type, params } of commands) if (type === "note") notes.push(`${params.id}: ${params.card.text}`);
  }
  return { context, commands, notes, definition, title };
}
const approved = (part: number) => ({ type: "gate.approved", gate: `part-${part}-approval#1`, by: "Ben" }) as const;
const denied = (part: number) =>
  ({ type: "gate.denied", gate: `part-${part}-approval#1`, by: "Ben", reason: "too busy" }) as const;
const done = (step: string): PlanEvent => ({ type: "effect.done", step, generation: 1, output: { id: "g1" } });
const failed = (step: string): PlanEvent => ({
  type: "effect.failed",
  step,
  generation: 1,
  error: { message: "no such service", retryable: false },
});
const checked = (task: string): PlanEvent => ({ type: "task.done", task, output: { summary: "It is healthy." } });
const states = ({ steps }: PlanContext) =>
  Object.fromEntries(Object.entries(steps).map(([id, { state }]) => [id.replace("part-", ""), state]));

describe("a request in parts is one run", () => {
  test("each part's steps, inputs and words are its own", () => {
    const { title, commands } = run([checkout, ops], []);
    expect(title).toBe("restart checkout in staging, then tell #ops something");
    expect(commands.filter(({ type }) => type === "open").map(({ params }) => params)).toEqual([
      {
        id: "part-1-approval#1",
        title: "restart checkout in staging",
        covers: [
          {
            step: "part-1-restart",
            generation: 1,
            tool: "services.restart",
            args: { service: "checkout", environment: "staging" },
          },
        ],
      },
    ]);
  });

  test("a part that waits begins when all before it have done what they do, and each has its last word", () => {
    const begun = run([checkout, ops], [approved(1), done("part-1-restart")]);
    expect(states(begun.context)).toMatchObject({ "1-check": "running", "2-tell": "pending" });
    expect(begun.notes.at(-1)).toBe(
      "status: ana asked to restart checkout in staging, then tell #ops something. Part 1: Working: check. Part 2: waits for part 1.",
    );
    const over = run([checkout, ops], [approved(1), done("part-1-restart"), checked("part-1-check#1")]);
    expect(over.context.phase).toBe("completed");
    expect(over.notes.filter((note) => note.includes("did this"))).toEqual([
      "notify:part-2-tell: ana did this: tell #ops something",
    ]);
    expect(over.notes.at(-1)).toBe(
      "reply: 1. restart checkout in staging: It is healthy.\n2. tell #ops something: #ops was told.",
    );
  });

  test("parts that do not wait begin together", () => {
    expect(states(run([checkout, search, ops], [], false).context)).toMatchObject({
      "1-approval": "waiting",
      "2-approval": "waiting",
      "3-tell": "done",
    });
  });

  test("what still has to be taken back holds up nobody", () => {
    const whole = run([{ ...billing, content: alwaysTakenBack }, ops], [approved(1), done("part-1-grant")]);
    expect(states(whole.context)).toMatchObject({ "1-hold": "waiting", "1-revoke": "pending", "2-tell": "done" });
  });
});

const alwaysTakenBack = defined(access.replace("revoke: {dependsOn: hold,", "revoke: {dependsOn: hold, always: true,"));

describe("a part that does not work out stops what waits for it, and nothing else", () => {
  test("denied: what waits does not begin, and the thread says why", () => {
    const { context, notes } = run([checkout, ops], [denied(1)]);
    expect(context.phase).toBe("cancelled");
    expect(states(context)).toMatchObject({ "1-restart": "cancelled", "2-tell": "cancelled" });
    expect(notes.at(-1)).toBe(
      "reply: 1. restart checkout in staging: Stopped: Ben denied it: too busy.\n2. tell #ops something: not begun, because part 1 did not work out.",
    );
  });

  test("what a part says of its end is said of that part, and when all is cancelled of those that had begun", () => {
    const told = defined(`${restart}stopped: "\${{ input.service }} is as it was."\n`);
    const [first, second] = [
      { ...checkout, content: told },
      { ...search, content: told },
    ];
    expect(run([first, ops], [denied(1)]).notes.at(-1)).toMatch(
      /^reply: 1\. .*: Stopped: Ben denied it: too busy\. checkout is as it was\.\n2\. /,
    );
    const cancel = { type: "cancel", by: "cara" } as const;
    expect(run([first, second], [cancel]).notes.at(-1)).toBe(
      "reply: Stopped: cara cancelled it. checkout is as it was.",
    );
    expect(run([first, second], [cancel], false).notes.at(-1)).toBe(
      "reply: Stopped: cara cancelled it. checkout is as it was. search is as it was.",
    );
  });

  test("nothing was done, although nobody stopped it: what waits does not begin either", () => {
    const rollback = restart
      .replace("dependsOn: restart", 'dependsOn: restart\n    when: {exists: "${{ steps.restart.output }}"}')
      .replace(/reply: .*/, 'reply: "Nothing was done: there is no version of ${{ input.service }}"');
    const ends: Record<string, [string, PlanEvent[]]> = {
      "no need": [
        rollback.replace("  - id: restart\n", '  - id: restart\n    when: {eq: ["${{ input.service }}", search]}\n'),
        [],
      ],
      failed: [rollback.replace("retry:", "onError: skip\n    retry:"), [approved(1), failed("part-1-restart")]],
      denied: [rollback.replace("covers: [restart]", "covers: [restart], onDenied: skip"), [denied(1)]],
    };
    for (const [text, events] of Object.values(ends)) {
      const { context, notes } = run([{ ...checkout, content: defined(text) }, ops], events);
      expect(context.phase).toBe("cancelled");
      expect(notes.filter((note) => note.includes("did this"))).toEqual([]);
      expect(notes.at(-1)).toBe(
        "reply: 1. restart checkout in staging: Nothing was done: there is no version of checkout\n2. tell #ops something: not begun, because part 1 did not work out.",
      );
    }
    const { context } = run(
      [{ ...checkout, content: defined(ends["failed"]?.[0] ?? "") }, ops],
      [approved(1), done("part-1-restart"), checked("part-1-check#1")],
    );
    expect(states(context)["2-tell"]).toBe("done");
  });

  test("turned down in part: that part goes on as its workflow says, and what waits for it does not begin", () => {
    const two = `name: two
summary: Two questions
on: {manual: true}
steps:
  - {id: may-grant, approve: {covers: [grant], onDenied: skip}}
  - {id: grant, tool: {name: access.grant}}
  - {id: hold, dependsOn: grant, wait: {for: 1h}}
  - {id: revoke, dependsOn: hold, always: true, tool: {name: access.revoke}}
  - {id: may-restart, approve: {covers: [restart], onDenied: skip}}
  - {id: restart, tool: {name: services.status}}
`;
    const gate = (step: string) => `part-1-${step}#1`;
    const granted: PlanEvent[] = [{ type: "gate.approved", gate: gate("may-grant"), by: "Ben" }, done("part-1-grant")];
    const parts = [{ content: defined(two), input: {} }, ops] as Parameters<typeof run>[0];
    const refused: PlanEvent[] = [
      { type: "gate.denied", gate: gate("may-restart"), by: "Ben", reason: "no" },
      { type: "gate.expired", gate: gate("may-restart") },
    ];
    for (const event of refused) {
      const half = run(parts, [...granted, event]);
      expect(states(half.context)).toMatchObject({ "1-hold": "waiting", "1-revoke": "pending", "2-tell": "cancelled" });
      expect(half.notes.at(-1)).toContain("Part 2: not begun, because not all of what comes before it was approved.");
      const over: PlanEvent = { type: "wait.over", step: "part-1-hold", generation: 1 };
      const whole = run(parts, [...granted, event, over, done("part-1-revoke")]);
      expect([whole.context.phase, states(whole.context)["1-revoke"]]).toEqual(["cancelled", "done"]);
    }
    const approvedBoth = [
      ...granted,
      { type: "gate.approved", gate: gate("may-restart"), by: "Ben" } as const,
      done("part-1-restart"),
    ];
    expect(states(run(parts, approvedBoth).context)).toMatchObject({ "1-hold": "waiting", "2-tell": "done" });
  });

  test("what it watched for did not come about: what waits for it does not begin", () => {
    const watching = restart.replace(
      "    timeout: 1m\n",
      "    repeat: {every: 10s, atMost: 1m, until: {eq: ['${{ steps.check.output.last.healthy }}', true]}}\n",
    );
    const begun = [approved(1), done("part-1-restart")];
    const looked = (healthy: boolean): PlanEvent => ({
      type: "task.done",
      task: "part-1-check#1",
      output: { healthy, summary: healthy ? "It is healthy." : "It is not healthy." },
    });
    const parts = [{ ...checkout, content: defined(watching) }, ops];
    expect(states(run(parts, [...begun, looked(true)]).context)["2-tell"]).toBe("done");
    const vain = run(parts, [...begun, looked(false), { type: "repeat.over", step: "part-1-check" }]);
    expect([vain.context.phase, states(vain.context)["2-tell"]]).toEqual(["cancelled", "cancelled"]);
    expect(vain.notes.at(-1)).toBe(
      "reply: 1. restart checkout in staging: done.\n2. tell #ops something: not begun, because part 1 did not come to what it watches for.",
    );
  });

  test("what is only taken back does not count as done", () => {
    const granting = `name: granting
summary: Access that does not come about
on: {manual: true}
steps:
  - {id: ask, approve: {covers: [grant, revoke]}}
  - {id: grant, onError: skip, tool: {name: access.grant}}
  - {id: hold, dependsOn: grant, wait: {for: 1h}}
  - {id: revoke, dependsOn: hold, always: true, tool: {name: access.revoke}}
`;
    const parts = [{ content: defined(granting), input: {} }, ops] as Parameters<typeof run>[0];
    const asked: PlanEvent = { type: "gate.approved", gate: "part-1-ask#1", by: "Ben" };
    expect(states(run(parts, [asked, failed("part-1-grant")]).context)).toMatchObject({ "2-tell": "cancelled" });
    expect(states(run(parts, [asked, done("part-1-grant")]).context)).toMatchObject({ "2-tell": "done" });
  });

  test("denied: what does not wait goes on, and not all was done", () => {
    const events = [denied(1), approved(2), done("part-2-restart"), checked("part-2-check#1")];
    const half = run([checkout, search], events.slice(0, 1), false);
    expect(half.context.phase).toBe("waiting");
    expect(half.notes.at(-1)).toContain("Part 1: Stopped: Ben denied it: too busy. Part 2: Waiting for approval.");
    const { context, notes } = run([checkout, search], events, false);
    expect(context.phase).toBe("cancelled");
    expect(notes.at(-1)).toBe(
      "reply: 1. restart checkout in staging: Stopped: Ben denied it: too busy.\n2. restart search in staging: It is healthy.",
    );
  });

  test("failed: the other part goes on, and what failed can be done again", () => {
    const first = [approved(1), failed("part-1-restart"), approved(2)];
    expect(run([checkout, search], first, false).context.phase).toBe("running");
    const over = [...first, done("part-2-restart"), checked("part-2-check#1")];
    const { context, notes } = run([checkout, search], over, false);
    expect(context.phase).toBe("failed");
    expect(notes.at(-1)).toBe(
      "reply: 1. restart checkout in staging: “restart” did not work: no such service.\n2. restart search in staging: It is healthy.\nOpen the run to see why and to do it again.",
    );
    const again = run([checkout, search], [...over, { type: "again" }], false);
    expect(again.commands.flatMap(({ type, params }) => (type === "open" ? [params.id] : []))).toEqual([
      "part-1-approval#2",
    ]);
    expect(states(again.context)).toMatchObject({ "1-approval": "waiting", "2-check": "done" });
  });

  test("told where something from outside would choose: that part fails alone", () => {
    const text = tell.replace(
      / {4}notify:.*/,
      `    agent: {specialist: observer, task: service-health, input: {service: "\${{ input.channel }}"}}
  - {id: told, dependsOn: tell, notify: {to: "#\${{ steps.tell.output.channel }}", text: hi}}`,
    );
    const parts = [{ ...ops, content: defined(text) }, billing];
    const found: PlanEvent = { type: "task.done", task: "part-1-tell#1", output: { channel: "general" } };
    const { context, commands } = run(parts, [found, approved(2)], false);
    expect(states(context)).toMatchObject({ "1-told": "failed", "2-grant": "running" });
    expect(commands.map(({ type }) => type)).toContain("perform");
  });

  test("failed: what waits for it begins after it was done again", () => {
    const events: PlanEvent[] = [approved(1), failed("part-1-restart")];
    expect(states(run([checkout, ops], events).context)).toMatchObject({ "2-tell": "pending" });
    const { context } = run(
      [checkout, ops],
      [
        ...events,
        { type: "again" },
        { type: "gate.approved", gate: "part-1-approval#2", by: "Ben" },
        { type: "effect.done", step: "part-1-restart", generation: 2, output: {} },
        checked("part-1-check#1"),
      ],
    );
    expect([context.phase, states(context)["2-tell"]]).toEqual(["completed", "done"]);
  });

  test("denied in the second part, what the first still has to take back is taken back", () => {
    const parts = [{ ...billing, content: alwaysTakenBack }, checkout];
    const { context } = run(parts, [approved(1), done("part-1-grant"), denied(2)]);
    expect(states(context)).toMatchObject({ "1-hold": "waiting", "1-revoke": "pending", "2-restart": "cancelled" });
    expect(context.phase).toBe("waiting");
  });

  test("cancelled: every part ends", () => {
    const { context, notes } = run([checkout, search], [{ type: "cancel", by: "Ana" }], false);
    expect(context.phase).toBe("cancelled");
    expect(notes.at(-1)).toBe("reply: Stopped: Ana cancelled it.");
  });
});

test("parts that would be answered with the same words cannot be one run", () => {
  const asking = defined(
    tell.replace(
      "reply:",
      `  - id: heard
    wait: {event: {intent: grant-access, match: {request: "\${{ run.short }}"}}}
reply:`,
    ),
  );
  const part = { content: asking, input: { channel: "ops" }, waits: false };
  expect(joinParts([part, part])).toEqual({
    ok: false,
    problem: "Part 1 and part 2 would be answered with the same words, so ask for them one after the other.",
  });
});
