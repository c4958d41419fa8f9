/** The queues: fast ones for routing and showing, slow ones for tools, so that neither waits for the other. */
export type QueueName = "route" | "effect" | "courier" | "dead";

/** Work to do. `key` (optional): while a job with this key waits, another is not added. */
export interface Job {
  readonly queue: QueueName;
  readonly data: Record<string, string>;
  readonly startAfterMs?: number;
  readonly key?: string;
}

/** A job that is about to be written. `mine`: it is written as already fetched by this process, which runs it after the commit. */
export interface NewJob extends Job {
  readonly id: string;
  readonly mine: boolean;
}

/** A job as a worker holds it: settling it names the attempt, so a worker that lost it settles nothing. */
export interface HeldJob {
  readonly queue: QueueName;
  readonly id: string;
  readonly retryCount: number;
  readonly data: Record<string, string>;
}

/** Runs statements inside somebody's transaction. */
export interface Statements {
  query<R = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<R[]>;
}

/** The queue, on the same database: jobs are added and completed inside the caller's transaction. */
export interface Queue {
  add(on: Statements, jobs: readonly Job[]): Promise<void>;
  complete(on: Statements, jobs: readonly HeldJob[]): Promise<void>;
  /**
   * Calls `work` for each job, fetching up to `size` at a time and holding at most `inFlight`, until stopped. `work` settles its job itself, in
   * a transaction; a job it throws over is tried again later and after its last try comes back through the queue "dead".
   */
  work(
    queue: QueueName,
    options: { readonly size: number; readonly inFlight: number },
    work: (job: HeldJob) => Promise<void>,
  ): void;
  /** Looks for jobs now: called after a commit that added some. Other replicas look within a second. */
  wake(queue: QueueName): void;
  /** Gives jobs their ids and keeps for this process as many as it can run at once: no fetch lies between the commit and the work. */
  place(jobs: readonly Job[]): NewJob[];
  /** They are committed: those that are ours begin, for the others workers look. */
  committed(jobs: readonly NewJob[]): void;
  /** They were not committed: their places are free again. */
  dropped(jobs: readonly NewJob[]): void;
  /** Takes no new job; resolves when those held are settled, or after `graceMs`, handing the rest back. */
  stop(graceMs: number): Promise<void>;
}
