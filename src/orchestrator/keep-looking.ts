/** Calls `look` again and again: at once while it says that there is more, else `everyMs` later. An error is told, and ends nothing. */
export function keepLooking(
  look: () => Promise<boolean>,
  everyMs: number,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  let stopping = false;
  let wake: () => void = () => undefined;
  const loop = async () => {
    while (!stopping) {
      const more = await look().catch((error: Error) => {
        onError(error);
        return false;
      });
      if (more) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, everyMs);
      });
    }
  };
  const stopped = loop();
  return {
    stop() {
      stopping = true;
      wake();
      return stopped;
    },
  };
}
