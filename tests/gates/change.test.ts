import { expect, test } from "vitest";
import { z } from "zod";
import { type AnyTool, defineTool } from "../../src/domain/tool.ts";
import {
  atLeast,
  changeFields,
  policiesSchema,
  readChanges,
  resolvePolicy,
  type ShownEffect,
  wrongEditable,
} from "../../src/gates/gates.ts";

const grant: ShownEffect = {
  effectId: "e1",
  step: "grant",
  tool: "directory.grant",
  risk: "dangerous",
  describes: "Give ana read access to billing for 2 hours",
  args: { person: "ana", resource: "billing", forMs: 7_200_000, count: 3, urgent: true, tags: ["a"] },
  editable: ["forMs", "count", "urgent", "resource", "tags", "missing", "__proto__"],
};

test("a form asks for texts, numbers, durations and yes or no, as they are now, and for nothing else", () => {
  expect(changeFields([grant]).map(({ name, label, value }) => [name, label, value])).toEqual([
    ["grant.forMs", "for, such as 90m or 1d", "2h"],
    ["grant.count", "count", "3"],
    ["grant.urgent", "urgent", "yes"],
    ["grant.resource", "resource", "billing"],
  ]);
  expect(changeFields([{ ...grant, editable: [] }])).toEqual([]);
});

test("a form about several things says which of them it asks about, as the card does", () => {
  const says: ShownEffect = { ...grant, step: "tell", describes: "Tell customers in #status", editable: ["resource"] };
  const labels = (effects: readonly ShownEffect[]) => changeFields(effects).map(({ label }) => label);
  expect(labels([{ ...grant, editable: ["forMs"] }, says])).toEqual([
    "for in “Give ana read access to billing for 2 hours”, such as 90m or 1d",
    "resource in “Tell customers in #status”",
  ]);
  expect(labels([says, { ...says, step: "tell-over" }])).toEqual([
    "resource (1 of 2) in “Tell customers in #status”",
    "resource (2 of 2) in “Tell customers in #status”",
  ]);
});

test.each([
  [{ "grant.forMs": "90m" }, { forMs: 5_400_000 }],
  [
    { "grant.forMs": "1h", "grant.count": "2" },
    { forMs: 3_600_000, count: 2 },
  ],
  [{ "grant.count": "-5000" }, { count: -5000 }],
  [{ "grant.resource": "payroll" }, { resource: "payroll" }],
  [{ "grant.urgent": "no" }, { urgent: false }],
  [{ "grant.resource": "pay\u202eroll\u0000" }, { resource: "payroll" }],
] as const)("%j changes exactly that, and more than words", (values, edits) => {
  const changed = { kind: "changed", edits: { grant: edits }, beyondWords: ["grant"] };
  expect(readChanges([grant], values)).toMatchObject(changed);
});

test("other words for people are words, until something else is changed with them", () => {
  const said: ShownEffect = { ...grant, wording: ["resource"] };
  expect(readChanges([said], { "grant.resource": "payroll" })).toMatchObject({ beyondWords: [] });
  const both = { "grant.resource": "payroll", "grant.count": "2" };
  expect(readChanges([said], both)).toMatchObject({ beyondWords: ["grant"] });
});

test.each([
  { "grant.forMs": "2h" },
  { "grant.forMs": "120 minutes" },
  { "grant.person": "eve", "other.forMs": "1s", "grant.tags": "b", "grant.__proto__": "x" },
  {},
])("%j changes nothing", (values) => {
  expect(readChanges([grant], values)).toEqual({ kind: "same" });
});

test.each([
  [{ "grant.forMs": "soon" }, "for: “soon” is not a duration: write for example 90m, 2h or 1d."],
  [{ "grant.count": "1e9" }, "count: “1e9” is not a number."],
  [{ "grant.count": "9".repeat(400) }, `count: “${"9".repeat(400)}” is not a number.`],
  [{ "grant.urgent": "perhaps" }, "urgent: “perhaps” is not yes or no."],
  [{ "grant.resource": " " }, "resource: “” is not a text."],
])("%j is refused in a sentence", (values, sentence) => {
  expect(readChanges([grant], values)).toEqual({ kind: "wrong", sentence });
});

test("a changed question never needs fewer people than before", () => {
  const rules = policiesSchema.parse([
    { name: "small", match: { tool: "pay", args: { to: "us" } }, require: "none" },
    { name: "big", match: { tool: "pay" }, require: [{ role: "manager", count: 2 }], editable: ["to"] },
  ]);
  const small = resolvePolicy(rules, [{ tool: "pay", risk: "write", args: { to: "us" } }]);
  expect(small.require).toEqual([]);
  expect(atLeast(small, [{ role: "manager", count: 2 }]).require).toEqual([{ role: "manager", count: 2 }]);
  expect(atLeast(small, [])).toBe(small);
  expect(
    policiesSchema.safeParse([{ name: "x", match: { tool: "pay" }, require: "none", editable: ["to"] }]).success,
  ).toBe(false);
});

test("what a policy lets people change must be an argument of its tool, and one that a form can ask for", () => {
  const tool = defineTool({
    name: "pay",
    summary: "Pays",
    params: z.object({ to: z.string(), amount: z.number().optional(), lines: z.array(z.string()) }),
    result: z.object({}),
    risk: () => "dangerous",
    effect: "opaque",
    timeoutMs: 1000,
    describe: () => "Pay",
    run: async () => ({}),
  });
  const open: AnyTool = { ...tool, name: "open", params: z.looseObject({ to: z.string() }) };
  const bare: AnyTool = { ...tool, name: "bare", params: z.object({}) };
  const rule = (on: string | undefined, ...editable: string[]) => ({
    name: `${on} ${editable}`,
    match: on === undefined ? {} : { tool: on },
    require: [{ role: "manager" }],
    editable,
  });
  const rules = policiesSchema.parse([
    rule("pay", "to", "amount"),
    rule("pay", "sum", "lines", "__proto__"),
    rule("open", "anything"),
    rule("bare", "to"),
    rule("elsewhere.pay", "sum"),
    rule(undefined, "sum"),
  ]);
  expect(wrongEditable(rules, new Map([tool, open, bare].map((each) => [each.name, each])))).toEqual([
    { path: [1, "editable", 0], sentence: "there is no such argument: pay has to, amount." },
    {
      path: [1, "editable", 1],
      sentence: "this is a list, and only a text, a number, or yes or no can be changed: pay has to, amount.",
    },
    { path: [1, "editable", 2], sentence: "there is no such argument: pay has to, amount." },
    { path: [3, "editable", 0], sentence: "there is no such argument: leave editable out." },
  ]);
});
