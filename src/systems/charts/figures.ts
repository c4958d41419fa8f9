import { z } from "zod";
import { cleanText } from "../../domain/text.ts";
import { atMinute, rounded } from "./words.ts";

/** Something that happened at a moment (milliseconds since 1970). */
export interface Mark {
  readonly kind: "alert" | "deploy";
  readonly at: number;
  /** The version that was deployed; nothing for an alert. */
  readonly label: string;
}

/** One figure over time, evenly spaced. */
export interface Curve {
  readonly label: string;
  readonly unit: string;
  /** The axis goes up to this at least, so that noise looks like noise. */
  readonly floor: number;
  readonly values: readonly number[];
  /** The latest that was measured; the last of the values may stand for several. */
  readonly now: number;
}

/** What is drawn: value i of every curve was measured at `from` + i * `stepMs` (milliseconds since 1970). */
export interface Figures {
  readonly title: string;
  readonly from: number;
  readonly until: number;
  readonly stepMs: number;
  readonly curves: readonly Curve[];
  readonly marks: readonly Mark[];
}

const Measured = z.object({
  since: z.iso.datetime({ offset: true }),
  stepMs: z.number().positive(),
  metrics: z.record(z.string(), z.array(z.number())),
});
const Deployed = z.object({ deploys: z.array(z.object({ version: z.string(), at: z.string() })) });

interface Known {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly floor: number;
  /** Drawn only when it was as high as this. */
  readonly from?: number;
}
/** What is drawn of what may be measured, most telling first. */
const known: readonly Known[] = [
  { name: "errorRate", label: "Errors", unit: "%", floor: 5 },
  { name: "latencyMs", label: "Latency", unit: "ms", floor: 200 },
  { name: "cpu", label: "CPU", unit: "%", floor: 100 },
  { name: "memory", label: "Memory", unit: "%", floor: 100, from: 80 },
  { name: "disk", label: "Disk", unit: "%", floor: 100, from: 80 },
  { name: "steal", label: "CPU steal", unit: "%", floor: 100, from: 10 },
  { name: "requestsPerS", label: "Requests", unit: "a second", floor: 10, from: Number.POSITIVE_INFINITY },
];
/** How much is shown of what was before an alert: enough to see that it was well. */
const beforeMs = 3_600_000;
const mostCurves = 4;
const mostPoints = 100;
const mostDeploys = 4;

/** What `services.metrics` and `services.deploys` gave, ready to be drawn; null where nothing was measured that we know how to draw. */
export function figuresOf(asked: {
  readonly title: string;
  readonly metrics: unknown;
  readonly deploys: unknown;
  readonly startedAt: string | null;
  /** The metric that is drawn alone, however low it is. */
  readonly only?: string | null;
}): Figures | null {
  const measured = Measured.safeParse(asked.metrics).data;
  if (measured === undefined) return null;
  const there = known
    .map((one) => ({ ...one, values: measured.metrics[one.name] ?? [] }))
    .filter(({ name, values, from = Number.NEGATIVE_INFINITY }) => {
      const isWanted = asked.only == null ? Math.max(...values) >= from : name === asked.only;
      return isWanted && values.length >= 2;
    })
    .slice(0, mostCurves);
  if (there.length === 0) return null;
  const begun = Date.parse(measured.since);
  const alertAt = Date.parse(asked.startedAt ?? "");
  const whole = Math.min(...there.map(({ values }) => values.length));
  // NaN where no alert began: then all of it.
  const early = Math.floor((alertAt - beforeMs - begun) / measured.stepMs);
  const skipped = early > 0 && early <= whole - 2 ? early : 0;
  const points = whole - skipped;
  const from = begun + measured.stepMs * skipped;
  const until = from + measured.stepMs * (points - 1);
  const each = Math.ceil(points / mostPoints);
  const within = ({ at }: Mark) => at >= from && at <= until;
  const deploys = Deployed.safeParse(asked.deploys).data?.deploys ?? [];
  const marks: Mark[] = [
    { kind: "alert" as const, at: alertAt, label: "" },
    ...deploys.map(({ version, at }) => ({
      kind: "deploy" as const,
      at: Date.parse(at),
      label: cleanText(version).slice(0, 40),
    })),
  ].filter(within);
  return {
    title: asked.title,
    from,
    until,
    stepMs: measured.stepMs * each,
    curves: there.map(({ label, unit, floor, values }) => ({
      label,
      unit,
      floor,
      values: highestOf(values.slice(skipped, whole), each),
      now: values[whole - 1] ?? 0,
    })),
    marks: marks.slice(0, 1 + mostDeploys),
  };
}

/** The highest of every so many values: a peak stays, however narrow. */
function highestOf(values: readonly number[], each: number): number[] {
  return Array.from({ length: Math.ceil(values.length / each) }, (_, i) =>
    Math.max(...values.slice(i * each, (i + 1) * each)),
  );
}

/** The same in words, for whoever cannot see it. */
export function wordsOf({ title, from, until, stepMs, curves, marks }: Figures): string {
  const curve = ({ label, unit, values, now }: Curve) => {
    const highest = Math.max(...values);
    const at = atMinute(from + values.indexOf(highest) * stepMs);
    return `${label}: now ${rounded(now)} ${unit}, highest ${rounded(highest)} ${unit} at ${at}.`;
  };
  const mark = ({ kind, at, label }: Mark) =>
    kind === "alert" ? `The alert began at ${atMinute(at)}.` : `${label} was deployed at ${atMinute(at)}.`;
  const head = `Figures of ${cleanText(title)} from ${atMinute(from)} to ${atMinute(until)} UTC.`;
  return [head, ...curves.map(curve), ...marks.map(mark)].join(" ");
}
