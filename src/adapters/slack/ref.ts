import { Fault } from "../../domain/fault.ts";

/** A message's name: channel and timestamp, and its thread's where that is another. */
export interface Named {
  readonly channel: string;
  readonly ts: string;
  /** The thread's first message; the message itself where it begins one. */
  readonly thread: string;
}

/** "C1:1700000000.000100", or with the thread "C1:1700000000.000100:1690000000.000100". */
export function refOf(channel: string, ts: string, thread?: string): string {
  return thread === undefined || thread === ts ? `${channel}:${ts}` : `${channel}:${ts}:${thread}`;
}

/** A message that only one user sees. Slack can neither look it up nor change it, so its ref only says that. */
export function privateRef(channel: string, id: string): string {
  return `private:${channel}:${id}`;
}

export function isPrivate(ref: string): boolean {
  return ref.startsWith("private:");
}

/** What a ref names. Throws Fault "platform-refused" for what is no ref of ours. */
export function nameIn(ref: string): Named {
  const [, channel, ts, thread] = /^([A-Z0-9]+):(\d+\.\d+)(?::(\d+\.\d+))?$/.exec(ref) ?? [];
  if (channel === undefined || ts === undefined) throw new Fault("platform-refused", `Slack has no message ${ref}`);
  return { channel, ts, thread: thread ?? ts };
}
