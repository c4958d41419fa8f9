import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import { canonical, cleanOutput, type Json, type JsonObject } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";
import { type AnyTool, contractHash, fit, riskOf } from "../domain/tool.ts";
import { asksPeople, checkExecution, type Gate, type PolicyRule } from "../gates/gates.ts";
import type { Advancer } from "./advance.ts";
import type { Batch } from "./batch.ts";
import { keep } from "./keep.ts";
import type { HeldJob } from "./queue.ts";
import type { ActorRow, EffectAtHand } from "./store.ts";

interface Parts {
  readonly advancer: Advancer;
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly policies: readonly PolicyRule[];
  /** Shows a tool's progress in its run's thread. Resolves when that is kept, or lost because it cannot be shown. */
  progress(effect: EffectAtHand, text: string, written?: "writing"): Promise<void>;
  /** Reads anew what is known of a gate's voters. Throws a Fault with retryAfterMs while that cannot be had. */
  confirmVoters(tenant: string, gateId: string): Promise<void>;
}

type Result =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly message: string; readonly retryable: boolean };

/**
 * Runs one effect: the only caller of a tool's `run`. What is dangerous runs only behind an approval of exactly this effect,
 * consumed in a transaction that reads the voters' roles once more. What cannot be repeated is marked as started first, and
 * if a crash leaves it so, people are asked what happened.
 */
export async function perform(parts: Parts, effect: EffectAtHand, job: HeldJob): Promise<void> {
  const { advancer } = parts;
  const settle = (run: (batch: Batch) => Promise<void>) =>
    advancer.do({ tenant: effect.tenant, actors: [effect.actorId], job, run });
  const over = effect.state !== "pending" && effect.state !== "started";
  // A paused run's pending effects come back when it is resumed; an ended run's never do.
  if (over || effect.ended || (effect.paused && effect.state === "pending")) return settle(async () => undefined);
  if (effect.state === "started" && effect.class === "opaque") return settle((batch) => doubt(batch, effect));

  const call = prepare(parts.tools.get(effect.tool), effect);
  if ("message" in call) return settle((batch) => report(batch, effect, { ok: false, ...call }));
  const pin = await readPin(effect, call);
  if ("ok" in pin) return settle((batch) => report(batch, effect, pin));
  const laterMs = await confirm(parts, effect);
  if (laterMs !== null)
    return settle(async (batch) => {
      const data = { tenant: effect.tenant, effect: effect.id };
      batch.jobs.push({ queue: "effect", data, startAfterMs: laterMs });
    });
  const admitted = await admit(parts, effect, call, pin.target);
  if (admitted !== "admitted") {
    if (admitted === "settled") return settle(async () => undefined);
    return settle((batch) => refuse(batch, effect, admitted));
  }
  const result = await run(parts, effect, call);
  if (result === "in doubt") return settle((batch) => doubt(batch, effect));
  return settle((batch) => report(batch, effect, result, call.tool));
}

interface Call {
  readonly tool: AnyTool;
  readonly args: JsonObject;
  readonly risk: "read" | "write" | "dangerous";
}

function prepare(tool: AnyTool | undefined, effect: EffectAtHand): Call | { message: string; retryable: boolean } {
  if (!tool) return { message: `There is no tool ${effect.tool} in this installation.`, retryable: false };
  const fitted = fit(tool, JSON.parse(effect.args) as JsonObject);
  if ("misfit" in fitted) return { message: fitted.misfit, retryable: false };
  return { tool, args: fitted.args, risk: riskOf(tool, fitted.args, effect.tainted) };
}

/** Why an effect may not run. `superseded`: what it would act on is no longer what was approved. */
interface Refusal {
  readonly because: string;
  readonly sentence: string;
  readonly superseded: boolean;
}

