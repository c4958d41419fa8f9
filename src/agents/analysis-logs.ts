/** What the log speaks of, in the words that runtimes and servers commonly use for it. */
export type Clue =
  | "memory"
  | "disk"
  | "certificate"
  | "pool"
  | "hang"
  | "crowd"
  | "steal"
  | "startup"
  | "code"
  | "settings";

/** A kind of line that is new, or much more frequent than it was. */
export interface Novelty {
  /** The first such line as it was written. */
  readonly line: string;
  readonly at: number;
  readonly count: number;
  readonly grave: boolean;
  readonly clues: readonly Clue[];
}

const words: Readonly<Record<Clue, RegExp>> = {
  memory: /out of memory|\boom\b|\bheap\b|garbage collect|\[gc|old generation|resident memory/i,
  disk: /no space left|enospc|disk (?:is )?full|disk watermark|quota exceeded/i,
  certificate: /certificate|x509|pkix|tls handshake/i,
  pool: /pool (?:is )?exhausted|connection is not available|waiting for a free connection|too many (?:clients|connections)/i,
  hang: /deadlock|event loop blocked|watchdog|no progress|heartbeat (?:lost|missed)|stuck thread/i,
  crowd: /queue is \S+ deep|saturated|shedding load|requests are queued|too many requests/i,
  steal: /throttled|steal|ran \S+ ms late/i,
  startup: /^FATAL|failed to start|panic: |exit [1-9]|back-off restarting/i,
  code: /TypeError|ReferenceError|NullPointer|undefined (?:method|function)|is not a function|index out of range|panic recovered|NoSuchMethod/i,
  settings:
    /unknown region|could not authenticate|role does not exist|not in the cluster map|feature flag|refers to .* not there|invalid (?:config|setting)|missing (?:config|setting)/i,
};
/** What a line says of how bad it is, in the words that servers write it in. */
export type Level = "errors" | "warnings";

const grave = /\b(?:ERROR|FATAL|CRITICAL|PANIC|panic)\b/;
const warned = /\b(?:WARN|WARNING)\b/;
const shyMs = 60_000;

/**
 * Warnings and errors whose pattern is new since an instant or at least four times as frequent, the most frequent first.
 * What was written well before `wellUntil`, when all was still well, belongs to trouble that is over.
 */
export function novelties(
  lines: readonly { readonly at: number; readonly line: string }[],
  since: number,
  wellUntil = Number.NEGATIVE_INFINITY,
): readonly Novelty[] {
  const from = lines[0]?.at ?? since;
  const until = lines.at(-1)?.at ?? since;
  const border = since - shyMs;
  const begun = Math.max(border, wellUntil - shyMs);
  const [beforeMs, afterMs] = [Math.max(1, border - from), Math.max(1, until - begun)];
  const patterns = Map.groupBy(
    lines.filter(({ line }) => grave.test(line) || warned.test(line)),
    ({ line }) => patternOf(line),
  );
  return [...patterns.values()]
    .flatMap((all): Novelty[] => {
      const fresh = all.filter(({ at }) => at >= begun);
      const old = all.filter(({ at }) => at < border).length;
      const first = fresh[0];
      const isNovel = old === 0 || (fresh.length >= 3 && fresh.length / afterMs >= (4 * old) / beforeMs);
      if (first === undefined || !isNovel) return [];
      const { line, at } = first;
      return [{ line, at, count: fresh.length, grave: grave.test(line), clues: cluesIn(line) }];
    })
    .sort((a, b) => Number(b.grave) - Number(a.grave) || b.count - a.count);
}

/** Whether a line is of this level. */
export function isOf(level: Level, line: string): boolean {
  return level === "errors" ? grave.test(line) : warned.test(line);
}

/** The line with what differs from one to the next taken out: numbers, identifiers, quoted and bracketed values. */
export function patternOf(line: string): string {
  return line
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b0x[0-9a-f]+\b|\b[0-9a-f]{12,}\b/gi, "#")
    .replace(/\d+(?:[.,:]\d+)*/g, "#")
    .replace(/"[^"]*"/g, '"…"')
    .slice(0, 200);
}

function cluesIn(line: string): Clue[] {
  return (Object.keys(words) as Clue[]).filter((clue) => words[clue].test(line));
}
