import { isOf, type Level, patternOf } from "./analysis-logs.ts";

interface Line {
  /** ISO instant. */
  readonly at: string;
  readonly line: string;
}

/** Lines of a log, told in short. */
export interface Digest {
  /** How many there were to read, and how many of these are what was asked for. */
  readonly read: number;
  readonly matched: number;
  readonly errors: number;
  /** The instants of the oldest and the newest of those read; null where there was none. */
  readonly from: string | null;
  readonly until: string | null;
  /** What repeats, the most frequent first: how often, and the newest such line. */
  readonly kinds: readonly (Line & { readonly count: number })[];
  /** The newest of what was asked for, the oldest of these first. */
  readonly newest: readonly Line[];
}

const mostKinds = 5;
const mostNewest = 20;
const longestLine = 300;

/** What stands in a log: all of it, or what is of one level or speaks of something. `lines` in any order. */
export function digestOf(
  lines: readonly Line[],
  { level, about }: { readonly level?: Level | undefined; readonly about?: string | undefined },
): Digest {
  const sorted = [...lines].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const asked = sorted.filter(({ line }) => (level === undefined || isOf(level, line)) && speaksOf(line, about));
  const kinds = [...Map.groupBy(asked, ({ line }) => patternOf(line)).values()]
    .filter((all) => all.length > 1)
    .sort((a, b) => b.length - a.length)
    .slice(0, mostKinds)
    .flatMap((all) => all.slice(-1).map((one) => ({ ...shortened(one), count: all.length })));
  return {
    read: sorted.length,
    matched: asked.length,
    errors: asked.filter(({ line }) => isOf("errors", line)).length,
    from: sorted[0]?.at ?? null,
    until: sorted.at(-1)?.at ?? null,
    kinds,
    newest: asked.slice(-mostNewest).map(shortened),
  };
}

/** Whether every word of this stands in the line; "timeouts" also finds "timeout". */
function speaksOf(line: string, about = ""): boolean {
  const said = line.toLowerCase();
  return about
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => said.includes(word.length > 3 ? word.replace(/s$/u, "") : word));
}

function shortened({ at, line }: Line): Line {
  return { at, line: line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line };
}
