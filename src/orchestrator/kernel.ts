import type { Open } from "../domain/command.ts";
import { Fault } from "../domain/fault.ts";
import { deriveId } from "../domain/ids.ts";
import type { Person, Place } from "../domain/incoming.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import { decide, type Gate, type PolicyRule, sentenceFor } from "../gates/gates.ts";
import { Advancer, type Deed } from "./advance.ts";
import type { Batch, Surroundings, Taken } from "./batch.ts";
import { openGate } from "./open-gate.ts";
import type { Holders } from "./people.ts";
import { doubt, perform } from "./perform.ts";
import type { HeldJob, Queue } from "./queue.ts";
import type { ActorRow, EffectAtHand, InboxRow, KernelStore } from "./store.ts";
import { startTimers } from "./timers.ts";

export interface KernelParts {
  readonly store: KernelStore;
  readonly queue: Queue;
  readonly machine: Surroundings["machine"];
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly holders: Holders;
  readonly policies: readonly PolicyRule[];
  /** Channels every gate is mirrored to. */
  readonly gateChannels: readonly string[];
  /** Batches written at the same time: 1 on PGlite, which has one connection. */
  readonly lanes: number;
  progress(effect: EffectAtHand, text: string): void;
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
  /** Everyone who may not approve what this run asks. */
  readonly barred: readonly string[];
  readonly place: Place | null;
  readonly priority?: string;
}

export interface GatePress {
  readonly tenant: string;
  readonly gateId: string;
  readonly answer: "approve" | "deny";
  readonly reason: string | null;
  readonly by: string;
  readonly surface: string;
  readonly inbox: InboxRow;
  /** Where a refusal is shown, to the person alone. */
  readonly conversationId: string | null;
}

export type PressOutcome =
  | { readonly kind: "decided"; readonly outcome: "approved" | "denied" | "counted"; readonly sentence: string }
  | { readonly kind: "needs-reason" }
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  | { readonly kind: "missing" };

/** The durable actor kernel: everything that changes an actor goes through one of these. */
export interface Kernel {
  /** Does several things in one transaction, batched with whatever else is under way. */
  do<T>(deed: Deed<T>): Promise<T>;
  beginRun(batch: Batch, run: NewRun, by: string): Promise<boolean>;
  /** One person's press. Decided by the gate's own rules, on the roles the person holds in this transaction. */
  press(press: GatePress): Promise<PressOutcome>;
  /** Answers what happened to an effect nobody knows about. False when the question is no longer open. */
  settleDoubt(tenant: string, effectId: string, answer: "happened" | "did-not" | "stop", by: string): Promise<boolean>;
  mail(tenant: string, actorId: string, key: string, event: { type: string } & JsonObject, by: string): Promise<Taken>;
  /** Ends a run, paused or stuck as it may be. */
  cancel(tenant: string, runId: string, key: string, by: { readonly id: string; readonly name: string }): Promise<void>;
  pause(tenant: string, runId: string, by: string): Promise<void>;
  resume(tenant: string, runId: string, by: string): Promise<void>;
  /** Hears of every commit, with the actors that moved in it. */
  onCommit(listener: (moved: readonly ActorRow[]) => void): void;
  /** Begins working: effects, timers, dead letters. */
  start(): void;
  stop(): Promise<void>;
}

