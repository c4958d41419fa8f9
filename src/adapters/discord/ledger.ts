/** Which events are kept, so that the next connection asks for those that are not. */
export interface Ledger {
  /** An event of the connection with its sequence number, or null for what was read otherwise, about the message or interaction `id`. */
  begin(sequence: number | null, id: string): { end(): void };
  /** A new session: what is still open from before cannot be had again by resuming it. */
  restart(sequence: number): void;
  /**
   * Every event of the session up to `sequence` is kept (null: resuming would not bring back what is open), and every
   * message up to `seen`.
   */
  done(): { readonly sequence: number | null; readonly seen: string | null };
}

/** Discord counts milliseconds from the beginning of 2015. */
const epoch = 1_420_070_400_000;

export function createLedger(from: { readonly sequence: number; readonly seen: string | null }): Ledger {
  let { sequence: highest, seen } = from;
  const open = new Set<{ sequence: number | null; readonly id: string }>();
  return {
    begin(sequence, id) {
      const entry = { sequence, id };
      open.add(entry);
      if (sequence !== null) highest = Math.max(highest, sequence);
      if (seen === null || compare(id, seen) > 0) seen = id;
      return { end: () => void open.delete(entry) };
    },
    restart(sequence) {
      highest = sequence;
      for (const entry of open) entry.sequence = null;
    },
    done() {
      let sequence: number | null = highest;
      let upTo = seen;
      for (const entry of open) {
        sequence = sequence === null || entry.sequence === null ? null : Math.min(sequence, entry.sequence - 1);
        if (upTo === null || compare(entry.id, upTo) <= 0) upTo = before(entry.id);
      }
      return { sequence, seen: upTo };
    },
  };
}

/** Discord's ids in the order they were made. */
export function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** What is made from this moment on (milliseconds since 1970) has this id or a later one. */
export function idAt(ms: number): string {
  return String(BigInt(ms - epoch) << 22n);
}

/** The id just before this one: what is "after" it includes the message itself. */
function before(id: string): string {
  return String(BigInt(id) - 1n);
}
