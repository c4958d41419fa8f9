import { type Change, changesIn } from "./analysis-changes.ts";
import type { Observed } from "./analysis-evidence.ts";
import { type Clue, type Novelty, novelties } from "./analysis-logs.ts";

/** What is unusual about one service. */
export interface Signs {
  readonly seen: Observed;
  /** What changed, by metric. */
  readonly changes: Readonly<Record<string, Change>>;
  /** Errors or latency that went up, and when the first of them did: what its callers feel. Null: it is well for them. */
  readonly pain: { readonly onset: number; readonly errors: Change | null; readonly latency: Change | null } | null;
  readonly failing: number;
  readonly news: readonly Novelty[];
  /** The services it complains about in its log. */
  readonly blames: readonly string[];
}

const earlierMs = 300_000;

/** Looks at one service. `startedAt` is when the alert says it began: without a change it dates what is new in the log. */
export function signsOf(seen: Observed, startedAt: number, others: readonly string[]): Signs {
  const all = changesIn(seen);
  const changes = Object.fromEntries(all.map((change) => [change.metric, change]));
  const [errors = null, latency = null] = ["errorRate", "latencyMs"].map((metric) =>
    rose(changes[metric]) ? changes[metric] : null,
  );
  const up = [errors, latency].filter((change) => change !== null);
  // An alert older than what was seen dates nothing: some of the log must count as what is usual.
  const from = seen.lines[0]?.at ?? startedAt;
  const told = Math.max(startedAt - earlierMs, from + (Math.max(startedAt, seen.lines.at(-1)?.at ?? 0) - from) / 4);
  const onset = Math.min(told, ...all.map((change) => change.onset));
  // Whatever is wrong now began with the first change that lasts: lines from before it tell of trouble that is over.
  const wellUntil = all.length === 0 ? undefined : Math.min(...all.map((change) => change.onset));
  const news = novelties(seen.lines, onset, wellUntil);
  return {
    seen,
    changes,
    pain: up.length === 0 ? null : { onset: Math.min(...up.map((change) => change.onset)), errors, latency },
    failing: seen.instances.filter(({ status }) => status === "failing").length,
    news,
    blames: others.filter((name) => news.some(({ line }) => mentions(line, name))),
  };
}

/** The new lines that speak of this, those about other services left out. */
export function linesAbout({ news }: Signs, clue: Clue, others: readonly string[]): readonly Novelty[] {
  return news.filter(({ clues, line }) => clues.includes(clue) && !others.some((name) => mentions(line, name)));
}

export function rose(change: Change | undefined): change is Change {
  return change !== undefined && change.after > change.before;
}

function mentions(line: string, name: string): boolean {
  const at = line.toLowerCase().indexOf(name.toLowerCase());
  if (at < 0) return false;
  const [before, after] = [line[at - 1] ?? " ", line[at + name.length] ?? " "];
  return !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
}