/** The gate's and the claim's transaction. Effects that need neither skip it. */
async function admit(
  parts: Parts,
  effect: EffectAtHand,
  { tool, args, risk }: Call,
  pin: Json,
): Promise<"admitted" | "settled" | Refusal> {
  const { gateId } = effect;
  if (gateId === null && risk !== "read" && asksPeople(parts.policies, { tool: tool.name, risk, args })) {
    const why = risk === "dangerous" ? "is dangerous here" : "needs an approval here, as its policy says,";
    return {
      because: "no-gate",
      sentence: `${effect.tool} ${why} and nobody was asked. Add an approve step that covers ${effect.step}.`,
      superseded: false,
    };
  }
  // What takes our key may simply be sent again; what does not is marked as started before it is sent.
  if (gateId === null && effect.class === "keyed") return "admitted";
  return parts.advancer.do<"admitted" | "settled" | Refusal>({
    tenant: effect.tenant,
    actors: gateId === null ? [effect.actorId] : [effect.actorId, gateId],
    people: effect.voters,
    async run(batch) {
      if (batch.careful) {
        const [now] = await batch.reads.effects(effect.tenant, [effect.id]);
        if (!now || now.ended || now.attempt !== effect.attempt || now.state !== effect.state) return "settled";
      }
      const run = await batch.actor(effect.actorId);
      if (!run || run.done || ((run.paused || run.stuck !== null) && effect.state === "pending")) return "settled";
      if (gateId !== null) {
        const gate = await batch.actor(gateId);
        if (!gate) return { because: "no-gate", sentence: "The approval for this was never asked.", superseded: false };
        const context = (gate.snapshot as { context: Gate & JsonObject }).context;
        const mustBeAsked = asksPeople(parts.policies, { tool: tool.name, risk, args });
        if (gate.state === "waived" && mustBeAsked)
          return {
            because: "not-approved",
            sentence: `${effect.tool} needs an approval here by now, and nobody was asked`,
            superseded: true,
          };
        if (gate.state !== "waived") {
          const voters = await batch.people(context.votes.map((vote) => vote.person.id));
          const now = {
            effectId: effect.id,
            tool: effect.tool,
            contractHash: contractHash(tool),
            args: JSON.parse(effect.args) as JsonObject,
            pin,
          };
          // Consumed by this very effect is no obstacle: it is the same one, tried again.
          const checked = checkExecution(
            {
              ...context,
              state: gate.state as Gate["state"],
              consumed: context.consumed.filter((id) => id !== effect.id),
            },
            now,
            voters,
          );
          if (checked.kind === "refused")
            return { because: checked.because, sentence: checked.sentence, superseded: checked.because === "changed" };
          // The roles this was judged on must be those held when it is written.
          batch.writes.held.push(...voters.map(({ id, active, kind, roles }) => ({ id, active, kind, roles })));
          if (!context.consumed.includes(effect.id))
            await batch.mail(gateId, `consume:${effect.id}`, {
              type: "consume",
              effect: now,
              voters: voters as unknown as Json,
            });
        }
      }
      batch.effectState(effect, "started", [effect.state]);
      if (gateId === null)
        await batch.entry(effect.actorId, "effect.started", {
          effect: effect.id,
          tool: effect.tool,
          attempt: effect.attempt,
        });
      return "admitted";
    },
  });
}

/** After how many milliseconds to ask again who approved this, or null when it is known. */
async function confirm(parts: Parts, { tenant, gateId }: EffectAtHand): Promise<number | null> {
  if (gateId === null) return null;
  try {
    await parts.confirmVoters(tenant, gateId);
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.retryAfterMs ?? askAgainMs;
    throw error;
  }
}

const askAgainMs = 15_000;

/** What the effect would act on now. Reading it is I/O, so it happens before the transaction that compares it. */
async function readPin(effect: EffectAtHand, { tool, args }: Call): Promise<{ target: Json } | Result> {
  if (effect.gateId === null || !tool.pin) return { target: null };
  try {
    const late = wait(tool.timeoutMs, undefined, { ref: false }).then(() => {
      throw new Fault(
        "tool-failed",
        `What ${effect.tool} would act on could not be read within ${tool.timeoutMs / 1000} s.`,
        { retryAfterMs: 1000 },
      );
    });
    late.catch(() => undefined);
    const pinned = tool.pin({ tenant: effect.tenant, args: args as never, effectId: effect.id });
    return { target: await Promise.race([pinned, late]) };
  } catch (error) {
    return {
      ok: false,
      message: (error as Error).message,
      retryable: !(error instanceof Fault) || error.retryAfterMs !== null,
    };
  }
}

async function run(parts: Parts, effect: EffectAtHand, { tool, args }: Call): Promise<Result | "in doubt"> {
  const controller = new AbortController();
  let told: Promise<void> = Promise.resolve();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const timer = setTimeout(() => {
    controller.abort();
    late.reject(
      new Fault("tool-failed", `${effect.tool} gave no answer within ${tool.timeoutMs / 1000} s.`, {
        retryAfterMs: 1000,
      }),
    );
  }, tool.timeoutMs);
  try {
    const again = effect.attempt > 1 || effect.state === "started";
    const found =
      effect.class === "findable" && again && tool.find
        ? await Promise.race([
            tool.find({ tenant: effect.tenant, args: args as never, effectId: effect.id }),
            late.promise,
          ])
        : null;
    const raw =
      found ??
      (await Promise.race([
        tool.run({
          tenant: effect.tenant,
          args: args as never,
          effectId: effect.id,
          actorId: effect.actorId,
          runId: effect.runId,
          requesterId: effect.requesterId,
          signal: controller.signal,
          progress: (text, written) => {
            told = told.then(() => parts.progress(effect, text, written));
          },
        }),
        late.promise,
      ]));
    return { ok: true, output: cleanOutput(tool.result.parse(raw)) };
  } catch (error) {
    const known =
      error instanceof Fault &&
      (error.code === "bad-request" || error.code === "not-found" || error.code === "platform-refused");
    const undone = error instanceof Fault && error.undone;
    if (effect.class === "opaque" && !known && !undone) return "in doubt";
    const retryable = !known && (!(error instanceof Fault) || error.retryAfterMs !== null);
    return { ok: false, message: (error as Error).message, retryable };
  } finally {
    clearTimeout(timer);
    await told;
  }
}

