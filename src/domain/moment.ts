import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** A moment as people and models write it: an instant ("2026-11-21T10:00:00Z") or how long ago ("30m"). */
export const Moment = z.union(
  [
    z.iso.datetime({ offset: true }),
    z
      .string()
      .max(40)
      .refine((text) => parseDuration(text) !== null),
  ],
  "must be an instant such as 2026-11-21T10:00:00Z, or how long ago, such as 30m",
);

/** The instant that a Moment means at `now`. */
export function instantOf(moment: string, now: Date): Date {
  const ago = parseDuration(moment);
  return ago === null ? new Date(moment) : new Date(now.getTime() - ago);
}
