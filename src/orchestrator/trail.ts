import { bodyDigest, type EntryKind, newSalt, nextEntry, type Stream } from "../audit/entry.ts";
import { canonical, type JsonObject } from "../domain/json.ts";
import type { Seen } from "./seen.ts";
import type { ActorRow, KernelReads, Writes } from "./store.ts";

/** What the first entry of a stream follows. */
export const noHead = Buffer.alloc(32);

/** The entries one batch adds: each follows the last of its stream, be that stored or written by this very batch. */
export class Trail {
  readonly #tenant: string;
  readonly #reads: Pick<KernelReads, "streamHead">;
  readonly #seen: Seen;
  readonly #writes: Pick<Writes, "audit" | "facts">;

  constructor(
    tenant: string,
    reads: Pick<KernelReads, "streamHead">,
    seen: Seen,
    writes: Pick<Writes, "audit" | "facts">,
  ) {
    this.#tenant = tenant;
    this.#reads = reads;
    this.#seen = seen;
    this.#writes = writes;
  }

  /** The next entry of an actor's own stream. Returns the actor one entry later. */
  advance(
    row: ActorRow,
    fields: {
      readonly kind: EntryKind;
      readonly by: string;
      readonly body: string | null;
      readonly data: JsonObject;
    },
  ): ActorRow {
    const stream: Stream = `actor:${row.id}`;
    const next = nextEntry(
      { seq: row.seq, hash: row.head },
      { tenant: this.#tenant, stream, at: new Date(this.#seen.now), ...fields },
    );
    this.#writes.audit.push({ stream, ...next });
    const moved = { ...row, seq: next.seq, head: next.hash };
    this.#seen.moves(moved);
    return moved;
  }

  /** The next entry of a stream that is no actor's, with an erasable body. */
  async record(
    stream: Stream,
    kind: EntryKind,
    by: string,
    data: JsonObject,
    body: JsonObject | null = null,
  ): Promise<void> {
    const pending = this.#writes.audit.filter((row) => row.stream === stream).at(-1);
    const head = pending ?? (await this.#reads.streamHead(this.#tenant, stream));
    const text = body === null ? null : canonical(body);
    const salt = newSalt();
    const next = nextEntry(
      { seq: head.seq, hash: head.hash ?? noHead },
      {
        tenant: this.#tenant,
        stream,
        at: new Date(this.#seen.now),
        kind,
        by,
        body: text === null ? null : bodyDigest(salt, text),
        data,
      },
    );
    this.#writes.audit.push({ stream, ...next });
    if (text !== null) this.#writes.facts.push({ stream, seq: next.seq, body: text, salt });
  }
}
