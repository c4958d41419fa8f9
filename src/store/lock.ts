import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Fault } from "../domain/fault.ts";
import { makeFolder, unusable } from "./folder.ts";

/**
 * Takes the lock of a data folder: a file beside the database with our pid and start time. Two PGlite processes on one
 * folder silently lose writes, so the second is refused; a lock whose process is dead is taken over. Returns the release.
 */
export function lockFolder(file: string): () => void {
  const folder = dirname(file);
  makeFolder(folder);
  for (let tries = 0; tries < 2; tries++) {
    try {
      const handle = openSync(file, "wx");
      writeSync(handle, identityOf(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw unusable(folder, error);
      const holder = readFileSync(file, "utf8");
      const pid = Number(holder.split(" ")[0]);
      if (pid !== process.pid && alive(pid) && identityOf(pid) === holder)
        throw new Fault(
          "in-use",
          `The data folder is in use by process ${pid} (${file}). Stop that Steward, or give this one another STEWARD_DATA_DIR.`,
        );
      try {
        rmSync(file, { force: true });
      } catch (stays) {
        throw unusable(folder, stays);
      }
    }
  }
  throw new Fault("bad-config", `The lock ${file} is being taken by another Steward that starts at this moment.`);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/** "pid starttime": on Linux a pid that was given to another process meanwhile is seen; elsewhere the pid must do. */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return String(pid);
  }
}
