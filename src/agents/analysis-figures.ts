import { max, median, min } from "simple-statistics";
import { type Change, changesIn } from "./analysis-changes.ts";

/** How one metric was over a time; instants are ISO. */
export interface Course {
  readonly metric: string;
  readonly now: number;
  readonly usual: number;
  readonly least: number;
  readonly leastAt: string;
  readonly most: number;
  readonly mostAt: string;
  /** When it left its usual range, where it is still outside. */
  readonly change: Change | null;
}

/** How each metric went: value i of every one was measured at `since` (ISO) + i * `stepMs`. One without values is left out. */
export function coursesOf({
  since,
  stepMs,
  metrics,
}: {
  readonly since: string;
  readonly stepMs: number;
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}): readonly Course[] {
  const begun = Date.parse(since);
  const changes = changesIn({ since: begun, stepMs, metrics });
  const at = (i: number) => new Date(begun + i * stepMs).toISOString();
  return Object.entries(metrics).flatMap(([metric, values]) => {
    const now = values.at(-1);
    if (now === undefined) return [];
    const [least, most] = [min([...values]), max([...values])];
    return {
      metric,
      now,
      usual: median([...values]),
      least,
      leastAt: at(values.indexOf(least)),
      most,
      mostAt: at(values.indexOf(most)),
      change: changes.find((one) => one.metric === metric) ?? null,
    };
  });
}
