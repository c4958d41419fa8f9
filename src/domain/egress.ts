import { AsyncLocalStorage } from "node:async_hooks";
import { Fault } from "./fault.ts";
import { type AnyTool, withAround } from "./tool.ts";

/** What a tool is at now, and what it tried that it does not declare. */
interface Work {
  readonly tool: AnyTool;
  refusal: string | null;
}

const atWork = new AsyncLocalStorage<Work | null>();

/**
 * The same tool, kept to the hosts it declares in everything it is asked. What it tries besides fails the call, also where the
 * tool would have gone on without: its declaration, or whoever leads it elsewhere, is wrong.
 */
export function confined(tool: AnyTool): AnyTool {
  const { dryRun, find, pin, refuses } = tool;
  return {
    ...withAround(tool, (go) => within(tool, go)),
    ...(dryRun && { dryRun: (call) => within(tool, () => dryRun.call(tool, call)) }),
    ...(find && { find: (call) => within(tool, () => find.call(tool, call)) }),
    ...(pin && { pin: (call) => within(tool, () => pin.call(tool, call)) }),
    ...(refuses && { refuses: (call) => within(tool, () => refuses.call(tool, call)) }),
  };
}

async function within<T>(tool: AnyTool, go: () => Promise<T>): Promise<T> {
  const work: Work = { tool, refusal: null };
  const result = await atWork.run(work, go);
  if (work.refusal !== null) throw new Fault("tool-failed", work.refusal);
  return result;
}

/** Does what is not the tool's own, though it began while one was at work. */
export function unconfined<T>(go: () => T): T {
  return atWork.run(null, go);
}

/**
 * Every way out asks here before each request, not once for a connection: `host` is "api.example.com", with a port that is not
 * its scheme's own "api.example.com:8443". Throws Fault("bad-request") where the tool at work does not declare it.
 */
export function mayReach(host: string): void {
  const work = atWork.getStore();
  if (!work) return;
  const { name, egress = [] } = work.tool;
  if (egress.some((declared) => covers(declared.toLowerCase(), host.toLowerCase()))) return;
  const named = egress.filter((declared) => declared !== anywhere).join(", ");
  work.refusal =
    named === "" ? `${name} may reach nothing, not ${host}.` : `${name} may reach ${named} only, not ${host}.`;
  throw new Fault("bad-request", work.refusal, { undone: true });
}

/** What a tool declares whose work is done by a program of its own: nobody here sees where that connects. */
export const anywhere = "*";

/** "*.example.com" stands for every name below it, and not for itself. */
function covers(declared: string, host: string): boolean {
  return declared === host || (declared.startsWith("*.") && host.endsWith(declared.slice(1)));
}
