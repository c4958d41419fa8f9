import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { AnyTool } from "../../src/domain/tool.ts";
import { defineTool } from "../../src/domain/tool.ts";
import { wrongNames } from "../../src/gates/gates.ts";
import { rules } from "./company.ts";

const tool = (name: string, params: z.ZodType): AnyTool =>
  defineTool({
    name,
    summary: name,
    params,
    result: z.object({}),
    risk: () => "dangerous",
    effect: "keyed",
    timeoutMs: 1000,
    describe: () => name,
    run: async () => ({}),
  });

const place = z.object({ service: z.string(), environment: z.enum(["staging", "production"]) });
const tools = [
  tool("services.restart", place),
  tool("services.scale", place.extend({ instances: z.number().int(), hurry: z.boolean().optional() })),
  tool("directory.grant", z.object({ person: z.string(), level: z.enum(["read", "write"]).nullish() })),
  tool("messages.send", z.object({ audience: z.string().nullish(), text: z.string() })),
  tool("mcp.desk.close", z.looseObject({ environment: z.string(), id: z.union([z.string(), z.number()]) })),
];
const known = {
  tools: new Map(tools.map((each) => [each.name, each])),
  absent: ["tickets.create", "mcp.asleep.find"],
  systems: ["github", "jira"],
  roles: ["on-call", "manager", "security"],
  values: { messages: { audience: ["customers", "managers"] } },
};
/** What is wrong with one rule that matches this, or asks for this. */
const wrong = (match: object, more: object = {}) =>
  wrongNames(rules({ name: "one", match, require: [{ role: "manager" }], ...more }), known).map(
    ({ path, sentence }) => `${path.join(".")}: ${sentence}`,
  );

describe("a name that nothing here has is found, with the one that was probably meant", () => {
  test.each([
    ["directory.grnt", "there is no tool directory.grnt; did you mean directory.grant?"],
    ["service.restart", "there is no tool service.restart; did you mean services.restart?"],
    ["directory.promote", "there is no tool directory.promote; there are directory.grant."],
    ["ticket.create", "there is no tool ticket.create; did you mean tickets.create?"],
    ["mcp.desk.clos", "there is no tool mcp.desk.clos; did you mean mcp.desk.close?"],
    ["mcp.asleep.fnd", "there is no tool mcp.asleep.fnd; did you mean mcp.asleep.find?"],
    [
      "payroll.pay",
      "there is no tool payroll.pay; there are directory.*, mcp.asleep.*, mcp.desk.*, messages.*, services.*, tickets.*.",
    ],
  ])("the tool %s", (name, sentence) => expect(wrong({ tool: name })).toEqual([`0.match.tool: ${sentence}`]));

  test.each([
    [{ enviroment: "production" }, "enviroment: services.scale has no argument enviroment; did you mean environment?"],
    [
      { colour: "red" },
      "colour: services.scale has no argument colour; it has service, environment, instances, hurry.",
    ],
    [{ environment: "prod" }, "environment: environment of services.scale is never prod; did you mean production?"],
    [
      { environment: ["staging", "dev"] },
      "environment: environment of services.scale is never dev; it is one of staging, production.",
    ],
    [{ instances: "5" }, 'instances: instances of services.scale is a number, and never "5".'],
    [{ hurry: "yes" }, 'hurry: hurry of services.scale is true or false, and never "yes".'],
    [
      { __proto__: null, constructor: "x" },
      "constructor: services.scale has no argument constructor; it has service, environment, instances, hurry.",
    ],
  ])("the argument %o", (args, sentence) =>
    expect(wrong({ tool: "services.scale", args })).toEqual([`0.match.args.${sentence}`]),
  );

  test("an audience, where the tool itself takes any text", () => {
    expect(wrong({ tool: "messages.send", args: { audience: "custmers" } })).toEqual([
      "0.match.args.audience: audience of messages.send is never custmers; did you mean customers?",
    ]);
    expect(wrong({ tool: "directory.grant", args: { level: "admin" } })).toEqual([
      "0.match.args.level: level of directory.grant is never admin; it is one of read, write.",
    ]);
  });

  test("in a rule for every tool: no tool has such an argument, or none with such a value", () => {
    expect(wrong({ risk: "dangerous", args: { enviroment: "production" } })).toEqual([
      "0.match.args.enviroment: no tool here has an argument enviroment; did you mean environment?",
    ]);
    expect(wrong({ args: { level: "wirte" } })).toEqual([
      "0.match.args.level: level of directory.grant is never wirte; did you mean write?",
    ]);
  });

  test("an argument of a tool that takes others besides those it names, where it is a slip of one of them", () => {
    expect(wrong({ tool: "mcp.desk.close", args: { enviroment: "x" } })).toEqual([
      "0.match.args.enviroment: mcp.desk.close has no argument enviroment; did you mean environment?",
    ]);
  });

  test("a role, asked at once or later", () => {
    const more = {
      require: [{ role: "secruity" }, { role: "manager" }],
      escalate: [{ after: "1m", to: { role: "board" } }],
      expireAfter: "1h",
    };
    expect(wrong({ tool: "directory.grant" }, more)).toEqual([
      "0.require.0.role: nobody has the role secruity, and no group brings it; did you mean security?",
      "0.escalate.0.to.role: nobody has the role board, and no group brings it; roles are on-call, manager, security.",
    ]);
  });
});

test.each([
  [
    "a tool, its arguments, values of a list",
    { tool: "services.restart", args: { environment: ["staging", "production"], service: "any" } },
  ],
  ["a number, yes or no", { tool: "services.scale", args: { instances: 5, hurry: true } }],
  ["a tool of a system that is not connected, whatever it is matched with", { tool: "github.merge", args: { any: 1 } }],
  ["a tool that another system brings", { tool: "tickets.create", args: { any: 1 } }],
  ["a tool of an MCP server that is out of reach", { tool: "mcp.asleep.find", args: { query: "x" } }],
  ["an argument that an open tool does not name", { tool: "mcp.desk.close", args: { colour: "red", id: 7 } }],
  ["every tool whose environment is this: one of them takes any", { args: { environment: "qa" } }],
  ["every tool", {}],
])("%s may be named", (_what, match) => expect(wrong(match)).toEqual([]));
