/** Lets what concerns one thing happen one after the other, in the order in which it was asked for. What was given up while it waited is not begun. */
export function inTurns() {
  const last = new Map<string, Promise<void>>();
  return async <T>(thing: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const before = last.get(thing);
    const { promise: over, resolve: leave } = Promise.withResolvers<void>();
    const mine = Promise.all([before, over]).then(() => {
      if (last.get(thing) === mine) last.delete(thing);
    });
    last.set(thing, mine);
    try {
      await before;
      signal.throwIfAborted();
      return await work();
    } finally {
      leave();
    }
  };
}
