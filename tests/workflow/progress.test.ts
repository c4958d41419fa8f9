import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/domain/command.ts";
import type { Definition, PlanEvent } from "../../src/workflow/index.ts";
import { planContext, progress } from "../../src/workflow/index.ts";
import { access, ana, defined, notes, play, restart, withSteps } from "./examples.ts";

const checkout = { service: "checkout", environment: "production" };
const begin = { type: "begin" } as const;
const approved = { type: "gate.approved", gate: "approval#1", by: ["ben"] } as const;
const failed = (step: string, retryable: boolean, generation = 1): PlanEvent => ({
  type: "effect.failed",
  step,
  generation,
  error: { message: "no answer", retryable },
});
const done = (step: string, output = {}, generation = 1): PlanEvent => ({
  type: "effect.done",
  step,
  generation,
  output,
});
const of = <T extends Command["type"]>(commands: readonly Command[], type: T): Extract<Command, { type: T }>[] =>
  commands.filter((command): command is Extract<Command, { type: T }> => command.type === type);
const performed = (commands: readonly Command[]): string[] =>
  of(commands, "perform").map((command) => command.params.id);
const tool = (id: string, more = ""): string => `  - {id: ${id}, tool: {name: services.status}${more}}\n`;

test("a covered step waits for its gate, then runs under it", () => {
  const asked = play(defined(restart), checkout, [begin]);
  expect(of(asked.commands, "open")).toEqual([
    {
      type: "open",
      params: {
        id: "approval#1",
        title: "restart checkout in production",
        covers: [{ step: "restart", generation: 1, tool: "services.restart", args: checkout }],
      },
    },
  ]);
  expect(performed(asked.commands)).toEqual([]);
  expect(asked.context.phase).toBe("waiting");
  expect(notes(asked.commands)).toEqual({
    status: "ana asked to restart checkout in production. Waiting for approval.",
  });
  const run = play(defined(restart), checkout, [begin, { type: "gate.opened", gate: "approval#1" }, approved]);
  expect(of(run.last, "perform")).toEqual([
    {
      type: "perform",
      params: {
        id: "restart#1",
        step: "restart",
        generation: 1,
        tool: "services.restart",
        args: checkout,
        gate: "approval#1",
      },
    },
  ]);
  expect(notes(run.last)).toEqual({ status: "ana asked to restart checkout in production. Working: restart." });
});

test("a waived gate lets its steps run at once", () => {
  expect(
    performed(
      play(defined(restart), checkout, [begin, { type: "gate.waived", gate: "approval#1", policy: "staging" }])
        .commands,
    ),
  ).toEqual(["restart#1"]);
});

test("the reply is what the last step found", () => {
  const run = play(defined(restart), checkout, [
    begin,
    approved,
    done("restart"),
    { type: "task.done", task: "check#1", output: { summary: "checkout is healthy" } },
  ]);
  expect(of(run.commands, "start")).toEqual([
    {
      type: "start",
      params: {
        id: "check#1",
        machine: "agent",
        name: "observer",
        input: { id: "check#1", task: "service-health", specialist: "observer", input: checkout, limitMs: 60_000 },
      },
    },
  ]);
  expect(run.context.phase).toBe("completed");
  expect(run.last).toContainEqual({
    type: "note",
    params: { id: "reply", to: "thread", card: { text: "checkout is healthy", link: "/runs/run-1", last: true } },
  });
  expect(run.last).toContainEqual({ type: "cancelTimer", params: { id: "timeout:check" } });
});

test("a reply with nothing in it says that it is done", () => {
  const run = play(defined(restart), checkout, [
    begin,
    approved,
    done("restart"),
    { type: "task.failed", task: "check#1", error: { message: "lost", retryable: false } },
  ]);
  expect(run.context.steps["check"]).toMatchObject({ state: "skipped", error: "lost" });
  expect(notes(run.last)["reply"]).toBe("Done.");
});

test("a denial ends it and tells the requester why", () => {
  const run = play(defined(restart), checkout, [
    begin,
    { type: "gate.denied", gate: "approval#1", by: "ben", reason: "too busy now" },
  ]);
  expect(run.context.phase).toBe("cancelled");
  expect(notes(run.last)).toEqual({
    status: "ana asked to restart checkout in production. Stopped.",
    reply: "Stopped: ben denied it: too busy now.",
  });
  expect(performed(run.commands)).toEqual([]);
});

