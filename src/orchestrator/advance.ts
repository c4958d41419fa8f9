import { Fault } from "../domain/fault.ts";
import { Batch, Moved, type Surroundings } from "./batch.ts";
import type { HeldJob, Queue, QueueName } from "./queue.ts";
import type { ActorRow, KernelStore } from "./store.ts";

/** Something to be done in one transaction: what it returns, the caller gets once it is committed. */
export interface Deed<T> {
  readonly tenant: string;
  /** Actors it will need: read with those of the whole batch. */
  readonly actors: readonly string[];
  /** The job it settles, in the same transaction. */
  readonly job?: HeldJob;
  run(batch: Batch): Promise<T>;
}

interface Waiting {
  readonly deed: Deed<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const largest = 50;
const tries = 6;

/**
 * Commits deeds in batches. One at a time when idle; while a batch is being written the next collects, so under load they
 * grow by themselves. What moved under a batch undoes it: each deed is then tried alone, reading everything afresh.
 */
export class Advancer {
  readonly #store: KernelStore;
  readonly #queue: Queue;
  readonly #around: Surroundings;
  readonly #waiting: Waiting[] = [];
  readonly #lanes: number;
  readonly #listeners = new Set<(moved: readonly ActorRow[]) => void>();
  #busy = 0;

  constructor(store: KernelStore, queue: Queue, around: Surroundings, lanes: number) {
    this.#store = store;
    this.#queue = queue;
    this.#around = around;
    this.#lanes = lanes;
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
      for (let i = 0; i < this.#waiting.length && batch.length < largest; )
        if (this.#waiting[i]?.deed.tenant === tenant) batch.push(...this.#waiting.splice(i, 1));
        else i++;
      void this.#settle(batch).finally(() => {
        this.#busy--;
        this.#pump();
      });
      this.#pump();
    });
  }

  async #settle(batch: Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    if (batch.length > 1) {
      try {
        const results = await this.#commit(batch.map((each) => each.deed), false);
        batch.forEach((each, i) => each.resolve(results[i]));
        return;
      } catch (error) {
        if (error instanceof Fault && error.code === "store-unavailable") {
          for (const each of batch) each.reject(error);
          return;
        }
        // One of them is at fault, or something moved: each alone will show.
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
        if (attempt < tries && movedUnderUs(error)) continue;
        each.reject(error);
        return;
      }
    }
  }

  async #commit(deeds: readonly Deed<unknown>[], careful: boolean): Promise<unknown[]> {
    const woken = new Set<QueueName>();
    let moved: readonly ActorRow[] = [];
    const results = await this.#store.transaction(async (tx) => {
      const batch = new Batch(deeds[0]?.tenant ?? "", tx, this.#around, careful);
      await batch.preload(deeds.flatMap((deed) => deed.actors));
      const results: unknown[] = [];
      for (const deed of deeds) {
        results.push(await deed.run(batch));
        if (deed.job) batch.completed.push(deed.job);
      }
      await batch.save((jobs) => tx.enqueue(jobs));
      if (batch.completed.length > 0) await this.#queue.complete(tx, batch.completed);
      for (const job of batch.jobs) woken.add(job.queue);
      moved = [...batch.writes.begun, ...batch.writes.moved.map(({ row }) => row)];
      return results;
    });
    for (const queue of woken) this.#queue.wake(queue);
    for (const listener of this.#listeners) listener(moved);
    return results;
  }
}

const raced = new Set(["23505", "40001", "40P01"]);
function movedUnderUs(error: unknown): boolean {
  return error instanceof Moved || raced.has((error as { code?: string }).code ?? "");
}
