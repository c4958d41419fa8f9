import {
  linearRegression,
  linearRegressionLine,
  median,
  medianAbsoluteDeviation,
  rSquared,
  sampleCorrelation,
  tTestTwoSample,
} from "simple-statistics";

/** A metric that left its usual range and is still outside. */
export interface Change {
  readonly metric: string;
  /** When it began, in milliseconds since 1970. */
  readonly onset: number;
  /** Medians before and at the end. */
  readonly before: number;
  readonly after: number;
  /** How far it went, in spreads of what is usual. */
  readonly strength: number;
  /** A ramp grows steadily from its onset; a step is there at once. */
  readonly shape: "step" | "ramp";
}

interface Series {
  readonly since: number;
  readonly stepMs: number;
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

const fewest = 12;
const notable = 6;
const notableTogether = 2;
/** Student's t of before and after. */
const certain = 12;
const outside = 4;
/** The part of the whole change that must be there before it has begun: what went before it is another matter. */
const beginning = 0.25;
/** From the median absolute deviation to a standard deviation, for normally spread values. */
const madToSigma = 1.4826;

/** The least move that means something to people: in percent points, or as a ratio. What is not named here must move by half. */
const material: Readonly<Record<string, (before: number, after: number) => boolean>> = {
  errorRate: (before, after) => Math.abs(after - before) >= 1,
  cpu: byPoints(12),
  memory: byPoints(8),
  disk: byPoints(8),
  steal: byPoints(10),
};

/** Every metric that changed and stayed so, the earliest change first. */
export function changesIn({ since, stepMs, metrics }: Series): readonly Change[] {
  return Object.entries(metrics)
    .flatMap(([metric, values]) => changeIn(metric, values, since, stepMs) ?? [])
    .sort((a, b) => a.onset - b.onset);
}

function changeIn(metric: string, values: readonly number[], since: number, stepMs: number): Change | null {
  if (values.length < fewest) return null;
  const { split, t } = splitOf(values);
  const usual = values.slice(0, split);
  const before = median([...usual]);
  const spread = Math.max(medianAbsoluteDeviation([...usual]) * madToSigma, Math.abs(before) * 0.03, 0.1);
  const after = median(values.slice(-3));
  const last = values.at(-1) ?? after;
  // A step that is one sample old shows in the last value alone.
  const now = Math.abs(last - before) > Math.abs(after - before) ? last : after;
  const strength = Math.abs(now - before) / spread;
  const isMaterial = material[metric] ?? byRatio;
  // Where values scatter, a shift is told from chance by how many of them it has moved.
  const isNotable = strength >= notable || (strength >= notableTogether && t >= certain);
  if (!isNotable || !isMaterial(before, now)) return null;
  const side = Math.sign(now - before);
  const change = Math.abs(now - before);
  const far = Math.min(Math.max(outside * spread, change * beginning), change / 2);
  const isOut = (value: number) => (value - before) * side > far;
  const first = firstOf(values, isOut);
  const ramp = rampFrom(values.slice(first), now - before);
  const reached = ramp === null ? first : Math.max(0, first + (before - ramp.at0) / ramp.slope);
  const onset = ramp === null ? first : Math.min(first, reached);
  return {
    metric,
    onset: since + onset * stepMs,
    before,
    after: now,
    strength,
    shape: ramp === null ? "step" : "ramp",
  };
}

/** Where the values fall apart best into a before and an after, by Student's t; at least two values are on either side. */
function splitOf(values: readonly number[]): { readonly split: number; readonly t: number } {
  const tAt = (split: number) => {
    const t = tTestTwoSample(values.slice(0, split), values.slice(split), 0);
    return t === null || Number.isNaN(t) ? 0 : Math.abs(t);
  };
  const best = (splits: readonly number[]) =>
    splits.reduce(
      (top, split) => {
        const t = tAt(split);
        return t > top.t ? { split, t } : top;
      },
      { split: values.length - 2, t: 0 },
    );
  const [least, most] = [Math.floor(fewest / 2), values.length - 2];
  const stride = Math.max(1, Math.floor(values.length / 60));
  const rough = best(range(least, most, stride)).split;
  return best(range(Math.max(least, rough - stride), Math.min(most, rough + stride), 1));
}

/** The first value of the last stretch that is outside; two values within it may be inside again. */
function firstOf(values: readonly number[], isOut: (value: number) => boolean): number {
  let first = values.length - 1;
  for (let i = values.length - 1, inside = 0; i >= 0 && inside <= 2; i--) {
    if (isOut(values[i] ?? 0)) [first, inside] = [i, 0];
    else inside++;
  }
  return first;
}

/** The straight line through values that grow steadily by a good part of the whole change; null when they do not. */
function rampFrom(values: readonly number[], change: number): { at0: number; slope: number } | null {
  if (values.length < 5) return null;
  const points = values.map((value, i): [number, number] => [i, value]);
  const line = linearRegression(points);
  const grows = line.m * (values.length - 1) >= change * 0.4 === change > 0 && line.m * change > 0;
  return grows && rSquared(points, linearRegressionLine(line)) >= 0.5 ? { at0: line.b, slope: line.m } : null;
}

/** How well one series follows another, and after how many steps best: Pearson's r over lags of 0 to `most`. */
export function followed(
  leader: readonly number[],
  follower: readonly number[],
  most: number,
): { readonly r: number; readonly lag: number } {
  let top = { r: 0, lag: 0 };
  for (let lag = 0; lag <= most; lag++) {
    const [a, b] = [leader.slice(0, leader.length - lag), follower.slice(lag)];
    const length = Math.min(a.length, b.length);
    if (length < fewest) break;
    const r = sampleCorrelation(a.slice(-length), b.slice(-length));
    if (r > top.r + 0.005) top = { r, lag };
  }
  return top;
}

function byPoints(points: number) {
  return (before: number, after: number) => Math.abs(after - before) >= points;
}

function byRatio(before: number, after: number): boolean {
  return after >= before * 1.4 || after <= before / 1.4;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => from + i * step);
}
