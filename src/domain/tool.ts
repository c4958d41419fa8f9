import { z } from "zod";
import type { Json, JsonObject } from "./json.ts";
import { digest } from "./json.ts";
import { misfitsOf } from "./misfit.ts";

export type Risk = "read" | "write" | "dangerous";
/** keyed: the provider takes our key. findable: our marker can be looked up. opaque: neither, so at most once. */
export type EffectClass = "keyed" | "findable" | "opaque";

export interface ToolCall<A> {
  readonly tenant: string;
  readonly args: A;
  /** The idempotency key: the same for every try of this effect. */
  readonly effectId: string;
  /** Whose effect this is: a run, or a task of one. */
  readonly actorId: string;
  /** The run it belongs to; `actorId` itself when that is the run. */
  readonly runId: string;
  /** The run's requester, for tools that act on somebody's behalf. */
  readonly requesterId: string | null;
  readonly signal: AbortSignal;
  /**
   * Shows how far it is, in the run's thread, before its result is there. Shown when it can be; never a promise. A text that
   * is still being `written` is shown again, longer, and once more without that when it is whole.
   */
  progress(text: string, written?: "writing"): void;
}

/** The labels of a question's buttons. */
export type Asks = { readonly approve: string; readonly change: string; readonly deny: string };

/** One typed capability. `run` is called by `perform` and by nothing else. */
export interface Tool<A = never, R = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly params: z.ZodType<A>;
  readonly result: z.ZodType<R>;
  /** Of this very call: restarting in staging may be less of a risk than in production. */
  risk(args: A): Risk;
  /** Every risk that a call of it may have, where that depends on its arguments. Absent: there is one. */
  readonly risks?: readonly Risk[];
  readonly effect: EffectClass;
  readonly timeoutMs: number;
  /** What an approver reads: "Restart checkout in production, one instance at a time". */
  describe(args: A): string;
  /**
   * Hosts it may reach, such as "api.github.com", "db.example.com:5432" or "*.example.com"; whatever it is asked, it is kept to
   * these. Absent: none. "*": its work is done by a program of its own, which cannot be kept to anything.
   */
  readonly egress?: readonly string[];
  /** What one call costs, in US dollars: held back before it is made and charged when it was, under the same caps as models. Absent: nothing. */
  readonly costUsd?: number;
  /**
   * Parameters that choose where it acts, on whom, as what, how much or what is asked. A value that came from outside fills
   * one of these only if a person saw it on a card. Absent: every parameter; an empty list: none.
   */
  readonly steers?: readonly string[];
  /** Its result holds only what Steward or its configuration wrote, or what it was asked with. Absent: what it returns came from outside and may lie. */
  readonly trusted?: true;
  /** Results up to this size reach whoever asked whole; larger ones are kept apart and referred to. Absent: 8192 bytes. */
  readonly wholeBytes?: number;
  /** What an approver presses, where other words than Approve and Deny say it better. */
  readonly asks?: Asks;
  /** Parameters that are only words for people: whoever may approve may put them differently, and approve that. */
  readonly wording?: readonly string[];
  /**
   * Whether a changed call asks for no more than the one that was asked about: then whoever changed it may approve it too.
   * `pin` is what was asked on. Absent: only other words for people are no more.
   */
  lessens?(was: NoInfer<A>, now: NoInfer<A>, pin: Json): boolean;
  /** Members of its result that are kept apart however small, and what of each stays beside the reference. */
  readonly apart?: Readonly<Record<string, readonly string[]>>;
  /** Its arguments repeat what its actor remembers: they are not kept once it is done. */
  readonly repeats?: true;
  /** Whose it is, where it is not Steward's own: "the connector github", "the MCP server wiki, pinned as 5f2c11aa". */
  readonly origin?: string;
  /** Why no call takes one of it back, as a sentence. Absent where `compensate` does, and where it only reads. */
  readonly final?: string;
  /** The call that takes this one back, where there is one. */
  compensate?(args: A, result: R): { readonly tool: string; readonly args: JsonObject } | null;
  /**
   * Why this call could only fail, as a sentence, read without changing anything; null when it may work. Asked before a run
   * begins that will make it: `requesterId` is whoever asks for that.
   */
  refuses?(call: { tenant: string; args: A; requesterId: string }): Promise<string | null>;
  /**
   * What a call has for itself while it is at work: "services/production/checkout". Two calls of one tenant that name the same
   * are never at work at once, whatever their tools and wherever they run: the second waits until the first is done, failed for
   * good or stopped, in the order in which they came. Waiting takes nothing from `timeoutMs`. Absent: any number at once.
   */
  occupies?(args: NoInfer<A>): string;
  /** What it would do now, in a sentence or two, read without changing anything: shown on the card before anyone answers. */
  dryRun?(call: { tenant: string; args: A }): Promise<string>;
  /**
   * What must not have changed between approval and execution, or null. Read when the gate opens and again before every try:
   * where the call itself changes it, what `effectId` has done already must not count.
   */
  pin?(call: { tenant: string; args: A; effectId: string }): Promise<Json>;
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

/** The same tool with something around its calls: `around` is given the call and what carries it out, and is no caller itself. */
export function withAround(
  tool: AnyTool,
  around: (go: () => Promise<unknown>, call: ToolCall<unknown>) => Promise<unknown>,
): AnyTool {
  return { ...tool, run: (call) => around(async () => tool.run(call), call) };
}

/**
 * How risky this call is. Arguments the tool refuses are dangerous, and so is a value from outside where the tool is steered
 * by it: `tainted` names the arguments that hold such values.
 */
export function riskOf(tool: AnyTool | undefined, args: JsonObject, tainted: readonly string[]): Risk {
  const parsed = tool?.params.safeParse(args);
  if (!tool || !parsed?.success) return "dangerous";
  return isSteered(tool, tainted) ? "dangerous" : tool.risk(parsed.data);
}

/** Whether one of these arguments, which hold what came from outside, steers the tool. */
export function isSteered(tool: AnyTool, tainted: readonly string[]): boolean {
  return tainted.some((name) => tool.steers === undefined || tool.steers.includes(name));
}

/** Every risk that a call of this tool may have, the least first. */
export function risksOf(tool: AnyTool): readonly Risk[] {
  return tool.risks ?? [tool.risk({})];
}

/** A call's arguments as its tool takes them, or why it can never run: "services.scale cannot take these arguments: “instances” must be a whole number from 1 to 20, not 300". */
export function fit(tool: AnyTool, args: JsonObject): { readonly args: JsonObject } | { readonly misfit: string } {
  const { data, success } = tool.params.safeParse(args);
  if (success) return { args: data as JsonObject };
  const why = misfitsOf(tool.params, args).map(({ name, must }) => `“${name}” must be ${must}`);
  return { misfit: `${tool.name} cannot take these arguments: ${why.join("; ")}` };
}

/** What a call does, in its tool's words; `args` is JSON. Null where there is no such tool here, or it does not take them any more. */
export function inWords(tools: ReadonlyMap<string, AnyTool>, name: string, args: string): string | null {
  const tool = tools.get(name);
  const parsed = tool?.params.safeParse(JSON.parse(args));
  return tool && parsed?.success ? tool.describe(parsed.data) : null;
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
