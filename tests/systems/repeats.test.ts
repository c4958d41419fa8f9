import { expect, test } from "vitest";
import type { PastRequest } from "../../src/systems/requests/past.ts";
import { repeatsIn, variesIn } from "../../src/systems/requests/repeats.ts";

/** A made history: each line is a kind, who, and what. */
function history(lines: string): PastRequest[] {
  return lines
    .trim()
    .split("\n")
    .map((line, n) => {
      const [, kind = "", requesterId = "", text = ""] = /^(\w+) (\w+): (.*)$/.exec(line.trim()) ?? [];
      return {
        run: `R-${String(n).padStart(6, "0")}`,
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

test("what repeats is found in a month of requests, and nothing else", () => {
  expect(repeatsIn(month).map(({ kind, text, count, people }) => ({ kind, text, count, people }))).toEqual([
    { kind: "help", text: "the printer on the second floor is jammed", count: 4, people: 4 },
    { kind: "act", text: "restart checkout in production", count: 4, people: 3 },
    { kind: "incident", text: "look into HighErrorRate of billing in production", count: 3, people: 0 },
  ]);
  expect(repeatsIn(month)[0]?.runs).toEqual(["R-000000", "R-000003", "R-000007", "R-000013"]);
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

test("the largest come first, and of many runs the newest five are named", () => {
  const often = history(Array.from({ length: 7 }, (_, n) => `act p${n % 2}: grant billing to eve`).join("\n"));
  expect(repeatsIn([...often, ...month])[0]).toMatchObject({
    count: 7,
    people: 2,
    firstAt: "2026-11-01T08:00:00.000Z",
    lastAt: "2026-11-01T08:06:00.000Z",
    runs: ["R-000002", "R-000003", "R-000004", "R-000005", "R-000006"],
  });
});
