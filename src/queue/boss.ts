import { PgBoss } from "pg-boss";
import { unconfined } from "../domain/egress.ts";
import { newId } from "../domain/ids.ts";
import type { HeldJob, Job, NewJob, Queue, QueueName, Statements } from "../orchestrator/queue.ts";

/** What pg-boss needs of the database: the same pool the store uses. */
export interface QueueDatabase {
  readonly kind: "postgres" | "pglite";
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  script(text: string): Promise<Record<string, unknown>[]>;
}

/** pg-boss's seam: one method. */
interface SqlRunner {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

// A killed worker's jobs come back within heartbeat + supervision + poll: 10 + 5 + 1 s.
const heartbeatSeconds = 10;
const pollMs = 1000;
const queues: readonly QueueName[] = ["dead", "route", "effect", "courier"];

/** pg-boss behind the port. It stores, claims, retries and supervises; the loop that fetches is ours, woken by commits. */
export async function openQueue(db: QueueDatabase, onError: (error: Error) => void): Promise<Queue> {
  const sql: SqlRunner = {
    executeSql: async (text, values) => ({
      rows: values?.length ? await db.query(text, values) : await db.script(text),
    }),
  };
  const boss = new PgBoss({
    db: sql,
    backend: db.kind,
    schema: "pgboss",
    createSchema: false,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    monitorVacuum: false,
    reindex: false,
  });
  boss.on("error", onError);
  await boss.start();
  for (const name of queues)
    await boss.createQueue(name, {
      heartbeatSeconds,
      retryLimit: 8,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds: 3600,
      deleteAfterSeconds: 3600,
      ...(name === "dead" ? {} : { deadLetter: "dead" }),
      ...(name === "courier" ? { policy: "short" } : {}),
    });
  // PGlite has one connection: a queue that is not in pg-boss's memory when a transaction adds to it would hang. And after a
  // crash nobody else can hold these jobs, so they go back at once instead of waiting for a missed heartbeat.
  for (const name of queues) await boss.getQueue(name);
  if (db.kind === "pglite") await reclaim(boss, db);
  for (const name of queues) await boss.insert(name, []).catch(() => null);
  return new BossQueue(boss, onError);
}

async function reclaim(boss: PgBoss, db: QueueDatabase): Promise<void> {
  const held = await db.query("select name, id from pgboss.job where state = 'active'");
  for (const job of held)
    await boss.fail(job["name"] as string, job["id"] as string, { message: "the process that held it ended" });
  await db.query("update pgboss.job set start_after = pgboss.job_now() where state = 'retry'");
}

interface Worker {
  readonly wake: () => void;
  readonly stopped: Promise<unknown>;
  /** How many more jobs it could hold now. */
  places: number;
  /** Runs jobs whose places were taken already. */
  run(jobs: HeldJob[]): void;
}

class BossQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #onError: (error: Error) => void;
  readonly #workers = new Map<QueueName, Worker[]>();
  readonly #held = new Map<string, HeldJob>();
  readonly #busy = new Set<Promise<void>>();
  #stopping = false;
  readonly #beat: NodeJS.Timeout;

  constructor(boss: PgBoss, onError: (error: Error) => void) {
    this.#boss = boss;
    this.#onError = onError;
    this.#beat = setInterval(() => void this.#touch(), (heartbeatSeconds * 1000) / 3);
  }

