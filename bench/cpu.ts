import { existsSync, readdirSync, readFileSync } from "node:fs";

/** CPU time so far, in milliseconds: of this process, and of PostgreSQL's (null when its server is not on this machine). */
export interface CpuMs {
  readonly ours: number;
  readonly database: number | null;
}

/** Linux counts processes' time in hundredths of a second. */
const tickMs = 10;

/** `backendPid` is any backend of the server, as `pg_backend_pid()` says; null when the database runs in this process. */
export function cpuMs(backendPid: number | null): CpuMs {
  const { user, system } = process.cpuUsage();
  return { ours: (user + system) / 1000, database: backendPid === null ? null : serverMs(backendPid) };
}

/** The postmaster, its children, and those of its children that have ended. */
function serverMs(backendPid: number): number | null {
  const postmaster = statOf(backendPid)?.parent;
  if (postmaster === undefined) return null;
  let ticks = statOf(postmaster)?.endedChildren ?? 0;
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const stat = statOf(Number(name));
    if (stat && (stat.parent === postmaster || Number(name) === postmaster)) ticks += stat.own;
  }
  return ticks * tickMs;
}

/** See proc_pid_stat(5): after the name in parentheses, field 4 is the parent, 14 and 15 the own ticks, 16 and 17 the children's. */
function statOf(pid: number): { parent: number; own: number; endedChildren: number } | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  try {
    const text = readFileSync(file, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const at = (field: number) => Number(fields[field - 3]);
    return { parent: at(4), own: at(14) + at(15), endedChildren: at(16) + at(17) };
  } catch {
    // It ended between the two looks.
    return null;
  }
}
