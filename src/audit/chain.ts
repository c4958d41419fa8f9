import { z } from "zod";
import { bodyDigest, commonStreams, hashEntry, toHex } from "./entry.ts";
import type { ActorHead, AuditRow, BodyRow } from "./rows.ts";

/** How the record was changed. */
export type ChangeKind =
  | "changed"
  | "removed"
  | "inserted"
  | "reordered"
  | "body-changed"
  | "truncated"
  | "stream-missing"
  | "foreign"
  | "unreadable";

/** One place where the record is not what was written. `seq` is the entry concerned, also when it is missing. */
export interface Finding {
  readonly tenant: string;
  readonly stream: string;
  readonly seq: number;
  readonly kind: ChangeKind;
  readonly sentence: string;
}

const Read = z.object({
  v: z.literal(1),
  tenant: z.string(),
  stream: z.string(),
  seq: z.int(),
  prev: z.string(),
  body: z.string().nullable(),
});
type Read = z.infer<typeof Read>;

interface Link {
  readonly row: AuditRow;
  readonly read: Read;
}

/** Follows one stream from its first entry and keeps the first thing that is wrong with it. */
export class Chain {
  readonly #tenant: string;
  readonly #stream: string;
  #last: Link | null = null;
  /** Something is wrong, and only what comes next tells which of two things it is. */
  #suspicion: ((next: Link | null, head: ActorHead | null) => Finding) | null = null;
  /** The first finding, once it is certain. */
  finding: Finding | null = null;
  /** Bodies that were erased, which is no fault. */
  erased = 0;

  constructor(tenant: string, stream: string) {
    this.#tenant = tenant;
    this.#stream = stream;
  }

