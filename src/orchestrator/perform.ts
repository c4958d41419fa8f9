import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import { cleanOutput, type Json, type JsonObject } from "../domain/json.ts";
import { type AnyTool, fit, riskOf } from "../domain/tool.ts";
import type { PolicyRule } from "../gates/gates.ts";
import { admit, type Call, refuse } from "./admit.ts";
import type { Advancer } from "./advance.ts";
import { askForMoney, hold, lookAgainMs, stopAsking } from "./afford.ts";
import { endAlike } from "./alike.ts";
import type { Batch } from "./batch.ts";
import { enter, leave, makeRoom, sayWhoIsFirst } from "./line.ts";
import type { Means } from "./obey.ts";
import type { Paid, Purse } from "./purse.ts";
import type { HeldJob } from "./queue.ts";
import { doubt, type Result, report } from "./report.ts";
import type { EffectAtHand } from "./store.ts";

interface Parts {
  readonly advancer: Advancer;
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly policies: readonly PolicyRule[];
  readonly purse: Purse;
  /** How people are asked for money. */
  readonly means: Means;
  /** Shows a tool's progress in its run's thread. Resolves when that is kept, or lost because it cannot be shown. */
  progress(effect: EffectAtHand, text: string, written?: "writing"): Promise<void>;
  /** Reads anew what is known of a gate's voters. Throws a Fault with retryAfterMs while that cannot be had. */
  confirmVoters(tenant: string, gateId: string): Promise<void>;
}

/**
 * Runs one effect: the only caller of a tool's `run`. What is dangerous runs only behind an approval of exactly this effect,
 * consumed in a transaction that reads the voters' roles once more. What cannot be repeated is marked as started first, and
 * if a crash leaves it so, people are asked what happened.
 */
export async function perform(parts: Parts, effect: EffectAtHand, job: HeldJob): Promise<void> {
  await attempt(parts, effect, job);
  if (parts.tools.get(effect.tool)?.occupies)
    await parts.advancer.do({ tenant: effect.tenant, actors: [], run: (batch) => makeRoom(batch, effect) });
}

async function attempt(parts: Parts, effect: EffectAtHand, job: HeldJob): Promise<void> {
  const { advancer } = parts;
  const settle = (run: (batch: Batch) => Promise<void>) =>
    advancer.do({ tenant: effect.tenant, actors: [effect.actorId], job, run });
  const later =
    (startAfterMs: number, more: Record<string, string> = {}) =>
    async (batch: Batch) => {
      batch.jobs.push({ queue: "effect", data: { tenant: effect.tenant, effect: effect.id, ...more }, startAfterMs });
    };
  const tool = parts.tools.get(effect.tool);
  const pay = async (became: Paid) => {
    if (tool?.costUsd)
      await parts.purse.settle({ tenant: effect.tenant, effectId: effect.id, tool: tool.name }, became);
  };
  // A paused run's pending effects come back when it is resumed; an ended run's never do.
  if (effect.ended || (effect.state !== "pending" && effect.state !== "started")) {
    await pay("unknown");
    return settle(async (batch) => {
      if (tool?.costUsd) await stopAsking(batch, effect);
      if (tool?.occupies) await leave(batch, effect);
    });
  }
  if (effect.paused && effect.state === "pending") return settle(async () => undefined);
  if (effect.state === "started" && effect.class === "opaque") {
    await pay("unknown");
    return settle((batch) => doubt(batch, effect));
  }

  const call = prepare(tool, effect);
  if ("message" in call) return settle((batch) => report(batch, effect, { ok: false, ...call }));
  const thing = call.tool.occupies?.(call.args as never);
  if (thing !== undefined) {
    const isFirst = await advancer.do({
      tenant: effect.tenant,
      actors: [],
      run: (batch) => enter(batch, effect, thing),
    });
    if (!isFirst) return settle((batch) => sayWhoIsFirst(batch, effect, thing, parts.tools));
  }
  const pin = await readPin(effect, call);
  if ("ok" in pin) return settle((batch) => report(batch, effect, pin));
  const laterMs = await confirm(parts, effect);
  if (laterMs !== null) return settle(later(laterMs));
  const held = await hold(parts.purse, effect, call);
  if (held?.kind === "over") {
    const looks = Number(job.data["looks"] ?? 0) + 1;
    if (held.isHeld && looks <= heldLooks) return settle(later(heldAgainMs, { looks: String(looks) }));
    return settle(async (batch) => {
      const asked = await askForMoney(parts.means, batch, effect, held, call.tool.costUsd ?? 0);
      if (asked === "waits") return later(lookAgainMs)(batch);
      return report(batch, effect, {
        ok: false,
        message: `${effect.tool} was not called: ${asked.because}`,
        retryable: false,
      });
    });
  }
  const admitted = await admit(parts, effect, call, pin.target);
  if (admitted !== "admitted") {
    if (held?.isNew) await pay("free");
    if (admitted === "settled") return settle(async () => undefined);
    return settle((batch) => refuse(batch, effect, admitted));
  }
  const { result, charged } = await run(parts, effect, call);
  await pay(charged === "unmade" ? (held?.isNew ? "free" : "paid") : charged);
  if (result === "in doubt") return settle((batch) => doubt(batch, effect));
  return settle(async (batch) => {
    await report(batch, effect, result, call.tool);
    if (result.ok) await endAlike(batch, effect, call.tool);
  });
}

/** How often, and how many times, it is looked whether others have freed what they held. */
const heldAgainMs = 1000;
const heldLooks = 60;

function prepare(tool: AnyTool | undefined, effect: EffectAtHand): Call | { message: string; retryable: boolean } {
  if (!tool) return { message: `There is no tool ${effect.tool} in this installation.`, retryable: false };
  const fitted = fit(tool, JSON.parse(effect.args) as JsonObject);
  if ("misfit" in fitted) return { message: fitted.misfit, retryable: false };
  return { tool, args: fitted.args, risk: riskOf(tool, fitted.args, effect.tainted) };
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

/** What came of a call, and whether it cost what it costs; "unmade": this try made none, for an earlier one had. */
interface Ran {
  readonly result: Result | "in doubt";
  readonly charged: Paid | "unmade";
}

async function run(parts: Parts, effect: EffectAtHand, { tool, args }: Call): Promise<Ran> {
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
    return {
      result: { ok: true, output: cleanOutput(tool.result.parse(raw)) },
      charged: found === null ? "paid" : "unmade",
    };
  } catch (error) {
    const known =
      error instanceof Fault &&
      (error.code === "bad-request" || error.code === "not-found" || error.code === "platform-refused");
    const undone = error instanceof Fault && error.undone;
    const charged = known || undone ? "free" : "unknown";
    if (effect.class === "opaque" && !known && !undone) return { result: "in doubt", charged };
    const retryable = !known && (!(error instanceof Fault) || error.retryAfterMs !== null);
    return { result: { ok: false, message: (error as Error).message, retryable }, charged };
  } finally {
    clearTimeout(timer);
    await told;
  }
}
