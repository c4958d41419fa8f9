import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { Fault } from "../../src/domain/fault.ts";
import { defineTool } from "../../src/domain/tool.ts";
import { createBreaker } from "../../src/systems/breaker.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-21T14:03:20Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connector whose system answers as it is told to. */
function connector() {
  let asked = 0;
  let answer: () => Promise<string> = () => Promise.resolve("well");
  const breaker = createBreaker("jira", { failures: 3, restMs: 30_000 });
  const tool = breaker.guard(
    defineTool({
      name: "jira.issue",
      summary: "",
      params: z.object({}),
      result: z.string(),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 1000,
      describe: () => "",
      run: () => {
        asked++;
        return answer();
      },
      pin: () => answer(),
    }),
  );
  const said: string[] = [];
  return {
    breaker,
    said,
    tool,
    asked: () => asked,
    answers: (next: () => Promise<string>) => {
      answer = next;
    },
    call: (signal = new AbortController().signal) =>
      tool
        .run({
          tenant: "default",
          args: {},
          effectId: "e",
          actorId: "a",
          runId: "a",
          requesterId: null,
          signal,
          progress: (text) => said.push(text),
        })
        .then(String, (error: Error) => error),
  };
}

const down = () => Promise.reject(new Error("socket hang up"));

test("a connector that people call by a name of its own is told of by that", async () => {
  const breaker = createBreaker("jira", { failures: 1, name: "Jira at acme.atlassian.net" });
  const said: string[] = [];
  const tool = breaker.guard(connector().tool);
  const failing = breaker.guard({ ...tool, run: down });
  const call = { tenant: "default", args: {}, effectId: "e", actorId: "a", runId: "a", requesterId: null };
  const signal = new AbortController().signal;
  await failing.run({ ...call, signal, progress: (text: string) => said.push(text) }).catch(() => undefined);
  expect(said).toEqual([expect.stringMatching(/^Jira at acme\.atlassian\.net has not been answering since /)]);
  expect(breaker.health()).toMatchObject({ connector: "jira", name: "Jira at acme.atlassian.net", state: "open" });
});

test("after three calls without an answer, calls are turned away at once and the thread says why", async () => {
  const jira = connector();
  jira.answers(down);
  for (let n = 0; n < 3; n++) expect(await jira.call()).toEqual(new Error("socket hang up"));
  const sentence =
    "jira has not been answering since 14:03:20 UTC, and is asked again at 14:03:50 UTC; until then nothing is sent to it. Last: socket hang up";
  expect(jira.said).toEqual([sentence]);
  vi.setSystemTime("2026-11-21T14:03:40Z");
  const turnedAway = (await jira.call()) as Fault;
  expect(turnedAway).toMatchObject({ code: "platform-busy", retryAfterMs: 10_000, undone: true, message: sentence });
  expect(jira.said).toEqual([sentence, sentence]);
  expect(jira.asked()).toBe(3);
  expect(jira.breaker.health()).toMatchObject({
    connector: "jira",
    state: "open",
    againAt: new Date("2026-11-21T14:03:50Z"),
    because: "socket hang up",
  });
  await expect(jira.tool.pin?.({ tenant: "default", args: {}, effectId: "e" })).rejects.toMatchObject({
    code: "platform-busy",
  });
});

test("then one call is let through, and an answer closes it", async () => {
  const jira = connector();
  jira.answers(down);
  for (let n = 0; n < 3; n++) await jira.call();
  vi.setSystemTime("2026-11-21T14:03:51Z");
  await jira.call();
  expect(jira.asked()).toBe(4);
  expect(jira.breaker.health()).toMatchObject({ state: "open", since: new Date("2026-11-21T14:03:20Z") });
  await jira.call();
  expect(jira.asked()).toBe(4);
  vi.setSystemTime("2026-11-21T14:04:22Z");
  jira.answers(() => Promise.resolve("well"));
  expect(await jira.call()).toBe("well");
  expect(jira.breaker.health()).toEqual({
    connector: "jira",
    state: "closed",
    since: null,
    againAt: null,
    because: null,
  });
});

test("a system that says no is well", async () => {
  const jira = connector();
  const no = () => Promise.reject(new Fault("platform-refused", "There is no issue OPS-1."));
  jira.answers(down);
  await jira.call();
  await jira.call();
  jira.answers(no);
  for (let n = 0; n < 5; n++) expect(await jira.call()).toMatchObject({ code: "platform-refused" });
  jira.answers(down);
  await jira.call();
  await jira.call();
  expect(jira.breaker.health().state).toBe("closed");
});

test("a call that is given up counts as one without an answer", async () => {
  const jira = connector();
  jira.answers(() => new Promise(() => undefined));
  for (let n = 0; n < 3; n++) {
    const patience = new AbortController();
    const calling = jira.call(patience.signal);
    patience.abort();
    await calling;
  }
  expect(jira.breaker.health()).toMatchObject({ state: "open", because: "no answer in time" });
});
