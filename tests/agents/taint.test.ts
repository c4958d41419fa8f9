import { expect, test } from "vitest";
import { z } from "zod";
import { taintedArgs } from "../../src/agents/taint.ts";
import type { TaskInput } from "../../src/agents/task.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { defineTool, type Risk } from "../../src/domain/tool.ts";

const tool = (risk: Risk) =>
  defineTool({
    name: "access.grant",
    summary: "",
    params: z.object({
      person: z.string().optional(),
      service: z.string().optional(),
      environment: z.enum(["staging", "production"]).optional(),
      database: z.enum(["shop"]).optional(),
      loud: z.boolean().optional(),
      tags: z.array(z.string()).optional(),
    }),
    result: z.json(),
    risk: () => risk,
    effect: "keyed",
    timeoutMs: 1000,
    describe: () => "",
    run: async () => null,
  });
const task = (input: JsonObject, tainted: readonly string[] = []): TaskInput => ({
  id: "t",
  task: "t",
  specialist: "s",
  input,
  tainted,
});
const input = { service: "checkout", environment: "staging", about: { person: "ana" }, services: ["search"] };

test.each<[string, Risk, JsonObject, string[]]>([
  ["what people gave under this name", "write", { service: "checkout", environment: "staging" }, []],
  ["also deep inside, or in a list of such", "write", { person: "ana", service: "search" }, []],
  ["what they gave under another name", "read", { person: "checkout", service: "ana" }, ["person", "service"]],
  ["what nobody gave", "read", { person: "eve" }, ["person"]],
  ["a choice against what people chose", "read", { environment: "production" }, ["environment"]],
  ["a free choice of what is only read", "read", { loud: true }, []],
  ["a free choice of what changes something", "write", { loud: true }, ["loud"]],
  ["a choice of one", "dangerous", { database: "shop" }, []],
  ["a list that is not the one given", "read", { tags: ["search"] }, ["tags"]],
])("%s", (_, risk, args, tainted) => {
  expect(taintedArgs(tool(risk), args, task(input))).toEqual(tainted);
});

test("what stands in a part of the input that came from outside vouches for nothing", () => {
  const both = task({ ticket: { person: "eve" }, person: "ana" }, ["ticket"]);
  expect(taintedArgs(tool("read"), { person: "eve" }, both)).toEqual(["person"]);
  expect(taintedArgs(tool("read"), { person: "ana" }, both)).toEqual([]);
});