test.each(["too busy now.", "too busy now... ", "why now?"])(
  "a reason that ends in %j ends its sentence once",
  (reason) => {
    const { last } = play(defined(restart), checkout, [
      begin,
      { type: "gate.denied", gate: "approval#1", by: "ben", reason },
    ]);
    expect(notes(last)["reply"]).toMatch(/^Stopped: ben denied it: (?:too busy now\.|why now\?)$/);
  },
);

test("nobody answering ends it", () => {
  expect(
    notes(play(defined(restart), checkout, [begin, { type: "gate.expired", gate: "approval#1" }]).last)["reply"],
  ).toBe("Nobody answered in time, so nothing was done.");
});

test("independent steps run together, dependent ones after both", () => {
  const definition = withSteps(tool("a") + tool("b") + tool("c", ", dependsOn: [a, b]"));
  expect(performed(play(definition, {}, [begin]).commands)).toEqual(["a#1", "b#1"]);
  expect(performed(play(definition, {}, [begin, done("b")]).last)).toEqual([]);
  expect(performed(play(definition, {}, [begin, done("b"), done("a")]).last)).toEqual(["c#1"]);
});

test("a retry backs off, spread, up to its limit, and then the step fails", () => {
  const definition = defined(restart);
  const run = play(definition, checkout, [
    begin,
    approved,
    failed("restart", true),
    { type: "step.retry", step: "restart", generation: 1 },
    failed("restart", true),
  ]);
  const [first = 0, second = 0] = of(run.commands, "timer").map((timer) => timer.params.delayMs);
  expect(first).toBeGreaterThanOrEqual(1000);
  expect(first).toBeLessThanOrEqual(2000);
  expect(second).toBeGreaterThanOrEqual(2000);
  expect(second).toBeLessThanOrEqual(4000);
  expect(performed(run.commands)).toEqual(["restart#1", "restart#1"]);
  expect(run.context.phase).toBe("waiting");
  const over = play(definition, checkout, [
    begin,
    approved,
    failed("restart", true),
    { type: "step.retry", step: "restart", generation: 1 },
    failed("restart", true),
    { type: "step.retry", step: "restart", generation: 1 },
    failed("restart", true),
  ]);
  expect(over.context.phase).toBe("failed");
  expect(notes(over.last)["reply"]).toBe(
    "Failed to restart checkout in production. “restart” did not work: no answer. Open the run to see why and to do it again.",
  );
});

test("a failure that another try cannot mend is not tried again", () => {
  expect(play(defined(restart), checkout, [begin, approved, failed("restart", false)]).context.phase).toBe("failed");
});

test("doing it again is a new effect and needs a new approval; the old results no longer count", () => {
  const events: PlanEvent[] = [begin, approved, failed("restart", false), { type: "again", by: "ana" }];
  const run = play(defined(restart), checkout, events);
  expect(of(run.last, "open")).toMatchObject([
    { params: { id: "approval#2", covers: [{ step: "restart", generation: 2 }] } },
  ]);
  expect(run.context.phase).toBe("waiting");
  const late = play(defined(restart), checkout, [...events, done("restart"), approved]);
  expect(late.context.steps["restart"]).toMatchObject({ state: "pending", generation: 2 });
  const second = play(defined(restart), checkout, [...events, { ...approved, gate: "approval#2" }]);
  expect(of(second.last, "perform")).toMatchObject([{ params: { id: "restart#2", gate: "approval#2" } }]);
});

test("one of two failed steps can be done again alone, and the other keeps the run failed", () => {
  const definition = withSteps(tool("a") + tool("b"));
  const run = play(definition, {}, [begin, failed("a", false), failed("b", false), { type: "again", step: "a" }]);
  expect(performed(run.last)).toEqual(["a#2"]);
  expect(
    play(definition, {}, [
      begin,
      failed("a", false),
      failed("b", false),
      { type: "again", step: "a" },
      done("a", {}, 2),
    ]).context.phase,
  ).toBe("failed");
});

