import { z } from "zod";
import type { Json } from "./json.ts";
import { digest } from "./json.ts";

export type Risk = "read" | "write" | "dangerous";
/** keyed: the provider takes our key. findable: our marker can be looked up. opaque: neither, so at most once. */
export type EffectClass = "keyed" | "findable" | "opaque";

export interface ToolCall<A> {
  readonly tenant: string;
  readonly args: A;
  /** The idempotency key: the same for every try of this effect. */
  readonly effectId: string;
  /** The run's requester, for tools that act on somebody's behalf. */
  readonly requesterId: string | null;
  readonly signal: AbortSignal;
  /** Shows how far it is, in the run's thread. Shown when it can be; never a promise. */
  progress(text: string): void;
}

/** One typed capability. `run` is called by `perform` and by nothing else. */
export interface Tool<A = never, R = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly params: z.ZodType<A>;
  readonly result: z.ZodType<R>;
  /** Of this very call: restarting in staging may be less of a risk than in production. */
  risk(args: A): Risk;
  readonly effect: EffectClass;
  readonly timeoutMs: number;
  /** What an approver reads: "Restart checkout in production, one instance at a time". */
  describe(args: A): string;
  /** What must not have changed between approval and execution, or null. Read when the gate opens and again before the call. */
  pin?(call: { tenant: string; args: A }): Promise<Json>;
  run(call: ToolCall<A>): Promise<R>;
  /** findable: the result of the call that carried this effect id, if it happened. */
  find?(call: { tenant: string; args: A; effectId: string }): Promise<R | null>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds tools of every shape; each checks its own arguments
export type AnyTool = Tool<any, any>;

/** Declares a tool with its argument and result types inferred from the schemas. */
export function defineTool<A, R>(tool: Tool<A, R>): Tool<A, R> {
  return tool;
}

/** A tool's contract: a hash over name, schemas, effect class. Approvals are bound to it. */
export function contractHash(tool: AnyTool): string {
  const known = contracts.get(tool);
  if (known !== undefined) return known;
  const hash = digest({
    name: tool.name,
    params: z.toJSONSchema(tool.params, { unrepresentable: "any" }),
    result: z.toJSONSchema(tool.result, { unrepresentable: "any" }),
    effect: tool.effect,
  });
  contracts.set(tool, hash);
  return hash;
}

const contracts = new WeakMap<AnyTool, string>();
