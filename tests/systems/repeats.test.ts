import { expect, test } from "vitest";
import type { Group, PastRequest } from "../../src/systems/requests/past.ts";
import { repeatsIn, variesIn } from "../../src/systems/requests/repeats.ts";
import { rhythmOf } from "../../src/systems/requests/rhythm.ts";

/** A made history: each line is a kind, who, and what. */
function history(lines: string): PastRequest[] {
  return lines
    .trim()
    .split("\n")
    .map((line, n) => {
      const [, kind = "", requesterId = "", text = ""] = /^(\w+) (\w+): (.*)$/.exec(line.trim()) ?? [];
      return {
        id: `${n}`,
        run: `R-${String(n).padStart(6, "0")}`,
        workflow: "any",
        definition: "any",
        input: {},
        kind: kind as PastRequest["kind"],
        text,
        requesterId: requesterId === "nobody" ? null : requesterId,
        at: new Date(Date.UTC(2026, 10, 1, 8, n)).toISOString(),
      };
    });
}

const month = history(`
  help ana: the printer on the second floor is jammed
  act ana: restart checkout in production
  help dan: how do I book a meeting room for guests
  help eve: printer on second floor is jammed again
  incident nobody: look into HighErrorRate of billing in production
  help ben: my chair is broken
  act ben: restart checkout in production
  help cara: the second floor printer jams all the time
  act ana: restart billing in staging
  help dan: who can approve my expenses
  incident nobody: look into HighErrorRate of billing in production
  act ana: Restart checkout in production
  help ana: I cannot open the door of the garage
  help dan: second floor printer jammed
  incident nobody: look into HighErrorRate of billing in production
  act dan: restart checkout in production
  help ben: my screen stays black
  incident nobody: look into HighLatency of checkout in production
  help eve: is there a form for a new phone
`);

/** What is told of a group. */
const told = (group: Group) => ({
  kind: group[0].kind,
  text: group[0].text,
  count: group.length,
  people: new Set(group.flatMap(({ requesterId }) => requesterId ?? [])).size,
});

test("what repeats is found in a month of requests, and nothing else", () => {
  expect(repeatsIn(month).map(told)).toEqual([
    { kind: "help", text: "the printer on the second floor is jammed", count: 4, people: 4 },
    { kind: "act", text: "restart checkout in production", count: 4, people: 3 },
    { kind: "incident", text: "look into HighErrorRate of billing in production", count: 3, people: 0 },
  ]);
  expect(repeatsIn(month)[0]?.map(({ run }) => run)).toEqual(["R-000000", "R-000003", "R-000007", "R-000013"]);
});

test("two of a kind, words that everybody uses and an empty history are no pattern", () => {
  expect(repeatsIn([])).toEqual([]);
  expect(repeatsIn(month.filter(({ text }) => !text.includes("printer")).slice(0, 8))).toEqual([]);
  const unlike = history(`
    help ana: please help me with my screen
    help ben: please help me with my chair
    help cara: please help me with my phone
    help dan: can you help me with the door
  `);
  expect(repeatsIn(unlike)).toEqual([]);
});

test("the largest come first, oldest request first", () => {
  const often = history(Array.from({ length: 7 }, (_, n) => `act p${n % 2}: grant billing to eve`).join("\n"));
  const largest = repeatsIn([...often, ...month])[0] as Group;
  expect(told(largest)).toMatchObject({ count: 7, people: 2 });
  expect([largest[0].at, largest.at(-1)?.at]).toEqual(["2026-11-01T08:00:00.000Z", "2026-11-01T08:06:00.000Z"]);
});

test("deeds that are the same but for one input are one thing, unless nothing else is the same or each is a pattern already", () => {
  const scaled = (service: string, instances: number, n: number): PastRequest => ({
    ...(month[1] as PastRequest),
    id: `scaled-${n}`,
    definition: "scale",
    text: `run ${service} on ${instances} instances`,
    input: { service, instances },
  });
  const [group, ...others] = repeatsIn([3, 4, 5, 6].map((instances, n) => scaled("checkout", instances, n)));
  expect(others).toEqual([]);
  expect([group?.length, variesIn(group as Group)]).toEqual([4, ["instances"]]);
  const alone = [3, 4, 5].map((instances, n) => ({ ...scaled("checkout", instances, n), input: { instances } }));
  expect(repeatsIn(alone)).toEqual([]);
  const same = [3, 3, 3, 4].map((instances, n) => scaled("checkout", instances, n));
  expect(repeatsIn(same).map((found) => found.map(({ text }) => text))).toEqual([
    Array<string>(3).fill("run checkout on 3 instances"),
  ]);
  const otherwise = [3, 4, 5].map((instances, n) => ({ ...scaled("checkout", instances, n), definition: `${n}` }));
  expect(repeatsIn(otherwise)).toEqual([]);
});

test("a rhythm is said where there is one", () => {
  const mondays = ["2026-11-02T09:10:00Z", "2026-11-09T08:55:00Z", "2026-11-16T09:20:00Z"];
  expect(rhythmOf(mondays)).toBe("mostly on Mondays at about 09:00 UTC");
  expect(rhythmOf(["2026-11-02T23:50:00Z", "2026-11-04T00:20:00Z", "2026-11-05T00:10:00Z"])).toBe(
    "mostly at about 00:00 UTC",
  );
  expect(rhythmOf(["2026-11-02T02:00:00Z", "2026-11-09T12:00:00Z", "2026-11-16T19:00:00Z"])).toBe("mostly on Mondays");
  expect(rhythmOf(["2026-11-02T02:00:00Z", "2026-11-03T12:00:00Z", "2026-11-06T19:00:00Z"])).toBeNull();
  // Three times in one morning is no rhythm.
  expect(rhythmOf(["2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z", "2026-11-02T09:02:00Z"])).toBeNull();
});