test("a failure begins nothing new, withdraws what waits, and lets what runs finish", () => {
  const definition = withSteps(
    `${tool("a") + tool("b")}  - {id: c, dependsOn: b, tool: {name: services.status}}\n  - {id: ok, approve: {covers: [d]}}\n${tool("d")}`,
  );
  const run = play(definition, {}, [begin, failed("a", false)]);
  expect(run.context.phase).toBe("running");
  expect(of(run.last, "tell")).toMatchObject([{ params: { to: "ok#1", event: { type: "withdraw" } } }]);
  const over = play(definition, {}, [begin, failed("a", false), done("b")]);
  expect(over.context).toMatchObject({
    phase: "failed",
    steps: { b: { state: "done" }, c: { state: "pending" }, d: { state: "pending" } },
  });
  expect(performed(play(definition, {}, [begin, failed("a", false), done("b"), { type: "again" }]).last)).toEqual([
    "a#2",
    "c#1",
  ]);
});

test("escalating tells people, urgently", () => {
  const definition = withSteps("  - {id: a, tool: {name: services.status}, onError: escalate}\n");
  const run = play(definition, {}, [begin, failed("a", false)]);
  expect(of(run.last, "note").filter((note) => note.params.urgent)).toMatchObject([
    { params: { id: "escalate:a#1", to: "thread", card: { link: "/runs/run-1" } } },
  ]);
});

test("an effect in doubt waits for a person and takes either answer", () => {
  const doubt: PlanEvent = { type: "effect.inDoubt", step: "restart", generation: 1 };
  const run = play(defined(restart), checkout, [begin, approved, doubt]);
  expect(run.context.phase).toBe("waiting");
  expect(notes(run.last)["status"]).toContain("Somebody has to say whether restart happened.");
  expect(
    play(defined(restart), checkout, [begin, approved, doubt, done("restart")]).context.steps["restart"]?.state,
  ).toBe("done");
  expect(play(defined(restart), checkout, [begin, approved, doubt, failed("restart", false)]).context.phase).toBe(
    "failed",
  );
});

test("a result that comes late, while the next try is waited for, still counts", () => {
  const run = play(defined(restart), checkout, [begin, approved, failed("restart", true), done("restart")]);
  expect(run.context.steps["restart"]?.state).toBe("done");
  expect(run.last).toContainEqual({ type: "cancelTimer", params: { id: "retry:restart" } });
});

test("a superseded gate is asked anew, and what it covered waits for the new one", () => {
  const run = play(defined(restart), checkout, [begin, approved, { type: "gate.superseded", gate: "approval#1" }]);
  expect(of(run.last, "open")).toMatchObject([
    { params: { id: "approval#2", covers: [{ step: "restart", generation: 1 }] } },
  ]);
  const next = play(defined(restart), checkout, [
    begin,
    approved,
    { type: "gate.superseded", gate: "approval#1" },
    approved,
    { ...approved, gate: "approval#2" },
  ]);
  expect(of(next.last, "perform")).toMatchObject([{ params: { id: "restart#1", gate: "approval#2" } }]);
});

test("a call that can never run fails its step before anybody is asked", () => {
  const reason = "services.restart cannot take these arguments: service: Too long";
  const misfit = { type: "gate.denied", gate: "approval#1", by: "Steward", reason, step: "restart" } as const;
  const run = play(defined(restart), checkout, [begin, misfit]);
  expect(run.context).toMatchObject({ phase: "failed", steps: { restart: { state: "failed", error: reason } } });
  expect(of(run.last, "open")).toEqual([]);
  expect(performed(run.commands)).toEqual([]);
  expect(JSON.stringify(notes(run.last))).toContain(reason);
  const late = play(defined(restart), checkout, [begin, approved, misfit]);
  expect(late.context.steps["restart"]?.state).toBe("running");
});

test.each(["skip", "failAtEnd"])(
  "of two calls the one that can run is asked about alone where the run goes on without the other (%s)",
  (onError) => {
    const definition = withSteps(
      `  - {id: ok, approve: {covers: [a, b]}}\n  - {id: a, onError: ${onError}, tool: {name: services.status}}\n  - {id: b, tool: {name: services.status}}\n`,
    );
    const misfit = { type: "gate.denied", gate: "ok#1", by: "Steward", reason: "no", step: "a" } as const;
    const run = play(definition, {}, [begin, misfit]);
    expect(of(run.last, "open")).toMatchObject([{ params: { id: "ok#2", covers: [{ step: "b" }] } }]);
    expect(performed(run.commands)).toEqual([]);
  },
);

