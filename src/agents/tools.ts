import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { canonical, type Json } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { type AnyTool, defineTool } from "../domain/tool.ts";
import { foundTool } from "./found.ts";
import { seatTool } from "./seat.ts";
import type { Specialist } from "./specialist.ts";
import { askingTool, type Raise } from "./turn.ts";

/** A value on a run's blackboard. Version 0: nobody has written it yet. */
export interface Written {
  readonly version: number;
  readonly value: Json;
  /** The specialist that wrote it. */
  readonly by: string | null;
}

/** One task of a run that is still at work: its actor, and the two names by which it can be told something. */
export interface Colleague {
  readonly actorId: string;
  readonly task: string;
  readonly specialist: string;
  /** What it does, and how: `assigned` waits for a seat, `talks` has a model that hears, `follows` has only its playbook. */
  readonly does: string;
  readonly how: "assigned" | "talks" | "follows";
}

/** One thing that a task has from a tool, or asked of one (`state` doubt: nobody knows whether it happened). */
export interface Found {
  readonly by: string;
  readonly tool: string;
  readonly state: string;
  readonly said: string;
}

/** Where seats, blackboards and colleagues are kept. */
export interface AgentStore {
  /** Queues this task for a seat of its specialist, once; how many are before it that are still at work. */
  queue(tenant: string, specialist: string, actorId: string): Promise<number>;
  /** How many tasks of a specialist have a seat or wait for one. */
  atWork(tenant: string, specialist: string): Promise<number>;
  /** What these tasks of a run have seen and done so far, oldest first; who is not there is left out. */
  found(tenant: string, runId: string, tasks: readonly string[]): Promise<readonly Found[]>;
  /**
   * The one place of those who ask people about this cap, for a task that is over it: taken by the first, until it is over it no
   * more. `turnedDown` says who turned it down since this task began.
   */
  asking(asker: {
    readonly tenant: string;
    readonly runId: string;
    readonly personId: string | null;
    readonly actorId: string;
    readonly scope: Raise["scope"];
  }): Promise<{ readonly isFirst: boolean; readonly turnedDown: string | null }>;
  read(tenant: string, runId: string, key: string): Promise<Written>;
  /** Keys with their newest versions. */
  keys(tenant: string, runId: string): Promise<readonly { readonly key: string; readonly version: number }[]>;
  /** Writes the version after `expects`, if that is still the newest; once for an effect. Null: it is not. */
  write(write: {
    readonly tenant: string;
    readonly runId: string;
    readonly key: string;
    readonly expects: number;
    readonly value: Json;
    readonly actorId: string;
    readonly effectId: string;
  }): Promise<number | null>;
  colleagues(tenant: string, runId: string): Promise<readonly Colleague[]>;
}

/** Brings a message into another task's mail, once under its key. */
export type Tell = (message: {
  readonly tenant: string;
  readonly actorId: string;
  readonly key: string;
  readonly from: string;
  readonly text: string;
}) => Promise<void>;

const Anything = z.json() as z.ZodType<Json>;
const Key = z.string().regex(/^[a-z][a-z0-9._-]{0,63}$/, "a key is lower-case letters, digits, dots and dashes");
const largestValue = 8000;
/** What is handed to whoever takes over stays under the 8 KB that a result may have. */
const mostFound = 8;
const mostKeys = 4;
const longestFound = 500;
const inner = { effect: "keyed", timeoutMs: 10_000, steers: [] as string[], risk: () => "read" as const } as const;

