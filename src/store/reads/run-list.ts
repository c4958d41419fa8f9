import type { SQL } from "drizzle-orm";
import { and, asc, eq, sql } from "drizzle-orm";
import type { Reads, RunCounts, RunFilter, RunLine } from "../../http/reads.ts";
import type { Queryable } from "../database.ts";
import { actor, definition } from "../schema/kernel.ts";
import { personal } from "./personal.ts";
import { pinned, runLines } from "./runs.ts";
import { rows, select } from "./select.ts";

type Listed = Parameters<Reads["runs"]>[0];
type Counted = Parameters<Reads["countRuns"]>[0];

/** So many of the newest are counted at most: it is done again whenever something moves while the page is open. */
const mostCounted = 5000;
const mostWords = 8;

const any = sql`true`;
const open = sql`not ${actor.done}`;
const failed = sql`(${actor.done} and ${actor.state} = 'failed')`;
const states: Readonly<Record<NonNullable<RunFilter["state"]>, SQL>> = { open, failed, ended: sql`${actor.done}` };

/** Runs that fit, newest first. */
export function listRuns(db: Queryable, query: Listed): Promise<readonly RunLine[]> {
  const { tenant, limit, before, workflow } = query;
  const conditions = [
    inState(query),
    askedBy(query),
    workflow === undefined
      ? any
      : sql`${actor.definitionHash} in (select hash from ${definition} where tenant_id = ${tenant} and name = ${workflow})`,
    before === undefined ? any : sql`${actor.id} < ${before}::uuid`,
  ];
  return runLines(db, tenant, newest(query, conditions, limit));
}

/** How many fit each choice, of the newest that the words lead to. */
export async function countRuns(db: Queryable, query: Counted): Promise<RunCounts> {
  const { tenant, viewer, workflow } = query;
  const [state, asked] = [inState(query), askedBy(query)];
  const fields = {
    name: sql<string | null>`${definition.name}`,
    all: sql<number>`count(*)::int`,
    runs: sql<number>`(count(*) filter (where ${state} and ${asked}))::int`,
    open: sql<number>`(count(*) filter (where ${open} and ${asked}))::int`,
    failed: sql<number>`(count(*) filter (where ${failed} and ${asked}))::int`,
    mine: sql<number>`(count(*) filter (where ${state} and ${actor.requesterId} = ${viewer}))::int`,
  };
  const counting = select(fields)
    .from(actor)
    .leftJoin(definition, pinned)
    .where(and(eq(actor.tenantId, tenant), sql`${actor.id} = any (array(${newest(query, [], mostCounted + 1)}))`))
    .groupBy(definition.name)
    .orderBy(asc(definition.name));
  const found = await rows<typeof fields>(db, counting);
  const chosen = workflow === undefined ? found : found.filter(({ name }) => name === workflow);
  const sum = (key: "all" | "open" | "failed" | "mine", of = chosen) => of.reduce((total, one) => total + one[key], 0);
  const all = sum("all", found);
  return {
    all: Math.min(all, mostCounted),
    open: sum("open"),
    failed: sum("failed"),
    mine: sum("mine"),
    workflows: found.flatMap(({ name, runs }) => (name === null ? [] : [{ name, runs }])),
    isMore: all > mostCounted,
  };
}

function inState({ state }: RunFilter): SQL {
  return state === undefined ? any : states[state];
}

function askedBy({ requesterId }: RunFilter): SQL {
  return requesterId === undefined ? any : eq(actor.requesterId, requesterId);
}

/** The ids of the newest runs that may be seen, hold the words and fit. */
function newest(
  { tenant, onlyOf, personalOf, words }: Listed | Counted,
  conditions: readonly SQL[],
  limit: number,
): SQL {
  const others = sql`not exists (select from ${definition} d where d.tenant_id = ${actor.tenantId} and d.hash = ${actor.definitionHash}
    and ${sql.raw(personal("d.body"))})`;
  const seen = sql.join(
    [
      onlyOf === undefined ? any : eq(actor.requesterId, onlyOf),
      personalOf === undefined ? any : sql`(${actor.requesterId} = ${personalOf} or ${others})`,
    ],
    sql` and `,
  );
  const fit = sql.join([seen, ...conditions], sql` and `);
  const ids = sql`select ${actor.id} from ${actor} where ${actor.tenantId} = ${tenant} and ${actor.machine} = 'plan' and ${fit}`;
  if (words === undefined) return sql`${ids} order by ${actor.id} desc limit ${limit}`;
  // Fenced in, so that their own index finds rare words, and not a look at one run after the other from the newest on.
  return sql`select id from (${ids} and steward.run_words(${actor.short}, ${actor.name}) @@ ${sought(words)}::tsquery offset 0) found
    order by id desc limit ${limit}`;
}

/** What is looked for as PostgreSQL reads it: each word, or what begins with it. Only letters and figures are left of what was typed. */
function sought(typed: string): string {
  const words = typed.toLowerCase().match(/\br-[0-9a-z]{1,6}\b|[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .slice(0, mostWords)
    .map((word) => `'${word.replace("-", "")}':*`)
    .join(" & ");
}