describe("what was approved together and comes after what did not work out", () => {
  const steps = (over: string, onError = "skip") =>
    withSteps(`  - {id: ask, approve: {covers: [tell, over]}}
  - {id: tell, tool: {name: access.grant}, onError: ${onError}}
  - {id: closed, dependsOn: tell, agent: {specialist: observer, task: service-health}}
  - {id: over, dependsOn: closed, tool: {name: access.revoke}, onError: skip${over}}
  - {id: after, dependsOn: over, notify: {to: thread, text: done}}`);
  const played = (told: PlanEvent, over = "", onError = "skip") =>
    play(steps(over, onError), {}, [
      begin,
      { type: "gate.approved", gate: "ask#1", by: "Ben" },
      told,
      { type: "task.done", task: "closed#1", output: { summary: "" } },
    ]).context.steps;
  test("is not done either: nobody hears that something is over of which they never heard", () => {
    expect(played(failed("tell", false))).toMatchObject({ over: { state: "skipped" }, after: { state: "done" } });
    expect(played(failed("tell", false), "", "failAtEnd")).toMatchObject({
      tell: { state: "failed" },
      over: { state: "skipped" },
      after: { state: "done" },
    });
    expect(played(done("tell"))).toMatchObject({ over: { state: "running" } });
  });

  test("is done when it takes something back", () => {
    expect(played(failed("tell", false), ", always: true")).toMatchObject({ over: { state: "running" } });
  });

  test("is not asked about once the other can never run", () => {
    const misfit: PlanEvent = { type: "gate.denied", gate: "ask#1", by: "Steward", reason: "no", step: "tell" };
    const { last, context } = play(steps(""), {}, [begin, misfit]);
    expect(last.filter(({ type }) => type === "open")).toEqual([]);
    expect(context.steps).toMatchObject({ ask: { state: "skipped" }, tell: { state: "skipped", error: "no" } });
    const late = play(steps("", "failAtEnd"), {}, [begin, misfit]);
    expect(late.last.filter(({ type }) => type === "open")).toEqual([]);
    expect(late.context.steps).toMatchObject({ ask: { state: "skipped" }, tell: { state: "failed", error: "no" } });
  });
});

test("an approval that does not apply is not asked for", () => {
  const definition = withSteps(
    "  - {id: ok, when: {eq: [1, 2]}, approve: {covers: [a]}}\n  - {id: a, tool: {name: services.status}}\n",
  );
  expect(of(play(definition, {}, [begin]).commands, "perform")).toMatchObject([{ params: { id: "a#1", gate: null } }]);
  const covered = withSteps(
    "  - {id: ok, approve: {covers: [a]}}\n  - {id: a, when: {eq: [1, 2]}, tool: {name: services.status}}\n",
  );
  expect(play(covered, {}, [begin]).context).toMatchObject({
    phase: "completed",
    steps: { ok: { state: "skipped" }, a: { state: "skipped" } },
  });
});

test("access is held for its time, or until it is taken back earlier", () => {
  const granted: PlanEvent[] = [begin, approved, done("grant", { id: "g1" })];
  const input = { system: "billing", for: 7_200_000 };
  const run = play(defined(access), input, granted);
  expect(of(run.last, "timer")).toEqual([
    {
      type: "timer",
      params: { id: "wait:hold", event: { type: "wait.over", step: "hold", generation: 1 }, delayMs: 7_200_000 },
    },
  ]);
  expect(of(run.last, "tell")).toEqual([
    {
      type: "tell",
      params: {
        id: "expect:hold",
        to: "inbox",
        event: { type: "expect", name: "revoke-access", match: { system: "billing" }, roles: ["security"] },
      },
    },
  ]);
  expect(of(run.last, "note")[0]).toEqual({
    type: "note",
    params: {
      id: "notify:tell",
      to: { channel: "ops" },
      card: { text: "ana has access to billing", link: "/runs/run-1" },
    },
  });
  expect(notes(run.last)["status"]).toContain("Waiting 2 hours, or until somebody answers.");
  const early = play(defined(access), input, [
    ...granted,
    { type: "expected", id: "expect:hold", by: "dan", params: {} },
  ]);
  expect(early.context.steps["hold"]?.output).toMatchObject({ because: "event", by: "dan", params: {} });
  expect(early.last).toContainEqual({ type: "cancelTimer", params: { id: "wait:hold" } });
  expect(of(early.last, "perform")).toMatchObject([{ params: { tool: "access.revoke", args: { grant: "g1" } } }]);
  const timely = play(defined(access), input, [...granted, { type: "wait.over", step: "hold", generation: 1 }]);
  expect(timely.last).toContainEqual({
    type: "tell",
    params: { id: "expect:hold", to: "inbox", event: { type: "forget" } },
  });
  expect(performed(timely.last)).toEqual(["revoke#1"]);
});

