import { Fault } from "../domain/fault.ts";

/** What of a place is needed to keep one note of ours there. A try of `remove` that finds nothing throws Fault("not-found"). */
export interface OneNote<N> {
  /** Our notes of this run that are there now, the oldest first. */
  readonly known: () => Promise<readonly N[]>;
  readonly says: (note: N) => boolean;
  readonly add: () => Promise<unknown>;
  readonly edit: (note: N) => Promise<unknown>;
  readonly remove: (note: N) => Promise<unknown>;
}

/**
 * Leaves one note that says what is to be said, where the place takes no key for one: who has added one looks again, and of
 * several (two callers at once, or a write that was given up and done all the same) the oldest is kept.
 */
export async function keepOne<N>({ known, says, add, edit, remove }: OneNote<N>): Promise<void> {
  let ours = await known();
  if (ours.length === 0) {
    await add();
    ours = await known();
  }
  const [oldest, ...others] = ours;
  if (oldest !== undefined && !says(oldest)) await edit(oldest);
  for (const other of others)
    try {
      await remove(other);
    } catch (error) {
      // Whoever looks at the same time may have removed it already. Who may not remove it lets it say the same.
      const code = error instanceof Fault ? error.code : null;
      if (code === "platform-refused") await edit(other);
      else if (code !== "not-found") throw error;
    }
}