  /** Takes the next row and whatever bodies lie beside it. */
  take(row: AuditRow, bodies: readonly BodyRow[]): void {
    if (this.finding) return;
    const link = this.#readLink(row);
    if ("kind" in link) {
      this.finding = this.#suspicion?.(null, null) ?? link;
      return;
    }
    if (this.#suspicion) {
      this.finding = this.#suspicion(link, null);
      return;
    }
    this.finding = this.#judgeNumber(link);
    if (this.finding || this.#suspicion) return;
    this.#judgeLink(link);
    if (!this.#suspicion) this.finding = this.#judgeBodies(link, bodies);
    this.#last = link;
  }

  /** A body whose entry is not there. */
  takeOrphan(body: BodyRow): void {
    this.finding ??= this.#found("removed", body.seq, `Entry ${body.seq} is missing, while its body is still there.`);
  }

  /** The stream ends here; an actor's row must agree. */
  end(head: ActorHead | null): void {
    if (this.finding) return;
    this.finding = this.#suspicion?.(null, head) ?? this.#judgeHead(head);
  }

  #readLink(row: AuditRow): Link | Finding {
    if (!hashEntry(row.entry).equals(row.hash))
      return this.#found(
        "changed",
        row.seq,
        `Entry ${row.seq} was changed: its text and its hash do not belong together.`,
      );
    const read = parse(row.entry);
    if (!read)
      return this.#found(
        "unreadable",
        row.seq,
        `Entry ${row.seq} is not an audit entry of version 1, the only one there is.`,
      );
    if (read.tenant !== this.#tenant || read.stream !== this.#stream)
      return this.#found(
        "foreign",
        row.seq,
        `Entry ${row.seq} was written as number ${read.seq} of ${read.stream} of tenant ${read.tenant} and does not belong here.`,
      );
    return { row, read };
  }

  #judgeNumber({ row, read }: Link): Finding | null {
    const expected = (this.#last?.row.seq ?? 0) + 1;
    const { seq } = row;
    if (seq < expected)
      return this.#found(
        "inserted",
        seq,
        `Entry ${seq} is there although the stream ${this.#last ? `already has its number ${seq}` : "begins with 1"}.`,
      );
    if (seq > expected)
      return read.seq === expected
        ? this.#found("reordered", expected, `Entry ${expected} now stands at number ${seq}.`)
        : this.#found(
            "removed",
            expected,
            seq === expected + 1 ? `Entry ${expected} is missing.` : `Entries ${expected} to ${seq - 1} are missing.`,
          );
    if (read.seq === seq) return null;
    if (read.seq < seq) return this.#judgeEarlier({ row, read });
    // A later entry stands here. If what follows was moved up with it, this one's place is empty; if not, two changed places.
    this.#suspicion = (next) =>
      next && next.read.seq <= next.row.seq
        ? this.#found("reordered", seq, `At number ${seq} stands what was written as entry ${read.seq}.`)
        : this.#found("removed", seq, `Entry ${seq} is missing and later ones were renumbered to hide it.`);
    return null;
  }

  /** An earlier entry stands here: either it is a copy, or the one before it was put in front of it. */
  #judgeEarlier({ row, read }: Link): Finding {
    const last = this.#last;
    const pushed =
      last && read.seq === last.read.seq && read.prev === last.read.prev && !sameBytes(row.hash, last.row.hash);
    const seq = pushed ? last.row.seq : row.seq;
    return this.#found(
      "inserted",
      seq,
      `Entry ${seq} was put in: at number ${row.seq} stands what was written as entry ${read.seq}.`,
    );
  }

  #judgeLink(link: Link): void {
    const last = this.#last;
    if (link.read.prev === (last ? toHex(last.row.hash) : "0".repeat(64))) return;
    const changed = (seq: number) =>
      this.#found(
        "changed",
        seq,
        `Entry ${seq} was rewritten with a new hash: its neighbour was not written beside it.`,
      );
    const { seq } = link.row;
    // The link to the one before is broken. If the link to the next is broken as well, this one was rewritten, else that one.
    this.#suspicion = (next, head) => {
      const fits = next
        ? next.read.prev === toHex(link.row.hash)
        : head === null || sameBytes(head.head, link.row.hash);
      return changed(last && fits ? last.row.seq : seq);
    };
  }

  #judgeBodies({ row, read }: Link, bodies: readonly BodyRow[]): Finding | null {
    const changed = (why: string) =>
      this.#found("body-changed", row.seq, `The body of entry ${row.seq} was changed: ${why}.`);
    const kept = bodies.filter((body) => body.text !== null);
    if (read.body === null) return kept.length > 0 ? changed("the entry was written without one") : null;
    if (kept.length > 1) return changed("there are several and the entry was written with one");
    const [body] = kept;
    if (!body || body.text === null) {
      this.erased += 1;
      return null;
    }
    if (!body.salt) return changed("its salt is missing and it was not erased");
    return bodyDigest(body.salt, body.text) === read.body
      ? null
      : changed("text and salt do not give the digest in the entry");
  }

  #judgeHead(head: ActorHead | null): Finding | null {
    const last = this.#last?.row;
    if (!last) return null;
    if (!head) {
      if ((commonStreams as readonly string[]).includes(this.#stream)) return null;
      return this.#found("foreign", 1, `The stream ${this.#stream} belongs to no actor there is.`);
    }
    if (head.seq > last.seq)
      return this.#found(
        "truncated",
        last.seq + 1,
        `The stream ends with entry ${last.seq}, but its actor has come to ${head.seq}: the newest were cut off.`,
      );
    if (head.seq < last.seq)
      return this.#found(
        "inserted",
        head.seq + 1,
        `The stream goes on to entry ${last.seq}, but its actor has only come to ${head.seq}.`,
      );
    return sameBytes(head.head, last.hash)
      ? null
      : this.#found("changed", last.seq, `Entry ${last.seq} or its actor's row was rewritten: their hashes differ.`);
  }

  #found(kind: ChangeKind, seq: number, sentence: string): Finding {
    return { tenant: this.#tenant, stream: this.#stream, seq, kind, sentence };
  }
}

function parse(entry: string): Read | null {
  try {
    return Read.safeParse(JSON.parse(entry)).data ?? null;
  } catch {
    return null;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
