import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import { Batch, type Surroundings } from "./batch.ts";
import type { HeldJob, Queue } from "./queue.ts";
import { type ActorRow, type KernelStore, Moved } from "./store.ts";

/** Something to be done in one transaction: what it returns, the caller gets once it is committed. */
export interface Deed<T> {
  readonly tenant: string;
  /** Actors it will need: read with those of the whole batch. */
  readonly actors: readonly string[];
  /** People whose present roles it will judge: read in the same statement. */
  readonly people?: readonly string[];
  /** The job it settles, in the same transaction. */
  readonly job?: HeldJob;
  run(batch: Batch): Promise<T>;
}

/** What a commit needs of the queue. */
type Placing = Pick<Queue, "place" | "committed" | "dropped">;

interface Waiting {
  readonly deed: Deed<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Deeds in all lanes' batches: two lanes of half the size let the database write one while the other is computed. */
const atOnce = 50;
const tries = 15;

/**
 * Commits deeds in batches. One at a time when idle; while a batch is being written the next collects, so under load they
 * grow by themselves. What moved under a batch undoes it: it is tried once more as a whole, reading everything afresh, and
 * only then in halves until each deed is alone. (Measured with 160 letters to one actor on two replicas: 32 writes and 210 ms
 * when it was halved at once, 17 writes and 100 ms so; 40 letters of which 5 were known: 44 writes and 480 ms, 8 and 90 ms so.)
 */
export class Advancer {
  readonly #store: KernelStore;
  readonly #queue: Placing;
  readonly #around: Surroundings;
  readonly #waiting: Waiting[] = [];
  readonly #lanes: number;
  readonly #largest: number;
  readonly #remembered = new Recent<ActorRow>(2000);
  readonly #listeners = new Set<(moved: readonly ActorRow[]) => void>();
  #busy = 0;

  constructor(store: KernelStore, queue: Placing, around: Surroundings, lanes: number) {
    this.#store = store;
    this.#queue = queue;
    this.#around = around;
    this.#lanes = lanes;
    this.#largest = Math.ceil(atOnce / lanes);
  }

  do<T>(deed: Deed<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ deed, resolve: resolve as (value: unknown) => void, reject });
    this.#pump();
    return promise;
  }

  /** Called after each commit with the actors as they are now. */
  onCommit(listener: (moved: readonly ActorRow[]) => void): void {
    this.#listeners.add(listener);
  }

  #pump(): void {
    if (this.#busy >= this.#lanes || this.#waiting.length === 0) return;
    this.#busy++;
    // One turn of the event loop lets deeds that arrive together travel together.
    setImmediate(() => {
      const tenant = this.#waiting[0]?.deed.tenant;
      const batch: Waiting[] = [];
      for (let i = 0; i < this.#waiting.length && batch.length < this.#largest; )
        if (this.#waiting[i]?.deed.tenant === tenant) batch.push(...this.#waiting.splice(i, 1));
        else i++;
      void this.#settle(batch).finally(() => {
        this.#busy--;
        this.#pump();
      });
      this.#pump();
    });
  }

  async #settle(batch: Waiting[], careful = false): Promise<void> {
    if (batch.length === 0) return;
    if (batch.length > 1) {
      try {
        const results = await this.#commit(
          batch.map((each) => each.deed),
          careful,
        );
        for (const [i, each] of batch.entries()) each.resolve(results[i]);
        return;
      } catch (error) {
        if (error instanceof Fault && error.code === "store-unavailable") {
          for (const each of batch) each.reject(error);
          return;
        }
        if (error instanceof Moved && !careful) return this.#settle(batch, true);
        // One of them is at fault, or it moved again: halves until it is alone.
        const half = batch.length >> 1;
        await this.#settle(batch.slice(0, half));
        await this.#settle(batch.slice(half));
        return;
      }
    }
    for (const each of batch) await this.#alone(each);
  }

  async #alone(each: Waiting): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const [result] = await this.#commit([each.deed], attempt > 1);
        each.resolve(result);
        return;
      } catch (error) {
        if (!(error instanceof Moved)) return each.reject(error);
        if (attempt === tries)
          return each.reject(
            new Fault("store-unavailable", "Too much is happening to this at once. Try again in a moment.", {
              cause: error,
              retryAfterMs: 1000,
            }),
          );
        await wait(Math.random() * attempt * 5);
      }
    }
  }

  async #commit(deeds: readonly Deed<unknown>[], careful: boolean): Promise<unknown[]> {
    const tenant = deeds[0]?.tenant ?? "";
    const batch = new Batch(tenant, this.#store, this.#around, careful);
    const ids = deeds.flatMap((deed) => deed.actors);
    await batch.preload(
      ids,
      deeds.flatMap((deed) => deed.people ?? []),
      this.#remembered,
    );
    const results: unknown[] = [];
    for (const deed of deeds) {
      batch.nextDeed();
      results.push(await deed.run(batch));
    }
    const completed = deeds.flatMap((deed) => (deed.job ? [deed.job] : []));
    const { writes, jobs } = batch.finish();
    const placed = this.#queue.place(jobs);
    try {
      await this.#store.write(tenant, batch.now, writes, placed, completed);
    } catch (error) {
      this.#queue.dropped(placed);
      for (const { id } of [...writes.begun, ...writes.unmoved, ...writes.moved.map((each) => each.row)])
        this.#remembered.delete(id);
      throw error;
    }
    this.#queue.committed(placed);
    const moved = [...writes.begun, ...writes.moved.map(({ row }) => row)];
    for (const row of moved) if (row.seq > (this.#remembered.get(row.id)?.seq ?? 0)) this.#remembered.set(row.id, row);
    for (const listener of this.#listeners) listener(moved);
    return results;
  }
}

/** The most recently used entries, as many as it holds. */
class Recent<T> {
  readonly #entries = new Map<string, T>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(id: string): T | undefined {
    return this.#entries.get(id);
  }

  set(id: string, value: T): void {
    this.#entries.delete(id);
    this.#entries.set(id, value);
    const oldest = this.#entries.size > this.#size ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }
}
