import type { JsonObject } from "../domain/json.ts";
import type { RunEffect } from "./run-views.ts";

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
  /** Its run is for whoever asked: nobody else sees it but those who read the audit. */
  readonly personal: boolean;
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
