import type { Person } from "../domain/incoming.ts";
import type { ActorRow, KernelReads } from "./store.ts";

interface SeenActor {
  /** As it will be. */
  readonly row: ActorRow;
  readonly was: ActorRow;
  /** The seq it had; null for one that begins in this batch. */
  readonly from: number | null;
}

/** What one batch knows: the clock, people and actors, each read once, and the actors as its turns leave them. */
export class Seen {
  /** The one clock when the batch began: ISO, milliseconds. */
  now = "";
  readonly #tenant: string;
  readonly #reads: Pick<KernelReads, "look" | "query">;
  readonly #actors = new Map<string, SeenActor>();
  readonly #people = new Map<string, Person | null>();
  /** Groups of actors that begin in this batch, with who is open in them. */
  readonly #groups = new Map<string, string>();
  readonly #once = new Map<string, Promise<unknown>>();
  #remembered: { get(id: string): ActorRow | undefined } = new Map();

  constructor(tenant: string, reads: Pick<KernelReads, "look" | "query">) {
    this.#tenant = tenant;
    this.#reads = reads;
  }

  /** Actors that are known from an earlier commit need not be read again. */
  remember(rows: { get(id: string): ActorRow | undefined }): void {
    this.#remembered = rows;
  }

  /** Reads what is not known yet of these, in one statement. */
  async look(ids: readonly string[], people: readonly string[]): Promise<void> {
    for (const id of ids) {
      const row = this.#actors.has(id) ? undefined : this.#remembered.get(id);
      if (row) this.#actors.set(id, { row, was: row, from: row.seq });
    }
    const unread = [...new Set(ids)].filter((id) => !this.#actors.has(id));
    const unknown = [...new Set(people)].filter((id) => !this.#people.has(id));
    if (unread.length === 0 && unknown.length === 0 && this.now !== "") return;
    const found = await this.#reads.look(this.#tenant, unread, unknown);
    if (this.now === "") this.now = found.now;
    for (const row of found.actors) this.#actors.set(row.id, { row, was: row, from: row.seq });
    for (const id of unknown) this.#people.set(id, null);
    for (const person of found.people) this.#people.set(person.id, person);
  }

  async people(ids: readonly string[]): Promise<Person[]> {
    await this.look([], ids);
    return ids.flatMap((id) => this.#people.get(id) ?? []);
  }

  async actor(id: string): Promise<ActorRow | null> {
    await this.look([id], []);
    return this.#actors.get(id)?.row ?? null;
  }

  /** The open actor of this group; null when there is none. */
  async inGroup(openGroup: string): Promise<string | null> {
    const begun = this.#groups.get(openGroup);
    if (begun !== undefined) return begun;
    const [row] = await this.#reads.query<{ id: string }>(
      "select id from steward.actor where tenant_id = $1 and open_group = $2",
      [this.#tenant, openGroup],
    );
    return row?.id ?? null;
  }

  /** Something read once for the whole batch, whoever asks for it. */
  async once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#once.get(key) ?? read();
    this.#once.set(key, known);
    return known as Promise<T>;
  }

  has(actorId: string): boolean {
    return this.#actors.has(actorId);
  }

  /** An actor that is not stored yet. */
  begins(row: ActorRow): void {
    if (row.openGroup !== undefined) this.#groups.set(row.openGroup, row.id);
    this.#actors.set(row.id, { row, was: row, from: null });
  }

  /** An actor as it is from now on. */
  moves(row: ActorRow): void {
    const known = this.#actors.get(row.id) ?? { was: row, from: row.seq };
    this.#actors.set(row.id, { ...known, row });
  }

  actors(): Iterable<SeenActor> {
    return this.#actors.values();
  }
}
