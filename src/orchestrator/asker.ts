import { type Person, systemName } from "../domain/incoming.ts";
import type { Batch } from "./batch.ts";

/** Whoever a run is asked for by, as those see it who are asked, and the manager of that person; null where there is none. */
export async function askerOf(
  batch: Batch,
  id: string | null,
): Promise<{ readonly id: string; readonly name: string; readonly manager: Person | null }> {
  const key = id?.startsWith("key:") ? await keyOf(batch, id) : null;
  const behind = key === null ? id : key.ownerId;
  const [person] = behind === null ? [] : await batch.people([behind]);
  const [manager = null] = person?.managerId ? await batch.people([person.managerId]) : [];
  if (key !== null) return { id: id ?? "", name: keyName(key.name, person?.name ?? key.ownerId), manager };
  // A system that asks is called by its name.
  const name = person?.name ?? (id === null ? "an API key" : (systemName(id) ?? id));
  return { id: id ?? "api", name, manager };
}

/** "key ci (for Ben)", or "key ci" when it is nobody's. */
export function keyName(name: string, owner: string | null): string {
  return owner === null ? `key ${name}` : `key ${name} (for ${owner})`;
}

function keyOf(batch: Batch, id: string): Promise<{ name: string; ownerId: string | null } | null> {
  return batch.once(`key:${id}`, async () => {
    const [key] = await batch.reads.query<{ name: string; ownerId: string | null }>(
      `select name, owner_id as "ownerId" from steward.api_key where tenant_id = $1 and id = $2`,
      [batch.tenant, id.slice("key:".length)],
    );
    return key ?? null;
  });
}
