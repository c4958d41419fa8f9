import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";
import { runs } from "./general.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ database: "postgres" });
});
afterAll(() => world[Symbol.asyncDispose]());

/** What is answered to Ana, and whether she alone reads it. */
async function answered(text: string, where = "ops"): Promise<{ text: string; private: boolean }> {
  await world.ana.says(text, { in: where });
  return world.eventually(async () => {
    const found = (await world.ana.sees(where)).at(-1);
    expect(found?.from).toBe("steward");
    return { text: found?.text ?? "", private: found?.private === true };
  });
}

test.each([
  ["write a runbook of R-ABC123", /^There is no run R-ABC123 that you may see\. Nothing was done\.$/],
  ["write a handover of R-ABC123", /^There is no run R-ABC123 that you may see\. Nothing was done\.$/],
  [
    "scale checkout in production to 300",
    /^“instances” must be a whole number from 1 to 20, not 300\. Nothing was done\.$/,
  ],
  [
    "tell support: hi",
    /^#support is the audience “customers”, which is told only what was drafted .* Nothing was done\.$/,
  ],
])("“%s” can only fail, so nothing begins, and whoever asked is told why", async (request, why) => {
  expect(await answered(`@steward ${request}`)).toEqual({ text: expect.stringMatching(why), private: true });
  expect(await runs(world)).toEqual([]);
});

test("of several parts none begins where one can only fail", async () => {
  await answered("@steward scale checkout in staging to 300 and tell general: done");
  await world.ana.presses("Begin all of it", { in: "ops" });
  await world.eventually(async () =>
    expect((await world.ana.sees("ops")).at(-1)?.text).toMatch(/^“instances” must be a whole number from 1 to 20/),
  );
  expect(await runs(world)).toEqual([]);
});

test.each([
  [
    "tell-channel",
    { channel: "nosuch", message: "hi" },
    /There is no channel #nosuch\. There are: #help-needed, .*customers/,
  ],
  [
    "scale-service",
    { service: "checkout", environment: "staging", instances: 2.5 },
    /“instances” must be a whole number/,
  ],
  ["handover", { run: "R-ABC123" }, /There is no run R-ABC123/],
])("over REST too: %s %j", async (name, context, why) => {
  const { status, body } = await world.ana.post("/api/workflows/create", { name, context });
  expect({ status, detail: body.detail }).toEqual({ status: 422, detail: expect.stringMatching(why) });
  expect(await runs(world)).toEqual([]);
});
