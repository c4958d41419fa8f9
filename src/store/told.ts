import type { Incoming } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Queryable } from "./database.ts";

const most = 500;

/** What a system told under this name lately, newest first. */
export async function toldBy(
  q: Queryable,
  tenant: string,
  source: string,
  event: string,
): Promise<{ at: string; data: JsonObject }[]> {
  const rows = await q.query<{ at: string; body: string }>(
    `select received_at as at, body from steward.inbox where tenant_id = $1 and source = $2 and kind = 'event' order by id desc limit ${most}`,
    [tenant, source],
  );
  return rows.flatMap(({ at, body }) => {
    const { text, data = {} } = JSON.parse(body) as Incoming;
    return text === event ? [{ at: new Date(at).toISOString(), data }] : [];
  });
}
