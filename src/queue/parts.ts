import type { HeldJob, NewJob } from "../orchestrator/queue.ts";

/** What pg-boss 12.35 itself would insert, as part of the batch's own statement; a test compares the two rows column by column. */
export function jobParts(jobs: readonly NewJob[], completed: readonly HeldJob[]) {
  return {
    queued: {
      rows: jobs.map(({ id, queue, data, key, startAfterMs, mine }) => ({
        id,
        queue,
        data,
        key: key ?? null,
        after: startAfterMs ?? 0,
        mine,
      })),
      columns: `id uuid, queue text, data jsonb, key text, after bigint, mine boolean`,
      sql: `insert into pgboss.job_common (id, name, data, priority, state, start_after, created_on, started_on, heartbeat_on, singleton_key,
              expire_seconds, deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds,
              blocked, blocking, pending_dependencies)
            select r.id, r.queue, r.data, 0, case when r.mine then 'active' else 'created' end::pgboss.job_state, c.now + r.after * interval '1 millisecond', c.now,
              case when r.mine then c.now end, case when r.mine then c.now end, r.key,
              q.expire_seconds, q.deletion_seconds, c.now + q.retention_seconds * interval '1 second', q.retry_limit, q.retry_delay, coalesce(q.retry_backoff, false),
              q.retry_delay_max, q.policy, q.dead_letter, q.heartbeat_seconds, false, false, 0
            from (select * FROM r) r join pgboss.queue q on q.name = r.queue cross join (select pgboss.job_now() as now) c
            on conflict do nothing`,
    },
    // A finished job has told its story in the audit: it is deleted, which costs less than marking it and deleting it later.
    completed: {
      rows: completed.map(({ id, queue, retryCount }) => ({ id, queue, retryCount })),
      columns: `id uuid, queue text, "retryCount" int`,
      sql: `delete from pgboss.job_common j using (select * FROM r) r where j.name = r.queue and j.id = r.id and j.state = 'active' and j.retry_count = r."retryCount"`,
    },
  };
}
