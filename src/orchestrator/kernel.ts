import type { Place } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { PolicyRule } from "../gates/gates.ts";
import { Advancer, type Deed } from "./advance.ts";
import type { Batch, Surroundings, Taken } from "./batch.ts";
import { type DoubtAnswer, type DoubtSettled, settleDoubt } from "./doubt.ts";
import type { GatePress, PressOutcome } from "./gate-press.ts";
import { bury, effectLoader, work } from "./jobs.ts";
import { startLines } from "./line.ts";
import { type Means, obey } from "./obey.ts";
import { type GateAsked, type GateTerms, openGate } from "./open-gate.ts";
import type { Holders } from "./people.ts";
import { judge } from "./press.ts";
import type { Purse } from "./purse.ts";
import type { Queue } from "./queue.ts";
import type { ActorRow, EffectAtHand, KernelStore } from "./store.ts";
import { startTimers } from "./timers.ts";

export type { Paid, Purse } from "./purse.ts";
export type { GateAsked };

export interface KernelParts {
  readonly store: KernelStore;
  readonly queue: Queue;
  readonly machine: Surroundings["machine"];
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly holders: Holders;
  readonly policies: readonly PolicyRule[];
  /** Where the money for calls that cost some comes from. */
  readonly purse: Purse;
  /** Hears of every gate that is put to people, in the transaction that opens it. Absent: nobody needs to. */
  readonly asked?: GateTerms["asked"];
  /** Channels every gate is mirrored to. */
  readonly gateChannels: readonly string[];
  /** The places a channel's name stands for. */
  places(channel: string): readonly Place[];
  /** Reads anew what is known of a gate's voters, before what they approved is done. Throws a Fault with retryAfterMs while that cannot be had. */
  confirmVoters(tenant: string, gateId: string): Promise<void>;
  /** Batches written at the same time: 1 on PGlite, which has one connection. */
  readonly lanes: number;
  progress(effect: EffectAtHand, text: string, written?: "writing"): Promise<void>;
  onError(error: Error): void;
}

/** A run to begin. */
export interface NewRun {
  readonly tenant: string;
  readonly runId: string;
  readonly definition: { readonly name: string; readonly hash: string };
  readonly title: string;
  readonly input: JsonObject;
  readonly requester: { readonly id: string; readonly name: string };
  /** Why, in the requester's words; absent or "" when they gave no reason. */
  readonly reason?: string;
  /** Everyone who may not approve what this run asks. */
  readonly barred: readonly string[];
  readonly place: Place | null;
  /** The account it was asked from, where that is known: what is for its person alone goes there. */
  readonly account?: string | undefined;
  readonly priority?: string;
  /** What a system told, when that is what began it. */
  readonly event?: JsonObject;
  readonly openGroup?: string;
}

/** The durable actor kernel: everything that changes an actor goes through one of these. */
export interface Kernel {
  /** Does several things in one transaction, batched with whatever else is under way. */
  do<T>(deed: Deed<T>): Promise<T>;
  beginRun(batch: Batch, run: NewRun, by: string): Promise<boolean>;
  /** One person's press. Decided by the gate's own rules, on the roles the person holds in this transaction. */
  press(press: GatePress): Promise<PressOutcome>;
  /** Answers what happened to an effect nobody knows about. */
  settleDoubt(tenant: string, effectId: string, answer: DoubtAnswer, by: string): Promise<DoubtSettled>;
  mail(tenant: string, actorId: string, key: string, event: { type: string } & JsonObject, by: string): Promise<Taken>;
  /** Ends a run, paused or stuck as it and its tasks may be. */
  cancel(
    tenant: string,
    runId: string,
    key: string,
    by: { readonly id: string; readonly name: string; readonly reason?: string | undefined },
  ): Promise<void>;
  /** Pauses a run with the tasks it has given, or one task. */
  pause(tenant: string, runId: string, by: string): Promise<void>;
  /** Ends the pause of a run and of its tasks, or of one task. */
  resume(tenant: string, runId: string, by: string): Promise<void>;
  /** Puts the letter away that a run is stuck on, unread but on record, and resumes it. False when it is not stuck on any. */
  skip(tenant: string, runId: string, by: string): Promise<boolean>;
  /** Hears of every commit, with the actors that moved in it. */
  onCommit(listener: (moved: readonly ActorRow[]) => void): void;
  /** Begins working: effects, timers, dead letters. */
  start(): void;
  stop(): Promise<void>;
}

