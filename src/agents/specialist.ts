import type { JsonObject } from "../domain/json.ts";

/** One look at the world: a tool that only reads, with arguments that may refer to the task's input and earlier looks. */
export interface Look {
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
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

/** What an agent is good at. */
export interface Specialist {
  readonly name: string;
  readonly summary: string;
  readonly tasks: Readonly<Record<string, Playbook>>;
}