test("where something is told is chosen by people, never by what came from outside", () => {
  const steps = `${tool("look")}  - {id: tell, dependsOn: look, notify: {to: "#\${{ steps.look.output.channel }}", text: it}}\n`;
  const run = play(withSteps(steps), {}, [begin, done("look", { channel: "everybody" })]);
  expect(run.context.steps["tell"]).toMatchObject({
    state: "failed",
    error: expect.stringContaining("chosen by what came from outside"),
  });
  expect(JSON.stringify(run.commands)).not.toContain("everybody");
});

test("a trusted tool does not make a choice from outside one of ours", () => {
  const steps = `${tool("look")}  - {id: where, dependsOn: look, tool: {name: access.grant, args: {channel: "\${{ steps.look.output.channel }}"}}}
  - {id: again, dependsOn: where, tool: {name: access.grant, args: {channel: "\${{ steps.where.output.channel }}"}}}
  - {id: tell, dependsOn: again, notify: {to: "#\${{ steps.again.output.channel }}", text: it}}\n`;
  const channel = { channel: "everybody" };
  const events = [begin, done("look", channel), done("where", channel), done("again", channel)];
  const told = (trusted: (name: string) => boolean) => play(withSteps(steps), {}, events, trusted);
  expect(told((name) => name === "access.grant").context.steps["tell"]?.state).toBe("failed");
  expect(told(() => true).context.steps["tell"]?.state).toBe("done");
});

test("no step writes to an audience by itself, however it came by the channel", () => {
  const audiences = new Map([["support", "customers"]]);
  const steps = `${tool("look")}  - {id: tell, dependsOn: look, notify: {to: [thread, "\${{ steps.look.output.channel }}"], text: it}}\n`;
  for (const channel of ["support", "#support"]) {
    const run = play(withSteps(steps), {}, [begin, done("look", { channel })], () => true, audiences);
    expect(run.context.steps["tell"]).toMatchObject({
      state: "failed",
      error: expect.stringContaining("write “draft a message to #support about …”"),
    });
    expect(of(run.commands, "note").map(({ params }) => params.id)).not.toContain("notify:tell");
  }
  const run = play(withSteps(steps), {}, [begin, done("look", { channel: "ops" })], () => true, audiences);
  expect(run.context.steps["tell"]?.state).toBe("done");
});

test("cancelling lets go of everything, and results that come later change nothing", () => {
  const definition = defined(access);
  const events: PlanEvent[] = [
    begin,
    approved,
    done("grant", { id: "g1" }),
    { type: "cancel", by: "cara", reason: "not needed" },
  ];
  const run = play(definition, { system: "billing", for: 1000 }, events);
  expect(run.context.phase).toBe("cancelled");
  expect(run.last.map((command) => command.params.id)).toEqual(["wait:hold", "expect:hold", "status", "reply"]);
  expect(notes(run.last)["reply"]).toBe("Stopped: cara cancelled it: not needed.");
  expect(
    play(definition, { system: "billing", for: 1000 }, [
      ...events,
      done("revoke"),
      { type: "wait.over", step: "hold", generation: 1 },
    ]).last,
  ).toEqual([]);
  const asking = play(definition, { system: "billing", for: 1000 }, [begin, { type: "cancel", by: "cara" }]);
  expect(of(asking.last, "tell")).toMatchObject([{ params: { to: "approval#1", event: { type: "withdraw" } } }]);
});

