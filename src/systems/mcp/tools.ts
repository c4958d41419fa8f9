import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { anywhere } from "../../domain/egress.ts";
import { Fault } from "../../domain/fault.ts";
import { canonical, type JsonObject } from "../../domain/json.ts";
import { cleanJson, shorten } from "../../domain/text.ts";
import type { AnyTool, Risk } from "../../domain/tool.ts";
import type { Breaker } from "../breaker.ts";
import { connectMcp, type McpAddress } from "./connection.ts";
import { clean } from "./failures.ts";
import { parametersOf } from "./parameters.ts";
import { changes, type ListedTool, pinLine, pinOf } from "./pin.ts";

/** A tool of a server that the operator lets in. */
interface Admitted {
  readonly risk: Risk;
  /** The hash of the tool as the operator read it. */
  readonly description: string;
  /** See `Tool.steers`. */
  readonly steers?: readonly string[] | undefined;
  /** What a call of it costs, in US dollars; absent: what the server says. */
  readonly costUsd?: number | undefined;
}

export interface McpServer {
  readonly name: string;
  readonly address: McpAddress;
  readonly tools: Readonly<Record<string, Admitted>>;
  /** Whether Steward starts without it. */
  readonly optional: boolean;
  /** What a call of any of its tools costs, in US dollars; null: nothing. */
  readonly costUsd: number | null;
}

export interface McpSystem {
  readonly tools: readonly AnyTool[];
  /** Which of its tools are switched off and why, a sentence each. */
  problems(): readonly string[];
  /** Which other tools it has, and what to write to let each in. */
  offers(): readonly string[];
  close(): Promise<void>;
}

const Result = z.object({ text: z.string(), data: z.json().optional() });
/** Names that can be written in steward.yaml and in a workflow; what has another cannot be let in. */
const toolName = /^[\w.-]{1,64}$/;
const longestText = 100_000;
const timeoutMs = 120_000;

/**
 * Imports the admitted tools of one MCP server as `mcp.SERVER.TOOL`. Only what an operator pinned exists, so that no server's
 * words reach a person or a model before somebody read them; a tool that is no longer what was pinned is refused when called.
 * Throws Fault("bad-config") when a server that is not optional cannot be read or lacks an admitted tool.
 */
export async function openMcp(
  server: McpServer,
  breaker: Breaker,
  warn: (sentence: string) => void,
): Promise<McpSystem> {
  const pinned = new Map<string, ListedTool>();
  let listed: readonly ListedTool[] = [];
  let said = "";
  const connection = connectMcp(server.name, server.address, (tools) => {
    listed = tools;
    const sentence = Object.keys(server.tools)
      .flatMap((tool) => problemOf(server, tool, tools, pinned.get(tool)) ?? [])
      .join("\n");
    if (sentence !== said && sentence !== "") warn(sentence);
    said = sentence;
  });
  const outOfReach = (error: unknown): McpSystem => {
    const sentence = `${(error as Error).message} Its tools are missing until Steward is started again.`;
    if (!server.optional)
      throw new Fault("bad-config", `connectors.mcp, ${server.name}: ${(error as Error).message}`, { cause: error });
    warn(sentence);
    return { tools: [], problems: () => [sentence], offers: () => [], close: () => connection.close() };
  };

  try {
    await connection.list();
    const tools = Object.entries(server.tools).map(([name, admitted]) => {
      const tool = findOne(server, name, listed);
      if (pinOf(tool) === admitted.description) pinned.set(name, tool);
      const problem = () => problemOf(server, name, listed, pinned.get(name));
      return breaker.guard(toolOf(server, tool, admitted, connection, problem));
    });
    return {
      tools,
      problems: () =>
        Object.keys(server.tools).flatMap((tool) => problemOf(server, tool, listed, pinned.get(tool)) ?? []),
      offers: () =>
        listed
          .filter((tool) => !(tool.name in server.tools) && toolName.test(tool.name))
          .map(
            (tool) =>
              `${tool.name} is not let in. It says “${clean(tool.description, 1000)}”. If you want it: ${pinLine(tool)}`,
          ),
      close: () => connection.close(),
    };
  } catch (error) {
    if (!server.optional) await connection.close();
    return outOfReach(error);
  }
}

function findOne(server: McpServer, name: string, listed: readonly ListedTool[]): ListedTool {
  const [tool, second] = listed.filter((one) => one.name === name);
  if (!tool)
    throw new Fault(
      "bad-config",
      `The MCP server ${server.name} has no tool ${name}. It has: ${listed.map((one) => one.name).join(", ") || "none"}.`,
    );
  if (second) throw new Fault("bad-config", `The MCP server ${server.name} lists two tools named ${name}.`);
  return tool;
}

