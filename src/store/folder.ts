import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Fault } from "../domain/fault.ts";

/** What the system's codes mean for whoever named the folder. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "Steward has no permission there",
  EPERM: "Steward has no permission there",
  EROFS: "its disk can only be read",
  ENOSPC: "its disk is full",
  EDQUOT: "its disk is full",
  ENOTDIR: "it is a file, or in one",
  EEXIST: "it is a file, or in one",
  ENOENT: "nothing can be made there",
  ENAMETOOLONG: "its name is too long",
};

/** Makes the data folder, and those above it, where they are not there. Throws Fault("bad-config") with why it cannot be used. */
export function makeFolder(folder: string): void {
  try {
    make(resolve(folder));
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Why nothing can be kept in the data folder, as a Fault("bad-config"). */
export function unusable(folder: string, error: unknown): Fault {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const why = reasons[code] === undefined ? message : `${reasons[code]} (${code})`;
  return new Fault(
    "bad-config",
    `STEWARD_DATA_DIR is "${folder}", which cannot be used: ${why}. Name a folder that Steward may write in.`,
    { cause: error },
  );
}

/** One folder after the other: where nothing can be made, such as in /proc, Node's own `recursive` tries for ever (24.21). */
function make(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there === undefined) make(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another Steward may start at this moment.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}
