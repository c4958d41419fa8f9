import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import { digest } from "../domain/json.ts";
import type { ModelClient, Tried } from "./client.ts";
import type { Ledger, Outcome, Recorded } from "./ledger.ts";
import { type Caps, costOf, mostOf, type Price, priceOf, type Scope } from "./prices.ts";
import { bytesOf, type Question } from "./request.ts";

/** What every question needs. */
export interface AskParts {
  readonly ledger: Ledger;
  readonly client: ModelClient;
  readonly model: string;
  /** Asked when the first one does not answer. */
  readonly fallback: string | null;
  readonly prices: readonly Price[];
  readonly caps: Caps;
  /** Puts on record what an operator should know; not part of any turn. Ids go into the entry, words beside it. */
  notice(tenant: string, notice: Notice): Promise<void>;
}

/** The API refuses what we ask (`because` is in its words, for whoever runs Steward); or a model answered that has no price. */
export type Notice =
  | { readonly kind: "model.refused"; readonly model: string; readonly because: string }
  | { readonly kind: "model.unpriced"; readonly model: string; readonly call: string };

/** For whom a question is asked, and under which name its answer is kept. */
export interface Asker {
  readonly tenant: string;
  readonly effectId: string;
  readonly runId: string;
  readonly personId: string | null;
  readonly specialist: string;
  readonly task: string;
  readonly signal: AbortSignal;
  /** Hears that the answer's text has grown, and can have all of it. */
  said(text: () => string): void;
}

export type Got =
  | { readonly kind: "answered"; readonly recorded: Recorded }
  | {
      readonly kind: "over-budget";
      readonly scope: Scope;
      readonly spentUsd: number;
      readonly capUsd: number;
      /** How much more than is left it may cost. */
      readonly needsUsd: number;
    }
  /** `because` can be said to anybody. */
  | { readonly kind: "unavailable"; readonly because: string };

const triesAllowed = 3;
/** A named wait longer than this is not waited for: another model may be free. */
const longestWaitMs = 20_000;
const firstWaitMs = 500;
/** How often, and how many times, it is looked whether other questions have freed what they held. */
const heldEveryMs = 250;
const heldLooks = 240;

/**
 * Asks until there is a recorded answer: the first model twice, then the other. Each try is reserved before and settled
 * after, so that every one is paid for once and seen. `at` is the ledger's time. Throws Fault("tool-failed") only when its
 * time is over.
 */
export async function ask(
  parts: AskParts,
  asker: Asker,
  purpose: string,
  question: Question,
  at: string,
): Promise<Got> {
  let because = "it was asked twice and no answer came back";
  let tries: readonly string[] = [parts.model, parts.model, parts.fallback ?? parts.model].slice(0, triesAllowed);
  for (let n = 0; tries.length > 0; n++) {
    const [model = parts.model, ...more] = tries;
    tries = more;
    const tried = await once(parts, asker, purpose, { model, question, at });
    if (tried.kind === "given-up") break;
    if ("recorded" in tried || tried.kind === "over-budget") return tried;
    because = tried.because;
    if (asker.signal.aborted)
      throw new Fault("tool-failed", `The model gave no answer: ${because}.`, { retryAfterMs: 1000 });
    if (tried.kind === "refused" || tried.kind === "missing")
      await parts.notice(asker.tenant, { kind: "model.refused", model, because: tried.details });
    if (tried.kind === "refused") break;
    const waitMs = (tried.kind === "busy" ? tried.retryAfterMs : null) ?? firstWaitMs * 2 ** n;
    if (tried.kind === "missing" || waitMs > longestWaitMs) tries = tries.filter((next) => next !== model);
    else if (tries.length > 0) await wait(waitMs, undefined, { signal: asker.signal }).catch(() => undefined);
  }
  return { kind: "unavailable", because };
}

type Once = Got | Exclude<Tried, { kind: "answered" }> | { readonly kind: "given-up" };

async function once(
  parts: AskParts,
  asker: Asker,
  purpose: string,
  { model, question, at }: { readonly model: string; readonly question: Question; readonly at: string },
): Promise<Once> {
  const { ledger, caps } = parts;
  const { tenant, effectId, runId, personId, specialist, task } = asker;
  const priced = priceOf(parts.prices, model, at);
  const micro = mostOf(bytesOf(question), question.max_tokens, priced);
  const asking = { tenant, effectId, purpose, runId, personId, specialist, task, model, caps };
  const requestHash = digest({ model, ...question });
  const reserve = () => ledger.reserve({ ...asking, requestHash, micro, pricedAs: priced.as, flagged: priced.flagged });
  let reserved = await reserve();
  for (let n = 0; n < heldLooks && reserved.kind === "over-budget" && reserved.isHeld && !asker.signal.aborted; n++) {
    await wait(heldEveryMs, undefined, { signal: asker.signal }).catch(() => undefined);
    reserved = await reserve();
  }
  if (reserved.kind === "over-budget")
    return {
      kind: "over-budget",
      scope: reserved.scope,
      spentUsd: reserved.spentMicro / 1e6,
      capUsd: reserved.capMicro / 1e6,
      needsUsd: (reserved.spentMicro + micro - reserved.capMicro) / 1e6,
    };
  if (reserved.kind === "held") return { kind: "given-up" };
  if (reserved.kind !== "reserved") return reserved;

  const tried = await parts.client.ask(model, question, asker);
  const outcome = outcomeOf(parts, tried, model, at);
  const recorded = await ledger.settle(tenant, reserved.callId, outcome);
  if (outcome.state === "answered" && outcome.flagged)
    await parts.notice(tenant, { kind: "model.unpriced", model: outcome.answeredBy, call: reserved.callId });
  if (recorded) return { kind: "answered", recorded };
  return tried.kind === "answered" ? { kind: "given-up" } : tried;
}

/** What a try is settled as. It is priced by who says that they answered. */
function outcomeOf(parts: AskParts, tried: Tried, asked: string, at: string): Outcome {
  if (tried.kind === "lost") return { state: "lost", because: tried.details, usage: tried.usage };
  if (tried.kind !== "answered") return { state: "failed", because: tried.details };
  const { content, stopReason, usage } = tried;
  const answeredBy = /^[\w.:@/-]{1,100}$/.test(tried.model) ? tried.model : `not ${asked}`;
  const priced = priceOf(parts.prices, answeredBy, at);
  return {
    state: "answered",
    content,
    stopReason,
    answeredBy,
    usage,
    micro: costOf(usage, priced),
    pricedAs: priced.as,
    flagged: priced.flagged,
  };
}