describe("a step that always runs takes back what was done when a run is cancelled", () => {
  const definition = defined(access.replace("revoke: {dependsOn: hold,", "revoke: {dependsOn: hold, always: true,"));
  const input = { system: "billing", for: 1000 };
  const cancel = { type: "cancel", by: "cara" } as const;
  const held: PlanEvent[] = [begin, approved, done("grant", { id: "g1" }), cancel];

  test("it is all that still runs, and the run has ended when it has", () => {
    const stopping = play(definition, input, held);
    expect(stopping.context.phase).toBe("compensating");
    expect(of(stopping.last, "perform")).toMatchObject([{ params: { tool: "access.revoke", args: { grant: "g1" } } }]);
    expect(stopping.last).toContainEqual({ type: "cancelTimer", params: { id: "wait:hold" } });
    expect(notes(stopping.last)).toEqual({
      status: "ana asked to restart checkout in production. Stopping. Working: revoke.",
    });
    const again = play(definition, input, [...held, { type: "cancel", by: "dan" }]);
    expect([again.context.phase, again.last]).toEqual(["compensating", []]);
    const over = play(definition, input, [...held, done("revoke")]);
    expect(over.context.phase).toBe("cancelled");
    expect(notes(over.last)["reply"]).toBe("Stopped: cara cancelled it.");
  });

  test("what is on its way is waited for, and then taken back; when it failed, there is nothing to take back", () => {
    const underway: PlanEvent[] = [begin, approved, cancel];
    expect(play(definition, input, underway).context.phase).toBe("compensating");
    expect(performed(play(definition, input, [...underway, done("grant", { id: "g1" })]).last)).toEqual(["revoke#1"]);
    const failing = play(definition, input, [...underway, failed("grant", true)]);
    expect([failing.context.phase, performed(failing.last)]).toEqual(["cancelled", []]);
  });

  describe("while what it follows", () => {
    const after = (grant: string, more = "") =>
      withSteps(
        `  - {id: grant, tool: {name: access.grant, args: {system: billing, for: 2h}}${grant}}\n${more}  - {id: back, dependsOn: ${more === "" ? "grant" : "work"}, always: true, tool: {name: access.revoke, args: {grant: g1}}}\n`,
      );
    const work = (how: string) => `  - {id: work, dependsOn: grant, tool: {name: services.status}${how}}\n`;
    const retry = ", retry: {attempts: 3}";
    const there = done("grant", { id: "g1" });
    const cut = (definition: Definition, ...events: PlanEvent[]) => play(definition, {}, [begin, ...events, cancel]);

    test.for(["skip", "failAtEnd"])("waits for its next try, and need not work (%s)", (onError) => {
      const stopping = cut(after(`${retry}, onError: ${onError}`), failed("grant", true));
      expect(stopping.last).toContainEqual({ type: "cancelTimer", params: { id: "retry:grant" } });
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["compensating", ["back#1"]]);
    });

    test("waits for its next try, and nothing was done before: then nothing is taken back", () => {
      const stopping = cut(after(retry), failed("grant", true));
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["cancelled", []]);
    });

    test.for([retry, `${retry}, onError: skip`, `${retry}, onError: escalate`])(
      "waits for its next try, and something was done before (%s)",
      (how) => {
        const stopping = cut(after("", work(how)), there, failed("work", true));
        expect([stopping.context.phase, performed(stopping.last)]).toEqual(["compensating", ["back#1"]]);
      },
    );

    test("is on its way and then fails, and something was done before", () => {
      const definition = after("", work(""));
      expect(performed(cut(definition, there).last)).toEqual([]);
      const { context, last } = play(definition, {}, [begin, there, cancel, failed("work", false)]);
      expect([context.phase, performed(last)]).toEqual(["compensating", ["back#1"]]);
    });

    test("had failed already, and something was done before", () => {
      const stopping = cut(after("", work("")), there, failed("work", false));
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["compensating", ["back#1"]]);
    });

    test("waits for its next look", () => {
      const looks = ", repeat: {every: 30s, atMost: 5m, until: {eq: ['${{ steps.work.output.last.ok }}', true]}}";
      const stopping = cut(after("", work(looks)), there, done("work", { ok: false }));
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["compensating", ["back#1"]]);
    });

    test("has not begun: then it is left alone", () => {
      const stopping = cut(
        after("", `  - {id: hold, dependsOn: grant, wait: {for: 1h}}\n${work("").replace("grant", "hold")}`),
        there,
      );
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["cancelled", []]);
    });

    const doubt = (step: string): PlanEvent => ({ type: "effect.inDoubt", step, generation: 1 });

    test("is in doubt: it is taken back in case it happened", () => {
      const stopping = cut(after(""), doubt("grant"));
      expect([stopping.context.phase, performed(stopping.last)]).toEqual(["compensating", ["back#1"]]);
      const over = play(after(""), {}, [begin, doubt("grant"), cancel, there, done("back")]);
      expect([over.context.phase, performed(over.commands)]).toEqual(["cancelled", ["grant#1", "back#1"]]);
    });

    test("is on its way and then in doubt: somebody says whether it happened, or that it is to end", () => {
      const late = [begin, cancel, doubt("grant")];
      const asked = play(after(""), {}, late);
      expect([asked.context.phase, performed(asked.last)]).toEqual(["compensating", []]);
      for (const answer of [there, cancel]) {
        const taken = play(after(""), {}, [...late, answer]);
        expect([taken.context.phase, performed(taken.last)]).toEqual(["compensating", ["back#1"]]);
      }
      const not = play(after(""), {}, [...late, failed("grant", false)]);
      expect([not.context.phase, performed(not.last)]).toEqual(["cancelled", []]);
    });

    test("was taken back, and nobody knows whether that worked: it ends as failed and can be done again", () => {
      const unknown = [begin, there, cancel, doubt("back")];
      expect(play(after(""), {}, unknown).context.phase).toBe("compensating");
      expect(play(after(""), {}, [...unknown, cancel]).context.phase).toBe("failed");
      const again = play(after(""), {}, [...unknown, cancel, { type: "again" }]);
      expect([again.context.phase, performed(again.last)]).toEqual(["compensating", ["back#2"]]);
    });
  });

  test("where nothing was done, nothing is taken back", () => {
    const asking = play(definition, input, [begin, cancel]);
    expect([asking.context.phase, performed(asking.last)]).toEqual(["cancelled", []]);
  });

  test("what could not be taken back can be done again, and only that", () => {
    const left = play(definition, input, [...held, failed("revoke", false)]);
    expect(left.context.phase).toBe("failed");
    const again = play(definition, input, [...held, failed("revoke", false), { type: "again" }]);
    expect([again.context.phase, performed(again.last)]).toEqual(["compensating", ["revoke#2"]]);
    expect(
      play(definition, input, [...held, failed("revoke", false), { type: "again" }, done("revoke", {}, 2)]).context
        .phase,
    ).toBe("cancelled");
  });
});