  async add(on: Statements, jobs: readonly Job[]): Promise<void> {
    for (const [queue, list] of Map.groupBy(jobs, (job) => job.queue))
      await this.#boss.insert(
        queue,
        list.map((job) => ({
          data: job.data,
          ...(job.key ? { singletonKey: job.key } : {}),
          ...(job.startAfterMs ? { startAfter: Math.ceil(job.startAfterMs / 1000) } : {}),
        })),
        { db: asDb(on), returnId: false },
      );
  }

  async complete(on: Statements, jobs: readonly HeldJob[]): Promise<void> {
    for (const [queue, list] of Map.groupBy(jobs, (job) => job.queue)) {
      await this.#boss.complete(queue, list.map(attempt), null, { db: asDb(on) });
    }
  }

  work(queue: QueueName, options: { size: number; inFlight: number }, work: (job: HeldJob) => Promise<void>): void {
    this.#workers.set(queue, [...(this.#workers.get(queue) ?? []), this.#worker(queue, options, work)]);
  }

  wake(queue: QueueName): void {
    for (const worker of this.#workers.get(queue) ?? []) worker.wake();
  }

  place(jobs: readonly Job[]): NewJob[] {
    return jobs.map((job) => {
      const worker =
        job.startAfterMs || job.key || this.#stopping
          ? undefined
          : this.#workers.get(job.queue)?.find((each) => each.places > 0);
      if (worker) worker.places--;
      return { ...job, id: newId(), mine: worker !== undefined };
    });
  }

  committed(jobs: readonly NewJob[]): void {
    for (const [queue, list] of Map.groupBy(jobs, (job) => job.queue)) {
      const mine = list.filter((job) => job.mine).map(({ id, data }) => ({ queue, id, retryCount: 0, data }));
      if (mine.length > 0) this.#workers.get(queue)?.[0]?.run(mine);
      if (mine.length < list.length) this.wake(queue);
    }
  }

  dropped(jobs: readonly NewJob[]): void {
    for (const job of jobs) {
      const worker = job.mine ? this.#workers.get(job.queue)?.[0] : undefined;
      if (worker) worker.places++;
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const queue of queues) this.wake(queue);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([this.#idle(), late]);
    clearTimeout(timer);
    clearInterval(this.#beat);
    for (const job of this.#held.values())
      await this.#boss.fail(job.queue, [attempt(job)], { message: "handed back at shutdown" }).catch(this.#onError);
    await this.#boss.stop({ graceful: false, close: false });
  }

  /** No worker fetches any more, and what they held is done; what one of them commits at last may be work for another. */
  async #idle(): Promise<void> {
    await Promise.all([...this.#workers.values()].flat().map((worker) => worker.stopped));
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  /** One fetch loop. It does not wait for what it handed out: a slow job holds a place, not the others. */
  #worker(
    queue: QueueName,
    { size, inFlight }: { size: number; inFlight: number },
    work: (job: HeldJob) => Promise<void>,
  ): Worker {
    let signal = Promise.withResolvers<void>();
    const rest = async () => {
      const timer = setTimeout(() => signal.resolve(), pollMs);
      await signal.promise;
      clearTimeout(timer);
    };
    const run = (jobs: HeldJob[]) => {
      for (const job of jobs) {
        const done = this.#settle(job, work).finally(() => {
          this.#busy.delete(done);
          if (worker.places++ === 0) signal.resolve();
        });
        this.#busy.add(done);
      }
    };
    const loop = async () => {
      while (!this.#stopping) {
        signal = Promise.withResolvers<void>();
        const wanted = Math.min(size, worker.places);
        worker.places -= wanted;
        const jobs = wanted > 0 ? await this.#fetch(queue, wanted) : [];
        worker.places += wanted - jobs.length;
        if (jobs.length > 0) run(jobs);
        else if (!this.#stopping) await rest();
      }
    };
    const worker: Worker = { places: inFlight, run, wake: () => signal.resolve(), stopped: Promise.resolve() };
    return Object.assign(worker, { stopped: loop() });
  }

  async #fetch(queue: QueueName, size: number): Promise<HeldJob[]> {
    try {
      const fetched = await this.#boss.fetch<Record<string, string>>(queue, { batchSize: size, includeMetadata: true });
      return fetched.map((job) => ({ queue, id: job.id, retryCount: job.retryCount, data: job.data }));
    } catch (error) {
      this.#onError(error as Error);
      return [];
    }
  }

  async #settle(job: HeldJob, work: (job: HeldJob) => Promise<void>): Promise<void> {
    this.#held.set(job.id, job);
    try {
      // Whoever caused it may have been a tool at work; this is something else.
      await unconfined(() => work(job));
    } catch (error) {
      this.#onError(error as Error);
      // If it was completed all the same, it stays completed; else it is tried again.
      await this.#boss.fail(job.queue, [attempt(job)], { message: (error as Error).message }).catch(() => undefined);
    } finally {
      this.#held.delete(job.id);
    }
  }

  async #touch(): Promise<void> {
    for (const [queue, list] of Map.groupBy(this.#held.values(), (job) => job.queue))
      await this.#boss.touch(queue, list.map(attempt)).catch(this.#onError);
  }
}

function attempt(job: HeldJob): { id: string; retryCount: number } {
  return { id: job.id, retryCount: job.retryCount };
}

function asDb(on: Statements): SqlRunner {
  return { executeSql: async (text, values) => ({ rows: await on.query(text, values) }) };
}
