import type { JsonObject } from "../domain/json.ts";
import type { PictureRef } from "../domain/picture.ts";
import type { AuditLine } from "./audit-views.ts";
import type { GateView } from "./gate-views.ts";

/** One run, as a line in a list. Instants are ISO texts, durations milliseconds. */
export interface RunLine {
  readonly id: string;
  /** The definition's name. */
  readonly name: string;
  /** What it is about: "restart checkout in production". */
  readonly title: string;
  /** The plan's state in one word: pending, running, waiting, completed, failed, cancelled. */
  readonly state: string;
  readonly done: boolean;
  readonly paused: boolean;
  /** Why nothing goes on, or null. */
  readonly stuck: string | null;
  readonly priority: string;
  readonly requesterId: string | null;
  readonly requesterName: string | null;
  /** It is for whoever asked: nobody else sees it but those who read the audit. */
  readonly personal: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** From begin to end, or until now. */
  readonly durationMs: number;
  /** What it waits for, as its workflow says it to people; null where it waits for nothing, or that is not said. */
  readonly waitsFor: string | null;
  /** The thread of the web chat in which it is told, once that is there. */
  readonly thread: { readonly channel: string; readonly id: string } | null;
  /** The service that the event which began it was about. */
  readonly service: { readonly name: string; readonly environment: string } | null;
}

/** A step, in the order its definition gives. */
export interface RunStep {
  readonly id: string;
  /** tool, approve, notify, wait or agent. */
  readonly kind: string;
  /** What it does, in a word or two: the tool's name, what it covers. */
  readonly about: string;
  readonly state: string;
  readonly generation: number;
  readonly attempt: number;
  readonly error: string | null;
  /** Of a step that looks again and again: how often it has, and whether it saw what it waits for. */
  readonly looked: {
    readonly times: number;
    readonly met: boolean;
    /** What it waits for came about by something that was told, and was not seen. */
    readonly early: boolean;
  } | null;
  /** Of a wait that somebody ended: what they meant (an intent's name), and their name. */
  readonly answered: { readonly intent: string; readonly name: string } | null;
  /** Of a wait: what it waits for, as its definition says it; null where it does not. */
  readonly says: string | null;
  /** What it has drawn; null for a step that draws nothing. */
  readonly picture: PictureRef | null;
  /** Which part of the request it belongs to; null where the request is one. */
  readonly part: { readonly number: number; readonly title: string } | null;
  readonly effects: readonly RunEffect[];
}

/** A touch on the outside world. `state` in_doubt: a person must say whether it happened. */
export interface RunEffect {
  readonly id: string;
  readonly tool: string;
  readonly class: string;
  readonly risk: string;
  readonly args: string;
  readonly state: string;
  readonly generation: number;
  readonly askedAt: string;
  /** Of a call that must not be made twice: when it was begun. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface Run extends RunLine {
  /** The definition's own sentence. */
  readonly summary: string;
  readonly input: JsonObject;
  /** Why it was asked for, in the requester's words; null when they did not say. */
  readonly reason: string | null;
  /** Why it was stopped, failed or is stuck, as a sentence. */
  readonly error: string | null;
  readonly steps: readonly RunStep[];
  readonly gates: readonly GateView[];
  /** The newest 500 entries of the run's stream, oldest first. */
  readonly timeline: readonly AuditLine[];
  /** What other runs did in its thread; absent where nobody has looked. */
  readonly beside?: readonly Beside[];
}

/** What another run has done, whose request was made in the same thread. */
export interface Beside {
  /** ISO instant. */
  readonly at: string;
  /** R-... */
  readonly run: string;
  readonly by: string;
  readonly tool: string;
  /** Canonical JSON. */
  readonly args: string;
}

/** One thing that happened in a run, as people tell it. */
export interface Happening {
  /** ISO instant. */
  readonly at: string;
  readonly kind:
    | "asked"
    | "told"
    | "found"
    | "proposed"
    | "approved"
    | "denied"
    | "lapsed"
    | "done"
    | "watched"
    | "said"
    | "failed"
    | "ended";
  readonly text: string;
  /** The call that this was, for engineers; absent where the text is all there is. */
  readonly call?: string;
  /** What stands behind it: the evidence of what was found. */
  readonly details: readonly string[];
}

/** Which runs may be seen: left out, all of them. */
export interface Seen {
  /** Nobody's but this person's. */
  readonly onlyOf?: string | undefined;
  /** Of those that are for whoever asked, this person's. */
  readonly personalOf?: string | undefined;
}

/** Which runs are wanted; what is left out may be anything. */
export interface RunFilter {
  /** What has failed has ended, and can be done again. */
  readonly state?: "open" | "ended" | "failed" | undefined;
  readonly requesterId?: string | undefined;
  /** A definition's name. */
  readonly workflow?: string | undefined;
  /** R-..., or words of its title; of each the beginning is enough. */
  readonly words?: string | undefined;
}

/** How many runs there are of each kind somebody may choose, with everything else that they chose. */
export interface RunCounts {
  /** Whatever was chosen but the words. */
  readonly all: number;
  readonly open: number;
  readonly failed: number;
  /** Those that whoever looks asked for. */
  readonly mine: number;
  /** By name. */
  readonly workflows: readonly { readonly name: string; readonly runs: number }[];
  /** Only the newest few thousand were counted, and there are more. */
  readonly isMore: boolean;
}
