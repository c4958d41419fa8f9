import { digest } from "../../domain/json.ts";
import { clean } from "./failures.ts";

/** A tool as a server lists it. Everything in it was written by the server. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: unknown;
  readonly outputSchema: unknown;
}

/**
 * What an operator pins in steward.yaml: a hash over the tool's name, description and schemas. A server that later words its
 * tool differently, to talk a model into something, no longer matches.
 */
export function pinOf(tool: ListedTool): string {
  return digest([tool.name, tool.description, tool.inputSchema, tool.outputSchema ?? null]);
}

/** What an operator adds to steward.yaml to let a tool in. */
export function pinLine(tool: ListedTool): string {
  return `${tool.name}: { risk: dangerous, description: ${pinOf(tool)} }`;
}

/** Which parts of a tool differ, as a sentence can name them. */
export function changes(before: ListedTool, now: ListedTool): string {
  const differs = (part: "description" | "inputSchema" | "outputSchema") =>
    digest(before[part] ?? null) !== digest(now[part] ?? null);
  const parts = [
    ...(differs("description") ? [`its description, which now reads “${clean(now.description)}”`] : []),
    ...(differs("inputSchema") ? ["its parameters"] : []),
    ...(differs("outputSchema") ? ["its result"] : []),
  ];
  return parts.join(" and ");
}