export function createKernel(parts: KernelParts): Kernel {
  const terms = { tools: parts.tools, holders: parts.holders, policies: parts.policies, channels: parts.gateChannels };
  const around: Surroundings = {
    machine: parts.machine,
    tools: parts.tools,
    openGate: (batch, run, open, pins) => openGate(terms, batch, run, open, pins),
  };
  const advancer = new Advancer(parts.store, parts.queue, around, parts.lanes);
  let timers: { stop(): Promise<void> } | null = null;

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
          input: {
            input: run.input,
            requester: { ...run.requester },
            runId: run.runId,
            seed: run.runId,
            title: run.title,
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
        run: (batch) => judge(batch, press),
      }),

    settleDoubt: (tenant, effectId, answer, by) =>
      advancer.do({
        tenant,
        actors: [],
        async run(batch) {
          const [effect] = await batch.reads.effects(tenant, [effectId]);
          if (effect?.state !== "in_doubt") return false;
          const about = { step: effect.step, generation: effect.generation };
          batch.effectState(effect, answer === "happened" ? "done" : "failed", ["in_doubt"]);
          const key = `settled:${effectId}:${effect.attempt}`;
          if (answer === "happened")
            await batch.mail(effect.actorId, key, { type: "effect.done", ...about, output: null }, by);
          else if (answer === "did-not")
            await batch.mail(
              effect.actorId,
              key,
              {
                type: "effect.failed",
                ...about,
                error: { message: `${by} looked: it did not happen`, retryable: true },
              },
              by,
            );
          else
            await batch.mail(
              effect.actorId,
              key,
              { type: "cancel", by, reason: `it is not known whether ${effect.step} happened` },
              by,
            );
          const actor = await batch.actor(effect.actorId);
          const words = { happened: "it happened", "did-not": "it did not happen", stop: "stop the run" }[answer];
          if (actor?.conversationId)
            batch.note(effect.actorId, `doubt:${effectId}`, actor.conversationId, {
              title: `Did ${effect.step} happen?`,
              text: `${effect.tool} was called and no answer came back.`,
              outcome: `${by} said: ${words}.`,
            });
          return true;
        },
      }),

    mail: (tenant, actorId, key, event, by) =>
      advancer.do({ tenant, actors: [actorId], run: (batch) => batch.mail(actorId, key, event, by) }),

    async cancel(tenant, runId, key, by) {
      await advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          const row = await batch.actor(runId);
          if (row?.paused || row?.stuck) await batch.mark(runId, "resume", { paused: false, stuck: null }, by.id);
          await batch.mail(runId, `cancel:${key}`, { type: "cancel", by: by.name }, by.id);
        },
      });
      // What was parked is taken by a run that has ended: it changes nothing, and is on record.
      await advancer.do({ tenant, actors: [runId], run: (batch) => batch.takeWaiting(runId) });
    },

    pause: (tenant, runId, by) =>
      advancer.do({ tenant, actors: [runId], run: (batch) => batch.mark(runId, "pause", { paused: true }, by) }),

    async resume(tenant, runId, by) {
      await advancer.do({
        tenant,
        actors: [runId],
        async run(batch) {
          await batch.mark(runId, "resume", { paused: false, stuck: null }, by);
          await batch.takeWaiting(runId);
          const pending = await batch.reads.query(
            "select id from steward.effect where tenant_id = $1 and actor_id = $2 and state = 'pending'",
            [tenant, runId],
          );
          for (const row of pending) batch.jobs.push({ queue: "effect", data: { tenant, effect: String(row["id"]) } });
        },
      });
      // Mail that was parked while the above was being written is seen now; whoever parks later sees that it is resumed.
      await advancer.do({ tenant, actors: [runId], run: (batch) => batch.takeWaiting(runId) });
    },

    start() {
      timers = startTimers(parts.store, advancer, parts.onError);
      const effects = effectLoader(parts.store);
      parts.queue.work("effect", { size: 25, inFlight: 100 }, (job) => work(parts, advancer, around, effects, job));
      parts.queue.work("dead", { size: 5, inFlight: 5 }, (job) => bury(parts, advancer, job));
    },
    async stop() {
      await timers?.stop();
    },
  };
  return kernel;
}

async function judge(batch: Batch, press: GatePress): Promise<PressOutcome> {
  const row = await batch.actor(press.gateId);
  if (row?.machine !== "gate") return { kind: "missing" };
  if (!(await batch.inbox(press.inbox))) {
    // The same press, delivered again: it is answered as it was the first time.
    const known = await batch.reads.delivered(press.tenant, press.inbox.source, press.inbox.deliveryKey);
    return JSON.parse(known?.outcome ?? '{"kind":"missing"}') as PressOutcome;
  }
  const gate = { ...(row.snapshot as { context: Gate }).context, state: row.state as Gate["state"] };
  const [by] = await batch.people([press.by]);
  if (!by) throw new Fault("not-found", `There is no person ${press.by} here.`);
  const decision = decide(gate, {
    answer: press.answer,
    reason: press.reason,
    by,
    subjectHash: gate.subjectHash,
    surface: press.surface,
    at: batch.now,
  });
  const outcome = await carryOut(batch, press, by, gate, decision);
  const last = batch.writes.inbox.findLastIndex((inbox) => inbox.id === press.inbox.id);
  batch.writes.inbox[last] = { ...press.inbox, outcome: JSON.stringify(outcome) };
  return outcome;
}

async function carryOut(
  batch: Batch,
  press: GatePress,
  by: Person,
  gate: Gate,
  decision: ReturnType<typeof decide>,
): Promise<PressOutcome> {
  if (decision.kind === "needs-reason") return { kind: "needs-reason" };
  const sentence = sentenceFor(decision, gate);
  if (decision.kind === "refused") {
    await batch.record("auth", "refused", by.id, {
      because: decision.because,
      gate: press.gateId,
      surface: press.surface,
    });
    if (press.conversationId)
      batch.note(
        press.gateId,
        `refused:${press.inbox.id}`,
        press.conversationId,
        { text: sentence },
        { privateTo: by.id, urgent: true },
      );
    return { kind: "refused", because: decision.because, sentence };
  }
  const { vote } = decision;
  // The roles it was decided on are the roles held when it is written, or it is decided anew.
  batch.writes.held.push({ id: by.id, active: by.active, kind: by.kind, roles: by.roles });
  if (!gate.barred.includes(by.id) || vote.decision === "deny")
    batch.writes.votes.push({
      gateId: press.gateId,
      personId: by.id,
      decision: vote.decision,
      reason: vote.reason,
      roles: by.roles,
      surface: press.surface,
      subjectHash: vote.subjectHash,
    });
  await batch.mail(
    press.gateId,
    `vote:${by.id}`,
    {
      type: "vote",
      person: by as unknown as JsonObject,
      decision: vote.decision,
      reason: vote.reason,
      surface: press.surface,
      subjectHash: vote.subjectHash,
      at: vote.at,
    },
    by.id,
  );
  return { kind: "decided", outcome: decision.kind, sentence };
}