test("an agent that takes too long is called off and tried again as another task", () => {
  const definition = withSteps(
    "  - {id: look, agent: {specialist: observer, task: service-health}, timeout: 1m, retry: {attempts: 2}}\n",
  );
  const events: PlanEvent[] = [begin, { type: "step.timeout", step: "look", generation: 1, attempt: 1 }];
  const run = play(definition, {}, events);
  expect(of(run.last, "tell")).toMatchObject([{ params: { to: "look#1", event: { type: "cancel" } } }]);
  const second = play(definition, {}, [
    ...events,
    { type: "step.retry", step: "look", generation: 1 },
    { type: "task.done", task: "look#1", output: {} },
  ]);
  expect(of(second.commands, "start").map((command) => command.params.id)).toEqual(["look#1", "look#1.2"]);
  expect(second.context.phase).toBe("running");
});

test("a wait for what is no duration fails with a sentence", () => {
  const definition = defined(access.replace("type: duration, default: 1h", "type: string"));
  const run = play(definition, { system: "billing", for: "ever" }, [begin, approved, done("grant", { id: "g1" })]);
  expect(run.context.phase).toBe("waiting");
  const bare = withSteps(
    '  - {id: look, tool: {name: services.status}}\n  - {id: hold, dependsOn: look, wait: {for: "${{ steps.look.output.for }}"}}\n',
  );
  expect(notes(play(bare, {}, [begin, done("look", { for: "ever" })]).last)["reply"]).toContain(
    "“ever” is not a duration to wait for",
  );
});

