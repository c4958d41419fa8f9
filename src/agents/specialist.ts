import type { z } from "zod";
import type { JsonObject } from "../domain/json.ts";

/** One look at the world: a tool that only reads, with arguments that may refer to the task's input and earlier looks. */
export interface Look {
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
  /** The task goes on without it when it fails; its output then is `{unknown: why}`. */
  readonly optional?: true;
}

/** What to do for a task when there is no model: the looks to take, and what they mean together. Pure data and a pure function. */
export interface Playbook {
  /** Together when no look needs another's output; one after the other otherwise. */
  readonly order: "together" | "in-turn";
  readonly looks: readonly Look[];
  /** What is told to whoever gave the task. Never throws: outputs come from outside and may hold anything. */
  report(input: JsonObject, outputs: JsonObject): Report;
}

export type Report = JsonObject & {
  /** One sentence for people. */
  readonly summary: string;
};

/** One thing a specialist can be given to do. */
export interface Task {
  readonly summary: string;
  /** The same of one input, for a line of a plan, such as "how is {service} in {environment}". */
  readonly line?: string;
  /** What its input must hold; without, nothing. */
  readonly input?: z.ZodObject<Readonly<Record<string, z.ZodType>>, z.core.$loose>;
  /** What it must report: a model's report is checked against this, and `summary` is always there. */
  readonly report: z.ZodType<Report>;
  /** How it is done without a model; null when it takes one. */
  readonly playbook: Playbook | null;
  /** What a model's report must hold besides its shape, of this input: a sentence says what is wrong with it. */
  check?(input: JsonObject, report: Report): string | null;
  /** The playbook is all there is to it: no model is asked, even where there is one. */
  readonly plain?: true;
  /** What it finds is for whoever asked: its own run is theirs to see. */
  readonly personal?: true;
}

/** What an agent is good at. Data: nothing here runs a tool. */
export interface Specialist {
  readonly name: string;
  readonly summary: string;
  /** Names of the tools its model may ask for. What is not named does not exist for it. */
  readonly tools: readonly string[];
  /** How it works with a model; absent where every task is plain, so that none is ever asked. */
  readonly model?: WithModel;
  readonly tasks: Readonly<Record<string, Task>>;
  /** How many of its tasks may be at work at the same time; the rest wait their turn. One that waits for people is not at work. */
  readonly concurrency: number;
}

/** What only a model needs. */
export interface WithModel {
  /** What it is told about the work, the same for every task: no times, no names, so that it can be cached. */
  readonly instructions: string;
  /** What one task may spend, in US dollars, within the run's own cap. */
  readonly budgetUsd: number;
  /** How many times it may speak in one task. */
  readonly maxTurns: number;
}

/** A specialist that works with a model, where there is one. */
export type Thinking = Specialist & { readonly model: WithModel };

/** Whether it ever asks a model. */
export function thinks(specialist: Specialist): specialist is Thinking {
  return specialist.model !== undefined;
}