/** Runs one effect job. Effects asked for in the same moment are read in one go. */
async function work(
  parts: KernelParts,
  advancer: Advancer,
  around: Surroundings,
  effects: EffectLoader,
  job: HeldJob,
): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  if (job.data["open"]) return pinAndOpen(parts, advancer, around, job);
  const effect = await effects(tenant, job.data["effect"] ?? "");
  if (effect) return perform({ advancer, tools: parts.tools, progress: parts.progress }, effect, job);
  return advancer.do({ tenant, actors: [], job, run: async () => undefined });
}

type EffectLoader = (tenant: string, id: string) => Promise<EffectAtHand | undefined>;

function effectLoader(store: KernelStore): EffectLoader {
  let asked = new Map<string, string[]>();
  let answer: Promise<Map<string, EffectAtHand>> | null = null;
  return async (tenant, id) => {
    asked.set(tenant, [...(asked.get(tenant) ?? []), id]);
    answer ??= new Promise((resolve) => setImmediate(resolve)).then(async () => {
      const ids = asked;
      asked = new Map();
      answer = null;
      const found = await Promise.all([...ids].map(([of, list]) => store.effects(of, list)));
      return new Map(found.flat().map((effect) => [effect.id, effect]));
    });
    return (await answer).get(id);
  };
}

/** Reads the targets an approval will be bound to, then opens the gate. */
async function pinAndOpen(parts: KernelParts, advancer: Advancer, around: Surroundings, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  const runId = job.data["run"] ?? "";
  const open = JSON.parse(job.data["open"] ?? "null") as Open;
  const pins = await readPins(parts, tenant, open);
  await advancer.do({
    tenant,
    actors: [runId, deriveId(runId, open.id)],
    job,
    async run(batch) {
      const run = await batch.actor(runId);
      if (!run || run.done || (await batch.actor(deriveId(runId, open.id)))) return;
      if ("because" in pins)
        await batch.mail(runId, `unpinned:${open.id}`, {
          type: "gate.denied",
          gate: open.id,
          by: "Steward",
          reason: pins.because,
        });
      else await around.openGate(batch, run, open, pins.targets);
    },
  });
}

/** What each covered effect would act on, as it is now; or why that cannot be told and so cannot be approved. */
async function readPins(
  parts: KernelParts,
  tenant: string,
  open: Open,
): Promise<{ targets: Json[] } | { because: string }> {
  try {
    const targets = await Promise.all(
      open.covers.map(async (covered): Promise<Json> => {
        const tool = parts.tools.get(covered.tool);
        const args = tool?.params.safeParse(covered.args);
        return tool?.pin && args?.success ? tool.pin({ tenant, args: args.data as never }) : null;
      }),
    );
    return { targets };
  } catch (error) {
    if (error instanceof Fault && error.retryAfterMs === null) return { because: error.message };
    throw error;
  }
}

/** A job that our own process or database failed too often: its run is told, so that it does not wait for ever. */
async function bury(parts: KernelParts, advancer: Advancer, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "default";
  const [effect] = job.data["effect"] ? await parts.store.effects(tenant, [job.data["effect"]]) : [];
  await advancer.do({
    tenant,
    actors: effect ? [effect.actorId] : [],
    job,
    async run(batch) {
      await batch.record("process", "rejected", "system", { dead: job.id, effect: effect?.id ?? null });
      const open = job.data["open"] ? (JSON.parse(job.data["open"]) as Open) : null;
      if (open && job.data["run"])
        await batch.mail(job.data["run"], `dead:${open.id}`, {
          type: "gate.denied",
          gate: open.id,
          by: "Steward",
          reason: "what it would act on could not be read",
        });
      if (job.data["inbox"]) batch.writes.inboxDone.push({ id: job.data["inbox"], outcome: "failed" });
      if (!effect || (effect.state !== "pending" && effect.state !== "started")) return;
      if (effect.state === "started" && effect.class !== "keyed") return doubt(batch, effect);
      batch.effectState(effect, "failed", [effect.state]);
      await batch.mail(effect.actorId, `dead:${effect.id}:${effect.attempt}`, {
        type: "effect.failed",
        step: effect.step,
        generation: effect.generation,
        error: {
          message: `${effect.tool} could not be run: Steward's own process or database failed several times`,
          retryable: false,
        },
      });
    },
  });
}
