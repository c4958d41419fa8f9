/** The model: asked only through the ledger, so that every answer is recorded before it is used and paid for once. */
import type { AnyTool } from "../domain/tool.ts";
import type { Purse } from "../orchestrator/kernel.ts";
import type { AskParts } from "./ask.ts";
import { anthropicClient } from "./client.ts";
import type { Ledger } from "./ledger.ts";
import { type Caps, CapsEntry, checkPriced, type Models, microOf } from "./prices.ts";
import { createPurse } from "./purse.ts";
import { raiseBudget } from "./raise-tool.ts";
import { type ModelHealth, withRest } from "./rest.ts";
import { type Structured, structured } from "./structured.ts";
import { modelTurn, type TurnParts } from "./turn-tool.ts";

export type { Notice } from "./ask.ts";
export type { CallLine, Ledger, Spend } from "./ledger.ts";
export type { Structured } from "./structured.ts";

/** How the model is reached: from the environment. */
export interface ModelSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Asked instead of steward.yaml's default. */
  readonly model: string | null;
}

export interface Model {
  /** Whether there is one to ask. */
  readonly isConfigured: boolean;
  /** model.turn, which answers "unavailable" without a model, and budget.raise. */
  readonly tools: readonly AnyTool[];
  /** Pays for calls of tools under the same caps. */
  readonly purse: Purse;
  /** How its API has been doing; nothing without a model. */
  health(): readonly ModelHealth[];
  /** Asks once for an answer of a given shape; null without a model. */
  structured<T>(wanted: Structured<T>): Promise<T | null>;
}

interface Parts extends Pick<TurnParts, "tools" | "specialists" | "artifact">, Pick<AskParts, "notice"> {
  readonly settings: ModelSettings | null;
  /** What steward.yaml says under `models`. */
  readonly models: Models | undefined;
  readonly ledger: Ledger;
  /** The day of the start, an ISO instant: what may be asked has a price by then. */
  readonly at: string;
}

/** How long one answer may take, first byte to last. */
const patienceMs = 120_000;
/** How long its first word may take: an API that works says at once that it begins. */
const firstWordMs = 30_000;
/** What is broken off after so long without a word was not answered: somebody waits for it in a chat. */
const silentMs = 15_000;
/** How long an API that did not say a word is left alone. */
const restMs = 60_000;

/** The model of this installation. Nothing of it is loaded or reached before it is asked. Throws Fault("bad-config") where a model that may be asked has no price yet. */
export function createModel({ settings, models, ledger, at, ...parts }: Parts): Model {
  const caps = capsOf(models);
  const api =
    settings === null
      ? null
      : withRest(
          anthropicClient({ apiKey: settings.apiKey, baseUrl: settings.baseUrl, patienceMs, firstWordMs }),
          restMs,
          silentMs,
        );
  const asking =
    settings === null || api === null
      ? null
      : askPartsOf(settings, models, { ledger, client: api.client, caps, notice: parts.notice }, at);
  return {
    isConfigured: asking !== null,
    tools: [
      { ...modelTurn({ ...parts, ask: asking }), egress: settings === null ? [] : [new URL(settings.baseUrl).host] },
      raiseBudget(ledger, caps),
    ],
    purse: createPurse(ledger, caps),
    health: () => (api === null ? [] : [api.health()]),
    structured: async (wanted) => (asking === null ? null : structured(asking, wanted)),
  };
}

function askPartsOf(
  settings: ModelSettings,
  models: Models | undefined,
  parts: Pick<AskParts, "ledger" | "client" | "caps" | "notice">,
  at: string,
): AskParts {
  const model = settings.model ?? models?.default ?? "";
  checkPriced(models, model, settings.model === null ? "models.default" : "ANTHROPIC_MODEL", at);
  const fallback = models?.fallback ?? null;
  if (fallback !== null) checkPriced(models, fallback, "models.fallback", at);
  return { ...parts, model, fallback: fallback === model ? null : fallback, prices: models?.prices ?? [] };
}

function capsOf(models: Models | undefined): Caps {
  const usd = models?.caps ?? CapsEntry.parse({});
  return { run: microOf(usd.run), person: microOf(usd.person), tenant: microOf(usd.tenant), day: microOf(usd.day) };
}
