import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { openFresh } from "../support/fresh.ts";
import { deskOn } from "./desk.ts";

let db: Database;
beforeAll(async () => {
  db = await openFresh();
});
afterAll(() => db.close());

test("somebody else's Messages API is understood as well: a call, its result, a report, and a busy moment", async () => {
  const mock = new LLMock({ port: 0 });
  mock.on(
    { hasToolResult: false },
    {
      toolCalls: [{ id: "toolu_1", name: "look", arguments: '{"service":"checkout"}' }],
      usage: { input_tokens: 50, output_tokens: 9 },
    },
  );
  mock.on(
    { hasToolResult: true },
    { toolCalls: [{ id: "toolu_2", name: "report", arguments: '{"summary":"checkout is fine"}' }] },
  );
  mock.nextRequestError(529);
  const url = await mock.start();
  try {
    const desk = deskOn(db, url);
    const call = desk.effect("one");
    expect(await desk.turn(call)).toMatchObject({
      kind: "calls",
      usd: 0.000095,
      calls: [{ id: "toolu_1", tool: "look", args: { service: "checkout" } }],
    });
    const results = [{ id: "toolu_1", tool: "look", output: { state: "fine" } }];
    expect(await desk.turn(desk.effect("two"), { turns: [{ call, results, heard: [] }] })).toMatchObject({
      kind: "report",
      report: { summary: "checkout is fine" },
    });
    expect(await desk.states()).toEqual(["turn big failed", "turn big answered", "turn big answered"]);
  } finally {
    await mock.stop();
  }
});