/** The result becomes mail. A result of an attempt that is no longer the current one settles nothing. */
async function report(
  batch: Batch,
  effect: EffectAtHand,
  result: Result,
  kept: Pick<AnyTool, "wholeBytes" | "apart" | "repeats"> = {},
): Promise<void> {
  const key = `effect:${effect.id}:${effect.attempt}`;
  const about = { step: effect.step, generation: effect.generation };
  if (!(await isCurrent(batch, effect))) return;
  const forget = result.ok && kept.repeats === true;
  batch.effectState(effect, result.ok ? "done" : "failed", ["pending", "started"], forget);
  await batch.mail(
    effect.actorId,
    key,
    result.ok
      ? {
          type: "effect.done",
          ...about,
          output: keep(batch, effect, result.output, kept),
        }
      : { type: "effect.failed", ...about, error: { message: result.message, retryable: result.retryable } },
  );
}

/** Whether this attempt is still the one that counts; looked up only when a first try met something else. */
async function isCurrent(batch: Batch, effect: EffectAtHand): Promise<boolean> {
  if (!batch.careful) return true;
  const [now] = await batch.reads.effects(effect.tenant, [effect.id]);
  return now !== undefined && now.attempt === effect.attempt && (now.state === "pending" || now.state === "started");
}

async function refuse(batch: Batch, effect: EffectAtHand, refusal: Refusal): Promise<void> {
  await batch.record("auth", "refused", "system", {
    because: refusal.because,
    effect: effect.id,
    tool: effect.tool,
    gate: effect.gateId,
  });
  if (refusal.superseded && effect.gateId) {
    batch.effectState(effect, "failed", ["pending", "started"]);
    const gate = await batch.actor(effect.gateId);
    await batch.mail(effect.gateId, `supersede:${effect.id}:${effect.attempt}`, { type: "supersede", by: effect.id });
    if (!gate) return;
    const { context } = gate.snapshot as { context: { gate: string } };
    await batch.mail(effect.actorId, `superseded:${effect.id}:${effect.attempt}`, {
      type: "gate.superseded",
      gate: context.gate,
    });
    return;
  }
  await report(batch, effect, { ok: false, message: refusal.sentence, retryable: false });
}

/** Nobody knows whether it happened: the run waits and people are asked. */
export async function doubt(batch: Batch, effect: EffectAtHand): Promise<void> {
  if (!(await isCurrent(batch, effect))) return;
  batch.effectState(effect, "in_doubt", ["pending", "started"]);
  await batch.mail(effect.actorId, `doubt:${effect.id}:${effect.attempt}`, {
    type: "effect.inDoubt",
    step: effect.step,
    generation: effect.generation,
  });
  const actor = await batch.actor(effect.actorId);
  if (!actor?.conversationId) return;
  const say = (answer: string) => `/steward settle ${effect.id} ${answer}`;
  batch.note(
    effect.actorId,
    `doubt:${effect.id}`,
    actor.conversationId,
    {
      title: doubtTitle(effect, actor),
      text: `${actor.machine === "agent" ? `The agent ${actor.name} called ${effect.tool}` : `${effect.tool} was called`} and no answer came back. It is not tried again by itself: look whether it happened, then say so.`,
      fields: [{ label: "Call", value: `${effect.tool} ${showHidden(canonical(JSON.parse(effect.args)))}` }],
      buttons: [
        { label: "It happened", style: "primary", say: say("happened") },
        { label: "It did not", style: "default", say: say("did-not") },
        { label: "Stop the run", style: "danger", say: say("stop") },
      ],
      link: `/runs/${effect.runId}`,
    },
    { urgent: true },
  );
}

/** What the question is called; a step of an agent has a name that says nothing to people. */
export function doubtTitle({ step, tool }: EffectAtHand, { machine }: Pick<ActorRow, "machine">): string {
  return `Did ${machine === "agent" ? tool : step} happen?`;
}
