import { isId } from "../../domain/ids.ts";
import type { Run } from "../../http/reads.ts";
import { permits } from "../../people/people.ts";
import type { Queryable } from "../database.ts";
import { findPeople } from "../people.ts";
import { runById } from "./runs.ts";

/**
 * The caller's own run, or another by its id or R-..., or the one that began the thread of the caller's ("this"), if whoever asked for the caller's may see it. Null where there is none,
 * where they may not, and where several runs have that short name.
 */
export async function recordedRun(
  db: Queryable,
  asked: { tenant: string; wanted: string | null; ownId: string; readerId: string | null },
): Promise<Run | null> {
  const { tenant, wanted, ownId, readerId } = asked;
  const id = await meant(db, tenant, wanted, ownId);
  const run = id === null ? null : await runById(db, tenant, id);
  if (run === null || run.id === ownId) return run;
  const [reader] = readerId === null ? [] : await findPeople(db, tenant, [readerId]);
  return reader && permits(reader, "run.read", { requesterId: run.requesterId }).ok ? run : null;
}

function meant(db: Queryable, tenant: string, wanted: string | null, ownId: string): Promise<string | null> | string {
  if (wanted === null) return ownId;
  if (wanted === "this") return firstHere(db, tenant, ownId);
  return isId(wanted) ? wanted : idOf(db, tenant, wanted);
}

/** The first run of the thread that this one is in; a thread that our own message began has its name only since then. */
async function firstHere(db: Queryable, tenant: string, ownId: string): Promise<string | null> {
  const [first] = await db.query<{ id: string }>(
    `select a.id from steward.actor o
     join steward.conversation here on here.tenant_id = $1 and here.id = o.conversation_id and here.thread <> ''
     join steward.conversation c on c.tenant_id = $1 and c.platform = here.platform and c.channel = here.channel
       and (c.thread = here.thread and c.workspace = here.workspace or c.begun = here.thread)
     join steward.message m on m.tenant_id = $1 and m.conversation_id = c.id
     join steward.actor a on a.tenant_id = $1 and a.id = m.actor_id and a.machine = 'plan' and a.id <> o.id
     where o.tenant_id = $1 and o.id = $2::uuid order by a.id limit 1`,
    [tenant, ownId],
  );
  return first?.id ?? null;
}

async function idOf(db: Queryable, tenant: string, short: string): Promise<string | null> {
  const found = await db.query<{ id: string }>(
    "select id from steward.actor where tenant_id = $1 and short = $2 and machine = 'plan' limit 2",
    [tenant, short.toUpperCase()],
  );
  return found.length === 1 ? (found[0]?.id ?? null) : null;
}
