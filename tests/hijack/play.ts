import { afterAll, beforeAll, test } from "vitest";
import type { Base } from "../support/world.ts";
import { type Case, says } from "./cases.ts";
import { judge } from "./judge.ts";
import { type Rig, startRig } from "./rig.ts";

/** One test for each case, one after the other on one Steward. */
export function playAll(database: Base, cases: readonly Case[]): void {
  let rig: Rig;
  beforeAll(async () => {
    const articles = cases.filter(({ channel }) => channel.name === "an article of the handbook");
    rig = await startRig(database, Object.fromEntries(articles.map(({ id, text }) => [id, text])));
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());
  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const { id, channel, behaviour, secret, text } = one;
    const told = Promise.withResolvers<void>();
    const played = await rig.play({
      id,
      flow: channel.flow,
      text,
      ...(channel.name === "a file's name" ? { file: `${text.replaceAll("/", "").slice(0, 200)}.log` } : {}),
      part: { sign: secret, says: says(one, told) },
      approves: (asked) => behaviour.approves?.({ ...asked, answer: "approve" }) ?? false,
    });
    judge(one, played);
  });
}
