import { expect, test } from "vitest";
import type { Json } from "../../src/domain/json.ts";
import { holds } from "../../src/workflow/conditions.ts";
import { findReferences, parseReference, resolve, resolveText } from "../../src/workflow/references.ts";

const scope = {
  input: { service: "api", count: 3, hold: 7_200_000, none: null, urgent: true },
  requester: { id: "p1", name: "ana" },
  outputs: { status: { version: "1.4", instances: [{ n: 1 }, { n: 2 }], tags: ["a", "b"] } },
  durations: ["hold"],
};

test.each<[string, Json, Json]>([
  ["a whole reference keeps the type", "${{ input.count }}", 3],
  ["spaces around it do not matter", "  ${{input.urgent}} ", true],
  ["an object stays one", "${{ steps.status.output.instances.1 }}", { n: 2 }],
  ["inside a text it is written out", "restart ${{ input.service }} by ${{ requester.name }}", "restart api by ana"],
  ["two references are a text", "${{ input.count }}${{ input.count }}", "33"],
  ["a step without an output is null", "${{ steps.skipped.output.x.y }}", null],
  ["a path that is not there is null", "${{ steps.status.output.toString }}", null],
  ["null is written as nothing", "<${{ input.none }}>", "<>"],
  ["deep values are resolved", { a: ["${{ requester.id }}", 1] }, { a: ["p1", 1] }],
  ["a duration is a number as a value", "${{ input.hold }}", 7_200_000],
])("references: %s", (_, value, expected) => {
  expect(resolve(value, scope)).toEqual(expected);
});

test("a duration is written for people in a text", () => {
  expect(resolveText("${{ input.hold }}", scope)).toBe("2 hours");
});

test.each(["env.HOME", "steps.a", "steps.a.state", "input", "input.", "requester.email", "input.x; drop", ""])(
  "“%s” is no reference",
  (text) => {
    expect(parseReference(text)).toBeNull();
  },
);

test("a reference says where it stands", () => {
  expect(findReferences({ a: ["x", "${{ input.b }}"] })).toEqual([
    { path: ["a", 1], text: "input.b", reference: { source: "input", name: "b", path: [] } },
  ]);
});

test.each<[boolean, Record<string, Json>]>([
  [true, { eq: ["${{ input.service }}", "api"] }],
  [false, { eq: ["${{ input.count }}", "3"] }],
  [true, { ne: ["${{ input.service }}", "web"] }],
  [true, { lt: ["${{ input.count }}", 4] }],
  [false, { lt: ["${{ input.none }}", 4] }],
  [true, { lte: ["${{ input.hold }}", "2h"] }],
  [false, { gt: ["${{ input.hold }}", "8h"] }],
  [true, { gte: ["b", "a"] }],
  [false, { gte: [true, false] }],
  [true, { in: ["${{ input.service }}", ["api", "web"]] }],
  [true, { contains: ["${{ steps.status.output.tags }}", "a"] }],
  [true, { contains: ["checkout", "check"] }],
  [true, { exists: "${{ steps.status.output.version }}" }],
  [false, { exists: "${{ steps.other.output }}" }],
  [true, { all: [{ exists: "${{ input.service }}" }, { not: { exists: "${{ input.none }}" } }] }],
  [true, { any: [{ eq: [1, 2] }, { eq: [2, 2] }] }],
  [false, { any: [{ eq: [1, 2] }] }],
])("%s: %j", (expected, condition) => {
  expect(holds(condition, scope)).toBe(expected);
});