export function createKernel(parts: KernelParts): Kernel {
  const terms = {
    tools: parts.tools,
    holders: parts.holders,
    policies: parts.policies,
    channels: parts.gateChannels,
    asked: parts.asked ?? (async () => undefined),
  };
  const means: Means = {
    tools: parts.tools,
    places: (channel) => parts.places(channel),
    gateChannels: parts.gateChannels,
    openGate: (batch, run, open, pins) => openGate(terms, batch, run, open, pins),
  };
  const around: Surroundings = {
    machine: parts.machine,
    obey: (batch, row, command) => obey(means, batch, row, command),
  };
  const advancer = new Advancer(parts.store, parts.queue, around, parts.lanes);
  let looking: readonly { stop(): Promise<void> }[] = [];

  /** Mail that was parked while a run was being un-paused: whoever parks later sees that it goes on. */
  const takeLatecomers = (tenant: string, runId: string) =>
    advancer.do({ tenant, actors: [runId], run: (batch) => batch.takeWaiting(runId) });

  const kernel: Kernel = {
    do: (deed) => advancer.do(deed),
    onCommit: (listener) => advancer.onCommit(listener),

    async beginRun(batch, run, by) {
      const conversation = run.place ? batch.conversation(run.place) : null;
      return batch.begin(
        {
          id: run.runId,
          machine: "plan",
          definitionHash: run.definition.hash,
          name: run.title,
          requesterId: run.requester.id,
          barred: run.barred,
          conversationId: conversation,
          ...(run.priority ? { priority: run.priority } : {}),
          ...(run.openGroup === undefined ? {} : { openGroup: run.openGroup }),
          input: {
            input: run.input,
            requester: { ...run.requester },
            runId: run.runId,
            seed: run.runId,
            title: run.title,
            at: batch.now,
            ...(run.reason ? { reason: run.reason } : {}),
            ...(run.event === undefined ? {} : { event: run.event }),
            ...(run.place ? { place: { platform: run.place.platform, channel: run.place.channel } } : {}),
            ...(run.account === undefined ? {} : { account: run.account }),
          },
        },
        by,
      );
    },

    press: (press) =>
      advancer.do<PressOutcome>({
        tenant: press.tenant,
        actors: [press.gateId],
        people: [press.by],
        run: (batch) => judge(batch, press, parts.tools),
      }),

    settleDoubt: (tenant, effectId, answer, by) =>
      advancer.do({ tenant, actors: [], run: (batch) => settleDoubt(batch, { tenant, effectId, answer, by }) }),

    mail: (tenant, actorId, key, event, by) =>
      advancer.do({ tenant, actors: [actorId], run: (batch) => batch.mail(actorId, key, event, by) }),

    async cancel(tenant, runId, key, by) {
      await advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          // A task that cannot hear that it is over would leave its questions open.
          const all = [runId, ...(await tasksAtWork(batch, runId))];
          for (const id of all) {
            const row = await batch.actor(id);
            await batch.putAway(id, by.id);
            if (row?.paused || row?.stuck) await batch.mark(id, "resume", { paused: false, stuck: null }, by.id);
          }
          const why = by.reason === undefined ? {} : { reason: by.reason };
          await batch.mail(runId, `cancel:${key}`, { type: "cancel", by: by.name, ...why }, by.id);
          for (const id of all) {
            // What was parked is taken by a run that only takes back what it did, if that: it is on record.
            await batch.takeWaiting(id);
            await wakeEffects(batch, id);
          }
        },
      });
      await takeLatecomers(tenant, runId);
    },

    pause: (tenant, runId, by) =>
      advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          for (const id of [runId, ...(await tasksAtWork(batch, runId))])
            if ((await batch.actor(id))?.paused === false || id === runId)
              await batch.mark(id, "pause", { paused: true }, by);
        },
      }),

    async resume(tenant, runId, by) {
      const tasks = await advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          const paused: string[] = [];
          for (const id of await tasksAtWork(batch, runId)) if ((await batch.actor(id))?.paused) paused.push(id);
          for (const id of [runId, ...paused]) await goOn(batch, id, by);
          return paused;
        },
      });
      for (const id of [runId, ...tasks]) await takeLatecomers(tenant, id);
    },

    async skip(tenant, runId, by) {
      const skipped = await advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          const found = await batch.putAway(runId, by);
          if (found) await goOn(batch, runId, by);
          return found;
        },
      });
      if (skipped) await takeLatecomers(tenant, runId);
      return skipped;
    },

    start() {
      looking = [startTimers, startLines].map((start) => start(parts.store, advancer, parts.onError));
      const effects = effectLoader(parts.store);
      parts.queue.work("effect", { size: 25, inFlight: 100 }, (job) => work(parts, advancer, means, effects, job));
      parts.queue.work("dead", { size: 5, inFlight: 5 }, (job) => bury(parts, advancer, job));
    },
    async stop() {
      await Promise.all(looking.map((each) => each.stop()));
    },
  };
  return kernel;
}

/** The tasks that a run has given and that have not ended; a task has given none. */
async function tasksAtWork(batch: Batch, runId: string): Promise<readonly string[]> {
  const found = await batch.reads.query<{ id: string }>(
    "select id from steward.actor where tenant_id = $1 and parent_id = $2 and machine = 'agent' and not done order by id",
    [batch.tenant, runId],
  );
  return found.map(({ id }) => id);
}

/** Ends a pause or whatever it was stuck on, and takes what waited. */
async function goOn(batch: Batch, runId: string, by: string): Promise<void> {
  await batch.mark(runId, "resume", { paused: false, stuck: null }, by);
  await batch.takeWaiting(runId);
  await wakeEffects(batch, runId);
}

/** Jobs of a paused run's pending effects were let go: they get new ones. */
async function wakeEffects(batch: Batch, runId: string): Promise<void> {
  const pending = await batch.reads.query<{ id: string }>(
    "select id from steward.effect where tenant_id = $1 and actor_id = $2 and state = 'pending'",
    [batch.tenant, runId],
  );
  for (const { id } of pending) batch.jobs.push({ queue: "effect", data: { tenant: batch.tenant, effect: id } });
}