/** Why an admitted tool may not be called now, or null. */
function problemOf(
  server: McpServer,
  name: string,
  listed: readonly ListedTool[],
  before: ListedTool | undefined,
): string | null {
  const now = listed.find((tool) => tool.name === name);
  const wanted = server.tools[name]?.description;
  if (!now) return `mcp.${server.name}.${name} is switched off: the server no longer has it.`;
  if (pinOf(now) === wanted) return null;
  const what = before ? `the server changed ${changes(before, now)}` : "it is not the tool that was pinned";
  return `mcp.${server.name}.${name} is switched off: ${what}. If you trust it as it is now, pin it in connectors.mcp: ${pinLine(now)}`;
}

function toolOf(
  server: McpServer,
  listed: ListedTool,
  { risk, steers, description, costUsd = server.costUsd ?? 0 }: Admitted,
  connection: ReturnType<typeof connectMcp>,
  problem: () => string | null,
): AnyTool {
  const name = `mcp.${server.name}.${listed.name}`;
  const known = pinOf(listed) === description;
  // A misspelt name would guard nothing.
  const { properties = {} } = (listed.inputSchema ?? {}) as { properties?: object };
  const unknown = known ? steers?.find((parameter) => !Object.hasOwn(properties, parameter)) : undefined;
  if (unknown !== undefined)
    throw new Fault(
      "bad-config",
      `${name} has no parameter ${unknown}, which its steers names. It has: ${Object.keys(properties).join(", ") || "none"}.`,
    );
  return {
    name,
    summary: known ? clean(listed.description, 2000) : `A tool of the MCP server ${server.name} that is switched off`,
    params: known ? paramsOf(name, listed) : z.object({}).loose(),
    result: Result,
    // What the operator read says nothing of an argument that the schema does not name.
    risks: [...new Set([risk, "dangerous" as const])],
    risk: (args: JsonObject) =>
      Object.keys(args).every((name) => Object.hasOwn(properties, name)) ? risk : ("dangerous" as const),
    // Reading twice does no harm; whether anything else happened, no server lets us look up.
    effect: risk === "read" ? "keyed" : "opaque",
    timeoutMs,
    describe: (args: JsonObject) => `Call ${listed.name} of the MCP server ${server.name} with ${canonical(args)}`,
    egress: "url" in server.address ? [new URL(server.address.url).host] : [anywhere],
    origin: `the MCP server ${server.name}, pinned as ${description.slice(0, 8)}`,
    ...(risk !== "read" && {
      final: `Only ${server.name} knows what takes a call back, if anything does.`,
      // What it does with it no server says before; that it would be refused is known.
      async dryRun({ args }: { args: JsonObject }) {
        refuseIf(problem());
        const where = "url" in server.address ? new URL(server.address.url).host : "a program on this machine";
        return `Would send ${listed.name} to ${where} with ${shorten(canonical(args), 500)}.`;
      },
    }),
    ...(steers ? { steers } : {}),
    ...(costUsd > 0 && { costUsd }),
    async run({ args, signal }: { args: JsonObject; signal: AbortSignal }) {
      // The first look spares a start of the server; the second sees what it listed when it was started.
      refuseIf(problem());
      const answer = await connection.call(listed.name, { ...args }, signal, () => refuseIf(problem()));
      return resultOf(name, answer);
    },
  };
}

function paramsOf(name: string, listed: ListedTool): z.ZodType {
  try {
    return parametersOf(cleanJson(listed.inputSchema));
  } catch (error) {
    throw new Fault("bad-config", `The schema of ${name} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function refuseIf(problem: string | null): void {
  if (problem !== null) throw new Fault("platform-refused", problem, { undone: true });
}

/** The answer as text and data, without what is neither and without what is too long. */
function resultOf(name: string, answer: CallToolResult): z.output<typeof Result> {
  const text = answer.content
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "resource_link") return part.uri;
      if (part.type === "resource") return "text" in part.resource ? part.resource.text : `(${part.resource.uri})`;
      return `(${part.type}, ${part.mimeType})`;
    })
    .join("\n");
  const short = text.length <= longestText ? text : `${text.slice(0, longestText).toWellFormed()}… (cut)`;
  if (answer.isError) throw new Fault("platform-refused", `${name} answered with an error: ${short.slice(0, 500)}`);
  const { structuredContent: data } = answer;
  if (data === undefined || JSON.stringify(data).length > longestText) return { text: short };
  return { text: short, data: data as z.output<typeof Result>["data"] };
}
