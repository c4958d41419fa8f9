import type { Incoming } from "../domain/incoming.ts";
import type { Lessons } from "../inbox/lessons.ts";
import type { Lesson } from "../recognize/learner.ts";
import type { Database } from "./database.ts";
import { questions } from "./inbox.ts";

/** So many are kept of one person, and of a tenant; the oldest go first. */
const most = { person: 40, tenant: 400 };
const lookBackMs = 10 * 60_000;

/** What was said and not understood, and what it turned out to mean. */
export function lessonStore(db: Database): Lessons & {
  all(tenant: string): Promise<Lesson[]>;
  version(tenant: string): Promise<string>;
} {
  return {
    async misunderstood(tenant, personId, before) {
      const since = momentOf(before) - lookBackMs;
      const [row] = await db.query<{ id: string; body: string }>(
        `select id, body from steward.inbox where tenant_id = $1 and id < $2 and id > $3 and person_id = $4
           and outcome = any ($5::text[]) order by id desc limit 1`,
        [tenant, before, firstIdAt(since), personId, [...questions]],
        "misunderstood",
      );
      if (row === undefined) return null;
      const { text, place } = JSON.parse(row.body) as Incoming;
      return { id: row.id, text, place, agoMs: momentOf(before) - momentOf(row.id) };
    },
    async keep({ tenant, id, personId, text, intent }) {
      await db.tx(async (q) => {
        await q.query(
          `insert into learned_example (tenant_id, id, person_id, text, intent) values ($1, $2, $3, $4, $5)
           on conflict (tenant_id, id) do nothing`,
          [tenant, id, personId, text, intent],
        );
        await q.query(
          `delete from learned_example where tenant_id = $1 and (
             n in (select n from learned_example where tenant_id = $1 and person_id = $2 order by n desc offset $3)
             or n in (select n from learned_example where tenant_id = $1 order by n desc offset $4))`,
          [tenant, personId, most.person, most.tenant],
        );
      });
    },
    async of(tenant, personId) {
      const rows = await db.query<{ id: string; text: string; intent: string }>(
        "select id, text, intent from steward.learned_example where tenant_id = $1 and person_id = $2 order by n desc",
        [tenant, personId],
      );
      return rows.map(({ id, text, intent }) => ({ text, intent, at: new Date(momentOf(id)) }));
    },
    async forget(tenant, personId, text) {
      const gone = await db.query(
        "delete from steward.learned_example where tenant_id = $1 and person_id = $2 and coalesce(text = $3, true) returning id",
        [tenant, personId, text ?? null],
      );
      return gone.length;
    },
    all: (tenant) =>
      db.query<Lesson>(
        `select text, intent, person_id as "personId" from steward.learned_example where tenant_id = $1 order by n desc`,
        [tenant],
      ),
    async version(tenant) {
      const [row] = await db.query<{ version: string }>(
        `select concat(count(*), ':', max(n)) as version from steward.learned_example where tenant_id = $1`,
        [tenant],
        "learned-version",
      );
      return row?.version ?? "";
    },
  };
}

/** The time in a UUIDv7, in milliseconds. */
export function momentOf(id: string): number {
  return Number.parseInt(id.replace("-", "").slice(0, 12), 16);
}

/** No UUIDv7 made at this time or later is smaller. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
