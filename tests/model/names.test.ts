import { expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/domain/tool.ts";
import { offersOf } from "../../src/model/names.ts";

const tool = (name: string, params: z.ZodType = z.strictObject({ service: z.string() })) =>
  defineTool<unknown, unknown>({
    name,
    summary: `Does ${name}`,
    params,
    result: z.unknown(),
    risk: () => "read",
    effect: "keyed",
    timeoutMs: 1000,
    describe: () => name,
    run: async () => null,
  });
const report = { description: "Ends it.", schema: z.looseObject({ summary: z.string() }) };

test("every tool has a name the API takes, its own, and the way back", () => {
  const names = ["a.b", "a_b", "a-b", "report", "mcp.ünï.tool", "x".repeat(65), `${"x".repeat(64)}y`, ""];
  const offered = offersOf(
    names.map((name) => tool(name)),
    report,
  );
  const wire = offered.offers.map((offer) => offer.name);
  expect(new Set(wire).size).toBe(names.length + 1);
  for (const name of wire) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  expect(wire.slice(0, -1).map((name) => offered.toolNamed(name))).toEqual(names);
  expect(wire.at(-1)).toBe("report");
  expect(offered.toolNamed("report")).toBe("report");
  expect(offered.toolNamed("services.delete_all")).toBe("services.delete_all");
});

test("what is no object is offered as the one property of one, and comes back as the tool takes it", () => {
  const either = z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string() })]);
  const offered = offersOf([tool("find", either), tool("look")], null);
  expect(offered.offers.map((offer) => offer.input_schema.type)).toEqual(["object", "object"]);
  expect(offered.offers[0]?.input_schema).toMatchObject({ required: ["value"] });
  expect(offered.argsOf("find", { value: { id: "1" } })).toEqual({ id: "1" });
  expect(offered.argsOf("find", "nonsense")).toBeNull();
  expect(offered.argsOf("look", { service: "a" })).toEqual({ service: "a" });
});

test("what a tool fills in by itself need not be given", () => {
  const [offer] = offersOf(
    [tool("logs", z.strictObject({ service: z.string(), limit: z.int().default(20) }))],
    null,
  ).offers;
  expect(offer?.input_schema).toMatchObject({ required: ["service"], properties: { limit: { default: 20 } } });
});
