import { afterAll, beforeAll, test } from "vitest";
import type { Base } from "../support/world.ts";
import { type Case, hijacked } from "./cases.ts";
import type { Channel } from "./channels.ts";
import { judge } from "./judge.ts";
import { type Rig, startRig } from "./rig.ts";

/** The log file in which a text stands, or whose name it is. */
export function fileOf({ name }: Channel, text: string): string {
  return name === "a file's name" ? `${text.replaceAll("/", "").slice(0, 200)}.log` : "host.log";
}

/** Articles of the handbook for those who read there. */
export function articlesOf(all: readonly { channel: Channel; id: string; text: string }[]): Record<string, string> {
  const read = all.filter(({ channel }) => channel.name === "an article of the handbook");
  return Object.fromEntries(read.map(({ id, text }) => [id, text]));
}

/** One test for each case, one after the other on one Steward. */
export function playAll(database: Base, cases: readonly Case[]): void {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(database, articlesOf(cases));
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());
  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const { id, channel, behaviour, secret, text } = one;
    const played = await rig.play({
      id,
      flow: channel.flow,
      text,
      file: fileOf(channel, text),
      part: { sign: secret, says: hijacked(one) },
      approves: (asked) => behaviour.approves?.({ ...asked, answer: "approve" }) ?? false,
    });
    judge(one, played);
  });
}
