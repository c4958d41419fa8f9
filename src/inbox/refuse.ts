import type { Kernel } from "../orchestrator/kernel.ts";

/** Something that came to a door and was not let in. */
export interface Rejection {
  readonly tenant: string;
  readonly stream: "ingress" | "auth";
  readonly because: string;
  /** The person, where one is known. */
  readonly by: string | null;
  readonly door: string;
  /** What else the record should hold: small, and nothing secret. */
  readonly about?: Readonly<Record<string, string>>;
}

const perMinute = 100;

/**
 * Puts rejections on record. More than 100 a minute from one door to one stream would let anyone fill it: the rest is counted, and the
 * count is in the next minute's first entry.
 */
export function createRefuse(kernel: Kernel): (rejection: Rejection) => Promise<void> {
  const seen = new Map<string, { minute: number; count: number }>();
  return async ({ tenant, stream, because, by, door, about }) => {
    const minute = Math.floor(performance.now() / 60_000);
    const key = `${tenant} ${stream} ${door}`;
    const before = seen.get(key);
    const count = before?.minute === minute ? before.count + 1 : 1;
    seen.set(key, { minute, count });
    if (count > perMinute) return;
    const skipped =
      before !== undefined && before.minute !== minute && before.count > perMinute ? before.count - perMinute : 0;
    await kernel.do({
      tenant,
      actors: [],
      run: (batch) =>
        batch.record(stream, "rejected", by ?? "system", {
          because,
          door,
          ...about,
          ...(skipped > 0 ? { skipped } : {}),
        }),
    });
  };
}
