import type { Json, JsonObject } from "../domain/json.ts";
import type { PictureRef } from "../domain/picture.ts";

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

/** One audit entry with its body, where that was not erased. */
export interface AuditLine {
  readonly seq: number;
  /** ISO, from the one clock. */
  readonly at: string;
  readonly kind: string;
  readonly by: string | null;
  /** All fields of the entry, as hashed. */
  readonly entry: JsonObject;
  readonly hash: string;
  /** What the entry's digest covers; null when erased or when there is none. */
  readonly body: JsonObject | null;
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

/** One effect a gate covers, as people read it. */
export interface GateAction {
  readonly tool: string;
  readonly risk: string | null;
  readonly describes: string;
  readonly args: JsonObject;
  /** What it would have done when it was asked, as its tool said; null when that could not be told. */
  readonly dryRun: string | null;
  /** The names of arguments whose values nobody here chose. */
  readonly outside: readonly string[];
  /** Where each of those came from, as far as that is known. */
  readonly origins: Readonly<Record<string, string>>;
  /** What it would act on, as it was when it was asked: what was approved holds for that alone. */
  readonly pin: Json;
  /** Why it is asked although the policy would let it pass; null when it is asked about for its own sake. */
  readonly because: string | null;
}

export interface GateVote {
  readonly personId: string;
  readonly name: string;
  readonly decision: "approve" | "deny";
  readonly reason: string | null;
  readonly surface: string;
  readonly at: string;
}

/** What somebody wrote in the thread of a run while one of its questions was open. Only data: it decides nothing. */
export interface Remark {
  readonly personId: string | null;
  readonly name: string;
  /** ISO instant. */
  readonly at: string;
  readonly text: string;
}

export interface GateView {
  readonly id: string;
  readonly runId: string;
  /** The task of that run which asked; null where the run itself did. */
  readonly taskId: string | null;
  readonly title: string;
  /** open, approved, denied, expired, withdrawn, superseded, waived. */
  readonly state: string;
  readonly requesterId: string | null;
  readonly requesterName: string | null;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
  readonly barred: readonly string[];
  /** Canonical JSON, as hashed. */
  readonly policy: string;
  readonly subjectHash: string;
  readonly actions: readonly GateAction[];
  /** "1 manager and 1 security". */
  readonly approvers: string | null;
  /** Why it was asked for, in the requester's words; null when they did not say. */
  readonly reason: string | null;
  /** What else whoever answers should know, as the workflow says. */
  readonly fields: readonly { readonly label: string; readonly value: string }[];
  readonly votes: readonly GateVote[];
  /** The gate machine's own memory, for judging who may answer. */
  readonly context: JsonObject;
}

/** A button of a card, and what a press on it decides. */
export interface ButtonView {
  readonly token: string;
  readonly decision: "approve" | "deny" | "change";
  readonly gate: GateView;
}

/** One task of a specialist. Instants are ISO texts. */
export interface TaskView {
  readonly id: string;
  readonly runId: string;
  readonly specialist: string;
  readonly task: string;
  /** assigned, thinking, acting, waiting, reporting, overBudget, done, failed, passed, cancelled. */
  readonly state: string;
  readonly done: boolean;
  readonly paused: boolean;
  readonly stuck: string | null;
  readonly requesterId: string | null;
  readonly createdAt: string;
  readonly movedAt: string;
  readonly endedAt: string | null;
  readonly idleMs: number;
  /** Answers of the model that were heard, and what it cost in US dollars. */
  readonly turns: number;
  readonly usd: number;
  /** The calls it wanted, in order; `state` is settled, running, asked or doubt. */
  readonly calls: readonly { readonly tool: string; readonly state: string; readonly error: string | null }[];
  readonly error: string | null;
  /** Why the playbook did what a model was to do. */
  readonly withoutModel: string | null;
  /** What it told whoever gave it; null before, and once it is erased. */
  readonly report: JsonObject | null;
}

/** One task as the page of its run shows it. */
export interface TaskDetail extends TaskView {
  /** The step that gave it. */
  readonly step: string;
  /** Every call that was made, those to a model among them, in order. */
  readonly effects: readonly RunEffect[];
}

/** A key of a run's blackboard: its newest version, and the specialist that wrote it. */
export interface BoardKey {
  readonly key: string;
  readonly version: number;
  readonly by: string | null;
  readonly at: string;
}

/** One hash chain, and how far it goes. */
export interface StreamLine {
  readonly stream: string;
  readonly entries: number;
  /** "Run: restart checkout in production"; null for a named stream. */
  readonly about: string | null;
  /** Of its newest entry, as an ISO instant; null while it is empty. */
  readonly lastAt: string | null;
}

/** What is looked for in the record; what is left out may be anything. */
export interface AuditFilter {
  /** A person's id, key:ID, system:NAME, or "system" for Steward itself. */
  readonly by?: string;
  /** A run's id or R-..., or words of its title; its tasks and gates belong to it. */
  readonly run?: string;
  /** Calls of this tool, and what people were asked about them. */
  readonly tool?: string;
  /** An entry's kind, or the event that a turn took: "refused", "vote", "cancel". */
  readonly kind?: string;
  /** ISO instants: from this one on, before that one. */
  readonly from?: string;
  readonly until?: string;
}

/** An entry that was looked for, with the actor whose stream it is in; null for the named streams. */
export interface FoundLine extends AuditLine {
  readonly stream: string;
  readonly about: {
    readonly machine: "plan" | "gate" | "agent";
    readonly name: string;
    readonly id: string;
    /** The run it belongs to: itself, when it is one. */
    readonly runId: string | null;
    readonly short: string | null;
  } | null;
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

/** What the pages and the REST doors read. Implemented in the store. */
export interface Reads {
  /** Newest first, at most `limit`; `before` is the id of the last one seen. With `onlyOf` nobody's runs but this person's may be seen. */
  runs(
    query: RunFilter & {
      readonly tenant: string;
      readonly limit: number;
      readonly before?: string | undefined;
      readonly onlyOf?: string | undefined;
    },
  ): Promise<readonly RunLine[]>;
  countRuns(
    query: RunFilter & { readonly tenant: string; readonly viewer: string; readonly onlyOf?: string | undefined },
  ): Promise<RunCounts>;
  run(tenant: string, id: string): Promise<Run | null>;
  /** The id of the run that people call R-...; null where there is none, or more than one. */
  runNamed(tenant: string, short: string): Promise<string | null>;
  /** Those of these names, R-..., that some run has. */
  runsNamed(tenant: string, shorts: readonly string[]): Promise<readonly string[]>;
  /** The body of an output that was too large to be kept in place, if this run or one of its tasks made it. */
  artifact(tenant: string, runId: string, id: string): Promise<string | null>;
  task(tenant: string, id: string): Promise<TaskView | null>;
  /** In the order they were given. */
  tasks(tenant: string, runId: string): Promise<readonly TaskDetail[]>;
  /** In the order of the keys. */
  board(tenant: string, runId: string): Promise<readonly BoardKey[]>;
  openGates(tenant: string): Promise<readonly GateView[]>;
  gate(tenant: string, id: string): Promise<GateView | null>;
  /** What buttons with these tokens decide, of those whose gates are open. */
  decisionsOf(tenant: string, tokens: readonly string[]): Promise<readonly ButtonView[]>;
  /** What people wrote in the thread of a gate's run from its opening until it was decided: the newest 50, oldest first. */
  remarks(tenant: string, gateId: string): Promise<readonly Remark[]>;
  /** Entries of one stream, oldest first, after a sequence number. */
  entries(query: {
    readonly tenant: string;
    readonly stream: string;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly AuditLine[]>;
  /**
   * Entries of all streams, the newest first; `before` is the `next` of the page before this one, else Fault("bad-request").
   * `since`: only from this instant on, because no time, run or person was asked for.
   */
  search(query: {
    readonly tenant: string;
    readonly filter: AuditFilter;
    readonly before?: string;
    readonly limit: number;
  }): Promise<{ readonly entries: readonly FoundLine[]; readonly next: string | null; readonly since: string | null }>;
  /** Streams of actors, the newest first, after the one whose stream is `before`; on the first page the four named ones lead. */
  streams(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly before?: string;
  }): Promise<readonly StreamLine[]>;
}
