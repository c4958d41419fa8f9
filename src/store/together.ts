const largestBatch = 50;

/**
 * Does what is asked for in the same moment in one go: whatever comes while a batch is at work is the next batch, so that
 * batches form by themselves under load and are of one when idle. A batch that fails is done again one by one.
 */
export function together<I, O>(work: (items: readonly I[]) => Promise<readonly O[]>): (item: I) => Promise<O> {
  const waiting: { readonly item: I; resolve(output: O): void; reject(error: unknown): void }[] = [];
  let isAtWork = false;

  async function attempt(batch: typeof waiting): Promise<void> {
    try {
      const outputs = await work(batch.map(({ item }) => item));
      for (const [n, one] of batch.entries()) one.resolve(outputs[n] as O);
    } catch (error) {
      if (batch.length === 1) return batch[0]?.reject(error);
      for (const one of batch) await attempt([one]);
    }
  }

  async function run(): Promise<void> {
    isAtWork = true;
    while (waiting.length > 0) await attempt(waiting.splice(0, largestBatch));
    isAtWork = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isAtWork) void run();
    });
}
