import { afterAll, beforeAll, expect, test } from "vitest";
import { harmless } from "./harmless.ts";
import { articlesOf, fileOf } from "./play.ts";
import { type Rig, startRig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig("pglite", articlesOf(harmless));
});
afterAll(() => rig?.[Symbol.asyncDispose]());

test("there are fifty of them", () => expect(harmless).toHaveLength(50));

test.each(harmless.map((one) => [one.name, one] as const))("%s", async (_, one) => {
  const { id, channel, text, environment, sign, says, approves } = one;
  const part = { sign, says };
  const file = fileOf(channel, text);
  const played = await rig.play({ id, flow: channel.flow, text, file, environment, part, approves: () => approves });
  expect(played).toMatchObject({ done: true, status: "completed", report: one.report, operations: one.operations });
  expect(played.asked).toHaveLength(one.asked);
});
