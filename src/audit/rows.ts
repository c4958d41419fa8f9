/** A row of `audit`. */
export interface AuditRow {
  readonly tenant: string;
  readonly stream: string;
  readonly seq: number;
  readonly entry: string;
  readonly hash: Uint8Array;
}

/** The erasable body of an entry: a row of `fact`, or mail that a turn took (seq is its taken_seq). Erased: both null. */
export interface BodyRow {
  readonly tenant: string;
  readonly stream: string;
  readonly seq: number;
  readonly text: string | null;
  readonly salt: Uint8Array | null;
}

/** What an actor's row says of its stream `actor:ID`. */
export interface ActorHead {
  readonly tenant: string;
  readonly actor: string;
  readonly seq: number;
  readonly head: Uint8Array;
}

/** Where in the record: everything is ordered by this. */
export interface Place {
  readonly tenant: string;
  readonly stream: string;
  readonly seq: number;
}

/**
 * Order of tenant, stream, seq: texts by their UTF-8 bytes, which is PostgreSQL's `collate "C"` and not what its other
 * collations do.
 */
export function comparePlaces(a: Place, b: Place): number {
  return compareTexts(a.tenant, b.tenant) || compareTexts(a.stream, b.stream) || a.seq - b.seq;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}

/** Rows read one at a time, with a look at the next. Throws when they are not in the order of their places. */
export class Cursor<T extends Place> {
  readonly #rows: AsyncIterator<T>;
  readonly #what: string;
  /** The next row, or null at the end. */
  next: T | null = null;

  private constructor(what: string, rows: AsyncIterator<T>) {
    this.#what = what;
    this.#rows = rows;
  }

  static async over<T extends Place>(what: string, rows: AsyncIterable<T>): Promise<Cursor<T>> {
    const cursor = new Cursor(what, rows[Symbol.asyncIterator]());
    await cursor.advance();
    return cursor;
  }

  async advance(): Promise<void> {
    const before = this.next;
    const { done, value } = await this.#rows.next();
    this.next = done ? null : (value as T);
    if (before && this.next && comparePlaces(before, this.next) > 0)
      throw new TypeError(
        `The ${this.#what} must be read in the order of tenant, stream (both collate "C") and seq, but ${this.next.stream} ${this.next.seq} came after ${before.stream} ${before.seq}.`,
      );
  }

  /** The next row if it lies before this place, and then moves on; null otherwise. */
  async takeBefore(place: Place): Promise<T | null> {
    const row = this.next;
    if (!row || comparePlaces(row, place) >= 0) return null;
    await this.advance();
    return row;
  }

  /** The next row if it lies at this very place, and then moves on; null otherwise. */
  async takeAt(place: Place): Promise<T | null> {
    const row = this.next;
    if (!row || comparePlaces(row, place) !== 0) return null;
    await this.advance();
    return row;
  }
}