/** A random definition without circles: each step may depend on those before it. */
const definitions = fc
  .array(
    fc.record({
      kind: fc.constantFrom("tool", "tool", "agent", "wait", "approve"),
      deps: fc.nat(7),
      onError: fc.constantFrom("fail", "failAtEnd", "skip", "escalate"),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((steps) => {
    const lines = steps.map(({ kind, deps, onError }, n) => {
      const dependsOn = steps.flatMap((_, m) => (m < n && (deps >> (m % 3)) % 2 === 1 ? [`s${m}`] : []));
      const common = `id: s${n}, dependsOn: [${dependsOn.join(", ")}]`;
      const work = `retry: {attempts: 2}, onError: ${onError}`;
      if (kind === "tool") return `  - {${common}, tool: {name: services.status}, ${work}}\n`;
      if (kind === "agent")
        return `  - {${common}, agent: {specialist: ${deps % 2 === 0 ? "observer" : "[observer, data]"}, task: service-health}, ${work}, timeout: 1m}\n`;
      if (kind === "wait") return `  - {${common}, wait: {for: 1h, event: {intent: revoke-access}}}\n`;
      return `  - {${common}, approve: {covers: [c${n}]}}\n  - {id: c${n}, tool: {name: services.restart, args: {service: x, environment: staging}}, ${work}}\n`;
    });
    return withSteps(lines.join(""));
  });

test("whatever order answers arrive in, each try is asked for once and every run ends", () => {
  fc.assert(
    fc.property(definitions, fc.infiniteStream(fc.nat(1_000_000)), (definition, choices) => {
      const dice = choices[Symbol.iterator]();
      const roll = (sides: number): number => dice.next().value % sides;
      const { context, asked } = playOut(definition, roll);
      expect(["completed", "failed", "cancelled"]).toContain(context.phase);
      expect(asked.opens.length).toBe(new Set(asked.opens).size);
      expect(asked.starts.length).toBe(new Set(asked.starts).size);
      for (const id of new Set(asked.performs))
        expect(asked.performs.filter((other) => other === id).length).toBeLessThanOrEqual(
          1 + (asked.retries.get(id) ?? 0),
        );
    }),
    { numRuns: 150 },
  );
});

/** Answers what is asked in any order, sometimes twice, sometimes late, until nothing is left to answer. */
function playOut(definition: Definition, roll: (sides: number) => number) {
  let context = planContext(definition, { runId: "run", seed: "seed", title: "try it", requester: ana, input: {} });
  const asked = {
    opens: [] as string[],
    starts: [] as string[],
    performs: [] as string[],
    retries: new Map<string, number>(),
  };
  const open: PlanEvent[] = [begin];
  for (let turns = 0; open.length > 0 && turns < 500; turns++) {
    const index = roll(open.length);
    const [event] = roll(8) === 0 ? [open[index]] : open.splice(index, 1);
    if (event === undefined) break;
    const next = progress(definition, context, event);
    expect(next).toEqual(progress(definition, context, event));
    context = next.context;
    for (const { type, params } of next.commands) {
      if (type === "perform") {
        asked.performs.push(params.id);
        const { step, generation } = params;
        open.push(
          [done(step), failed(step, true), failed(step, false), { type: "effect.inDoubt", step, generation } as const][
            roll(4)
          ] ?? done(step),
        );
        open.push(done(step));
      } else if (type === "open") {
        asked.opens.push(params.id);
        open.push(
          (
            [
              { type: "gate.denied", gate: params.id, by: "ben", reason: "no" },
              { type: "gate.expired", gate: params.id },
              { type: "gate.waived", gate: params.id },
            ] as PlanEvent[]
          )[roll(6)] ?? { type: "gate.approved", gate: params.id, by: "ben" },
        );
      } else if (type === "start") {
        asked.starts.push(params.id);
        open.push(
          roll(2) === 0
            ? { type: "task.done", task: params.id, output: {} }
            : { type: "task.failed", task: params.id, error: { message: "no", retryable: true } },
        );
      } else if (type === "tell" && params.event.type === "expect" && params.id.startsWith("help:")) {
        // Of all that may be answered something is, sooner or later; trying again for ever is not an end.
        if (!params.id.endsWith(":0") || roll(4) === 0)
          open.push({ type: "expected", id: params.id, by: "ben", params: {} });
      } else if (type === "timer") {
        open.push(params.event as unknown as PlanEvent);
        const { type: due, step, generation } = params.event as { type: string; step: string; generation: number };
        if (due === "step.retry")
          asked.retries.set(`${step}#${generation}`, (asked.retries.get(`${step}#${generation}`) ?? 0) + 1);
      }
    }
  }
  return { context, asked };
}
