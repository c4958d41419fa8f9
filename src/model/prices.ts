import { z } from "zod";
import { Fault } from "../domain/fault.ts";

const usd = z.number().positive("must be an amount in US dollars, such as 0.50").max(1_000_000);
const rate = z.number().nonnegative("must be a price in US dollars per million tokens, such as 3.75").max(10_000);
const name = z.string().regex(/^[\w.:@/-]{1,100}$/, "must be a model's name, for example claude-sonnet-4-6");

export const PriceEntry = z.strictObject({
  model: name,
  /** The first day (UTC) it holds for. */
  since: z.iso.date("must be a date such as 2026-11-01"),
  /** US dollars per million tokens. */
  input: rate,
  output: rate,
  cacheWrite: rate,
  cacheRead: rate,
});
export type Price = z.output<typeof PriceEntry>;

export const CapsEntry = z.strictObject({
  run: usd.default(0.5),
  person: usd.default(5),
  tenant: usd.default(300),
  day: usd.default(25),
});

/** What steward.yaml says under `models`: whom to ask, what it costs, and how much may be spent, in US dollars. */
export const ModelsEntry = z.strictObject({
  default: name,
  fallback: name.optional(),
  prices: z
    .array(PriceEntry)
    .min(1, "must price at least the default model")
    .refine(
      (all) => new Set(all.map(({ model, since }) => `${model} ${since}`)).size === all.length,
      "prices a model twice from the same day; leave one out",
    ),
  caps: CapsEntry.prefault({}),
});
export type Models = z.output<typeof ModelsEntry>;

export type Scope = "run" | "person" | "tenant" | "day";
/** Millionths of a US dollar for each scope. */
export type Caps = Readonly<Record<Scope, number>>;

/** Tokens of one answer, by what they cost. `thinking` is part of `output`. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
  readonly thinking: number;
}

/** A price, whose it is, and whether the model had none of its own. */
export interface Priced {
  readonly price: Omit<Price, "model" | "since">;
  readonly as: string;
  readonly flagged: boolean;
}

/** Refuses a model to be asked that has no price on this day (an ISO instant). Throws Fault("bad-config") with one sentence. */
export function checkPriced(models: Models | undefined, model: string, setBy: string, at: string): void {
  if (models === undefined)
    throw new Fault(
      "bad-config",
      "ANTHROPIC_API_KEY is set, and steward.yaml says nothing under models: name the default model there, and its prices.",
    );
  const day = at.slice(0, 10);
  const days = models.prices.flatMap((price) => (isSame(model, price.model) ? [price.since] : [])).sort();
  if (days.some((since) => since <= day)) return;
  const what = days[0] === undefined ? "has no price" : `has no price before ${days[0]}, and today is ${day}`;
  throw new Fault(
    "bad-config",
    `${setBy} is ${model}, which ${what}: add ${days.length === 0 ? "it" : "today's"} under models.prices in steward.yaml, in US dollars per million tokens.`,
  );
}

/** What a model costs on a day (an ISO instant): its newest price by then, or the highest there is, flagged. */
export function priceOf(prices: readonly Price[], model: string, at: string): Priced {
  const day = at.slice(0, 10);
  const own = prices
    .filter((price) => isSame(model, price.model) && price.since <= day)
    .sort((a, b) => (a.since < b.since ? 1 : -1))[0];
  if (own) return { price: own, as: `${own.model} since ${own.since}`, flagged: false };
  const highest = (kind: "input" | "output" | "cacheWrite" | "cacheRead") =>
    Math.max(...prices.map((price) => price[kind]));
  return {
    price: {
      input: highest("input"),
      output: highest("output"),
      cacheWrite: highest("cacheWrite"),
      cacheRead: highest("cacheRead"),
    },
    as: "the highest price",
    flagged: true,
  };
}

/** What these tokens cost, in millionths of a US dollar, rounded up. A cache entry of an hour costs twice the input. */
export function costOf(usage: Usage, { price }: Priced): number {
  return up(
    usage.input * price.input +
      usage.output * price.output +
      usage.cacheWrite5m * price.cacheWrite +
      usage.cacheWrite1h * Math.max(price.cacheWrite, 2 * price.input) +
      usage.cacheRead * price.cacheRead,
  );
}

/** What a request of so many bytes may cost at most, in millionths: two bytes a token, all written to the cache, and the longest answer. */
export function mostOf(bytes: number, maxTokens: number, { price }: Priced): number {
  return up((bytes / 2) * Math.max(price.input, price.cacheWrite) + maxTokens * price.output);
}

/** US dollars as millionths. */
export function microOf(dollars: number): number {
  return Math.round(dollars * 1e6);
}

/** A model's dated name ("claude-haiku-4-5-20251001") is the same model. */
function isSame(model: string, priced: string): boolean {
  return model === priced || (model.startsWith(`${priced}-`) && /^\d{8}$/.test(model.slice(priced.length + 1)));
}

// Prices are decimal: 0.1 + 0.2 must not round up to another millionth.
function up(micro: number): number {
  return Math.ceil(micro - 1e-6);
}
