import fc from "fast-check";
import { expect, test } from "vitest";
import type { Person } from "../../src/domain/incoming.ts";
import { mayAskBy } from "../../src/systems/asker.ts";
import { countOf, tableOf } from "../../src/systems/table.ts";

const noun = ["row", "rows"] as const;

test("rows become columns as wide as they need, figures to the right", () => {
  const table = tableOf([
    { customer: "Anna", total: 7, note: null },
    { customer: "Bertrand\nand sons", total: 1250.5, note: { vip: true } },
  ]);
  expect(table.text.split("\n")).toEqual([
    "customer            total  note",
    "-----------------  ------  ------------",
    "Anna                    7",
    'Bertrand and sons  1250.5  {"vip":true}',
  ]);
  expect(countOf(table, { rows: 2, more: false, noun })).toBe("2 rows.");
});

test("what there is no room for is counted and named", () => {
  const wide = Array.from({ length: 45 }, (_, n) => ({
    n,
    text: "x".repeat(200),
    more: "y".repeat(60),
    tail: "t".repeat(20),
    last: "z".repeat(60),
  }));
  const table = tableOf(wide);
  expect(table).toMatchObject({ shown: 17, leftOut: ["last"] });
  expect(countOf(table, { rows: 45, more: true, noun })).toBe(
    "more than 45 rows; these are the first 17. No room for last.",
  );
  expect(countOf(tableOf([]), { rows: 0, more: false, noun })).toBe("no rows.");
});

test("a column's name may hold anything", () => {
  expect(tableOf([{ "a\nb": 1 }]).text).toBe("a b\n---\n  1");
});

test("whatever the rows hold, no line of a table can pass for two, and none is too wide", () => {
  const cell = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.constant(null), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string({ minLength: 1, maxLength: 80 }), cell), { maxLength: 40 }),
      (rows) => {
        const { text, shown } = tableOf(JSON.parse(JSON.stringify(rows)));
        const lines = text === "" ? [] : text.split("\n");
        expect(lines.length).toBe(lines.length === 0 ? 0 : shown + 2);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(110);
      },
    ),
  );
});

test("who may ask in their own words is for a role to say, and else for those who may read everything", async () => {
  const person = (more: Partial<Person>): Person =>
    ({ id: "x", name: "X", kind: "member", active: true, roles: [], managerId: null, ...more }) as Person;
  const why = (more: Partial<Person> | null, askedBy: string[] | null) =>
    mayAskBy(async () => (more === null ? null : person(more)), { what: "the database shop", key: "K", askedBy })(
      "t",
      "x",
    );
  expect(await why({ roles: ["auditor"] }, null)).toBeNull();
  expect(await why({ roles: ["on-call"] }, null)).toBe(
    "Asking the database shop in one's own words is for auditors and managers, unless K in steward.yaml says who else may.",
  );
  expect(await why({ roles: ["on-call"] }, ["on-call"])).toBeNull();
  expect(await why({ roles: ["auditor"] }, ["on-call", "analyst"])).toBe(
    "Asking the database shop in one's own words needs the role on-call or analyst.",
  );
  const strangers = [null, { kind: "guest" as const, roles: ["auditor"] }, { active: false, roles: ["auditor"] }];
  for (const stranger of strangers)
    expect(await why(stranger, null)).toBe("Only members may ask the database shop in their own words.");
});