/** What agents use among themselves. None of it leaves the run, so nobody is asked about it. */
export function agentTools(store: AgentStore, tell: Tell, specialists: readonly Specialist[]): AnyTool[] {
  /** The first of these specialists that has a seat free. */
  const freeOf = async (tenant: string, names: readonly string[]) => {
    for (const one of names.flatMap((name) => specialists.filter((each) => each.name === name)))
      if ((await store.atWork(tenant, one.name)) < one.concurrency) return one.name;
    return null;
  };
  return [
    defineTool({
      ...inner,
      name: seatTool,
      summary: "Waits for one of a specialist's seats",
      params: z.object({
        specialist: z.string(),
        seats: z.int().positive(),
        others: z.array(z.string()).max(20).optional(),
      }),
      result: z.object({ seated: z.boolean(), ahead: z.int(), free: z.string().nullable() }),
      trusted: true,
      describe: ({ specialist }) => `Take a seat of ${specialist}`,
      async run({ tenant, actorId, args }) {
        const ahead = await store.queue(tenant, args.specialist, actorId);
        const seated = ahead < args.seats;
        return { seated, ahead, free: seated ? null : await freeOf(tenant, args.others ?? []) };
      },
    }),
    defineTool({
      ...inner,
      name: foundTool,
      summary: "Says what those found who had a task before, and what is on the run's blackboard",
      params: z.object({ tasks: z.array(z.string()).max(20) }),
      result: Anything,
      describe: () => "Read what was found so far",
      async run({ tenant, runId, args: { tasks } }) {
        const found = await store.found(tenant, runId, tasks);
        const keys = (await store.keys(tenant, runId)).slice(-mostKeys);
        const board = await Promise.all(
          keys.map(async ({ key }) => {
            const { value, by } = await store.read(tenant, runId, key);
            return { key, by, value: shorten(canonical(value), longestFound) };
          }),
        );
        return {
          seen: found.slice(-mostFound).map((one) => ({ ...one, said: shorten(one.said, longestFound) })),
          board,
        };
      },
    }),
    defineTool({
      ...inner,
      name: "board.read",
      summary: "Reads what the agents of this run wrote down under a key; without a key, says which keys there are",
      params: z.object({ key: Key.optional() }),
      result: Anything,
      describe: ({ key }) =>
        key === undefined ? "Look at the run's blackboard" : `Read ${key} on the run's blackboard`,
      async run({ tenant, runId, args: { key } }) {
        return key === undefined
          ? { keys: (await store.keys(tenant, runId)).map((one) => ({ ...one })) }
          : { key, ...(await store.read(tenant, runId, key)) };
      },
    }),
    defineTool({
      ...inner,
      name: askingTool,
      summary: "Says whether people are being asked already to raise a cap on what models may cost",
      params: z.object({ scope: z.enum(["run", "person", "tenant", "day"]) }),
      result: z.object({ kind: z.enum(["free", "asked", "turned-down"]), because: z.string().optional() }),
      describe: ({ scope }) => `Look whether people are asked about the model budget (${scope})`,
      async run({ tenant, runId, requesterId: personId, actorId, args: { scope } }) {
        const { isFirst, turnedDown } = await store.asking({ tenant, runId, personId, actorId, scope });
        if (turnedDown !== null) return { kind: "turned-down" as const, because: turnedDown };
        return { kind: isFirst ? ("free" as const) : ("asked" as const) };
      },
    }),
    defineTool({
      ...inner,
      name: "board.write",
      summary:
        "Writes a value for the other agents of this run. `expects` is the version you read (0: not there yet); when somebody wrote meanwhile nothing is written and you get what they wrote",
      params: z.object({ key: Key, value: Anything, expects: z.int().min(0) }),
      result: Anything,
      describe: ({ key }) => `Write ${key} on the run's blackboard`,
      async run({ tenant, runId, actorId, effectId, args: { key, value, expects } }) {
        if (Buffer.byteLength(canonical(value)) > largestValue)
          throw new Fault("bad-request", `What is written under ${key} is over ${largestValue / 1000} KB: write less.`);
        const version = await store.write({ tenant, runId, key, expects, value, actorId, effectId });
        if (version !== null) return { version };
        return { conflict: true, ...(await store.read(tenant, runId, key)) };
      },
    }),
    defineTool({
      ...inner,
      name: "agents.tell",
      summary: "Tells another agent of this run something: `to` is its specialist's name or its task's id",
      params: z.object({ to: z.string().min(1).max(100), text: z.string().min(1).max(2000) }),
      result: z.object({ told: z.string() }),
      describe: ({ to }) => `Tell the agent ${to} something`,
      async run({ tenant, runId, actorId, effectId, args: { to, text } }) {
        const all = await store.colleagues(tenant, runId);
        const others = all.filter((one) => one.actorId !== actorId);
        const other = others.find((one) => [one.actorId, one.task, one.specialist].includes(to));
        if (other === undefined) {
          const there = others.map((one) => `${one.specialist} (${one.task})`).join(", ") || "nobody else";
          throw new Fault("not-found", `Nobody called ${to} is at work in this run. At work: ${there}.`);
        }
        const isPlain = specialists.find(({ name }) => name === other.specialist)?.tasks[other.does]?.plain === true;
        if (other.how === "follows" || (other.how === "assigned" && isPlain))
          throw new Fault(
            "bad-request",
            `${other.specialist} (${other.task}) follows its playbook and hears nothing. Write it on the blackboard, or in your report.`,
          );
        const from = all.find((one) => one.actorId === actorId)?.specialist ?? "an agent";
        await tell({ tenant, actorId: other.actorId, key: `told:${effectId}`, from, text });
        return { told: other.task };
      },
    }),
  ];
}
