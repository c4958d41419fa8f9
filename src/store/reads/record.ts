import { isId } from "../../domain/ids.ts";
import type { Run } from "../../http/reads.ts";
import { permits } from "../../people/people.ts";
import type { Queryable } from "../database.ts";
import { findPeople } from "../people.ts";
import { runById } from "./runs.ts";

/**
 * The caller's own run, or another by its id or R-... if whoever asked for the caller's may see it. Null where there is none,
 * where they may not, and where several runs have that short name.
 */
export async function recordedRun(
  db: Queryable,
  asked: { tenant: string; wanted: string | null; ownId: string; readerId: string | null },
): Promise<Run | null> {
  const { tenant, wanted, ownId, readerId } = asked;
  const id = wanted === null ? ownId : isId(wanted) ? wanted : await idOf(db, tenant, wanted);
  const run = id === null ? null : await runById(db, tenant, id);
  if (run === null || run.id === ownId) return run;
  const [reader] = readerId === null ? [] : await findPeople(db, tenant, [readerId]);
  return reader && permits(reader, "run.read", { requesterId: run.requesterId }).ok ? run : null;
}

async function idOf(db: Queryable, tenant: string, short: string): Promise<string | null> {
  const found = await db.query<{ id: string }>(
    "select id from steward.actor where tenant_id = $1 and short = $2 and machine = 'plan' limit 2",
    [tenant, short.toUpperCase()],
  );
  return found.length === 1 ? (found[0]?.id ?? null) : null;
}
