import { expect, test } from "vitest";
import { covers, subjectHash, subjectText } from "../../src/gates/gates.ts";
import { restart } from "./company.ts";

const other = { ...restart, effectId: "e0", tool: "services.scale" };

test("the subject is canonical JSON of id, tool, contract, arguments and pin", () => {
  expect(subjectText([restart])).toBe(
    '[["e1","services.restart","c1",{"environment":"production","service":"checkout"},{"version":7}]]',
  );
});

test("neither the order of effects nor of arguments changes it", () => {
  const turned = { ...restart, args: { environment: "production", service: "checkout" } };
  expect(subjectHash(subjectText([turned, other]))).toBe(subjectHash(subjectText([other, restart])));
});

test.each([
  ["effect id", { effectId: "e2" }],
  ["tool", { tool: "services.stop" }],
  ["contract", { contractHash: "c2" }],
  ["arguments", { args: { ...restart.args, service: "billing" } }],
  ["an argument more", { args: { ...restart.args, force: true } }],
  ["pinned target", { pin: { version: 8 } }],
  ["no pin", { pin: null }],
])("another %s is not covered", (_, change) => {
  const text = subjectText([other, restart]);
  expect(covers(text, restart)).toBe(true);
  expect(covers(text, { ...restart, ...change })).toBe(false);
});

test("one effect cannot be named twice", () => {
  expect(() => subjectText([restart, restart])).toThrow("names the same effect twice");
});
