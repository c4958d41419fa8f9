import type { Person } from "../domain/incoming.ts";
import type { AuditFilter, AuditLine, FoundLine, StreamLine } from "./audit-views.ts";
import type { ButtonView, GateView, Remark } from "./gate-views.ts";
import type { Run, RunCounts, RunFilter, RunLine, Seen } from "./run-views.ts";
import type { BoardKey, TaskDetail, TaskView } from "./task-views.ts";

export type { AuditFilter, AuditLine, FoundLine, StreamLine } from "./audit-views.ts";
export type { ButtonView, GateAction, GateView, GateVote, Remark } from "./gate-views.ts";
export type { Beside, Happening, Run, RunCounts, RunEffect, RunFilter, RunLine, RunStep } from "./run-views.ts";
export type { BoardKey, TaskDetail, TaskView } from "./task-views.ts";

/** What the pages and the REST doors read. Implemented in the store. */
export interface Reads {
  /** Newest first, at most `limit`; `before` is the id of the last one seen. */
  runs(
    query: RunFilter & Seen & { readonly tenant: string; readonly limit: number; readonly before?: string | undefined },
  ): Promise<readonly RunLine[]>;
  countRuns(query: RunFilter & Seen & { readonly tenant: string; readonly viewer: string }): Promise<RunCounts>;
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
  /** The oldest first, at most 1000; for a person those that may be theirs to answer. */
  openGates(tenant: string, who?: Person | null): Promise<readonly GateView[]>;
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
