import type { Writes } from "../orchestrator/store.ts";
import { list, type Part } from "./batch-statement.ts";

/** What a batch writes about API keys and about the accounts that people say are theirs. */
export function accountParts(w: Writes): Record<string, Part> {
  return {
    keyed: {
      rows: w.keys.map((key) => ({ ...key, hash: key.hash.toString("hex") })),
      columns: `id text, name text, hash text, scopes json, "ownerId" text`,
      sql: `insert into steward.api_key (tenant_id, id, name, hash, scopes, owner_id) select $1, r.id, r.name, decode(r.hash, 'hex'), ${list("scopes")}, r."ownerId" FROM r`,
    },
    unkeyed: {
      guarded: true,
      rows: w.keysRevoked,
      columns: "id text",
      sql: "update steward.api_key k set revoked_at = $2::timestamptz FROM r where k.tenant_id = r.tenant and k.id = r.id and k.revoked_at is null returning 1",
    },
    linked: {
      guarded: true,
      rows: w.identities,
      columns: `"linkId" uuid, "personId" text, platform text, workspace text, "userId" text`,
      sql: `insert into steward.identity (tenant_id, platform, workspace, user_id, person_id, source)
            select l.tenant_id, l.platform, l.workspace, l.user_id, l.person_id, 'linked' FROM r
            join steward.link l on l.tenant_id = r.tenant and l.id = r."linkId" and l.person_id = r."personId"
              and (l.platform, l.workspace, l.user_id) = (r.platform, r.workspace, r."userId")
            on conflict do nothing returning 1`,
    },
    parted: {
      guarded: true,
      rows: w.identitiesGone,
      columns: `"personId" text, platform text, workspace text, "userId" text`,
      sql: `delete from steward.identity i using (select * FROM r) r where i.tenant_id = r.tenant and i.person_id = r."personId" and i.source = 'linked'
              and (i.platform, i.workspace, i.user_id) = (r.platform, r.workspace, r."userId") returning 1`,
    },
    partedLinks: {
      rows: w.identitiesGone,
      columns: `"personId" text, platform text, workspace text, "userId" text`,
      sql: `delete from steward.link l using (select * FROM r) r where l.tenant_id = r.tenant and l.person_id = r."personId"
              and (l.platform, l.workspace, l.user_id) = (r.platform, r.workspace, r."userId")`,
    },
    unlinked: {
      guarded: true,
      rows: w.linksGone,
      columns: `id uuid, "personId" text`,
      sql: `delete from steward.link l using (select * FROM r) r where l.tenant_id = r.tenant and l.id = r.id and l.person_id = r."personId"
              and not exists (select from steward.identity i where i.tenant_id = l.tenant_id and i.person_id = l.person_id
                and (i.platform, i.workspace, i.user_id) = (l.platform, l.workspace, l.user_id)) returning 1`,
    },
  };
}
