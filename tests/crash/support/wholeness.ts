import { expect } from "vitest";
import type { Query } from "./homes.ts";

/** What holds whenever everything has come to rest, whatever happened before. */
export async function wholeness(query: Query): Promise<void> {
  const none = async (what: string, text: string) => expect(await query(text), what).toEqual([]);
  await none("mail that nobody took", "select actor_id, key from steward.mail where taken_seq is null");
  await none("stuck actors", "select id, machine, stuck from steward.actor where stuck is not null");
  await none("actors that have not ended", "select id, machine, state, paused from steward.actor where not done");
  await none(
    "effects without a result",
    "select id, tool, state from steward.effect where state in ('pending', 'started', 'in_doubt')",
  );
  await none(
    "timers of nobody",
    "select t.id, a.state from steward.timer t join steward.actor a on a.id = t.actor_id where a.done",
  );
  await none("deliveries without an outcome", "select id, source from steward.inbox where outcome is null");
  await none(
    "messages not shown as wanted",
    "select key, wanted_version, shown_version from steward.message where wanted_version <> shown_version",
  );
  await none("messages a platform refused", "select key, refused from steward.message where refused is not null");
  await none(
    "messages posted twice",
    "select marker from steward.web_post where marker is not null group by marker having count(*) > 1",
  );
  await none(
    "posts of Steward that no message accounts for",
    "select p.id from steward.web_post p left join steward.message m on m.id = p.marker where p.from_id = 'steward' and m.id is null",
  );
  await none("things that somebody still has", "select thing, at_work from steward.occupant");
  await none("votes given twice", "select gate_id from steward.vote group by gate_id, person_id having count(*) > 1");
  // A courier that found the conversation busy looks once more later, whether or not there is anything left.
  await none(
    "jobs left",
    "select name, state, data from pgboss.job where state in ('created', 'active', 'retry') and name <> 'courier'",
  );
  await none("dead letters", "select data from pgboss.job where name = 'dead'");
}
