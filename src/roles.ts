import type { StewardYaml } from "./config/schema.ts";
import { Fault } from "./domain/fault.ts";
import type { Platform } from "./domain/incoming.ts";
import type { ChatPlatform } from "./messages/platform.ts";
import { approversOf, identitiesOf, keepRolesFrom, roleSources } from "./store/chat.ts";
import type { Database } from "./store/database.ts";

/** Keeps the roles that come from groups of chat platforms as true as the platforms say. */
export interface GroupRoles {
  /**
   * Asks every platform whose groups could bring this person a role, through all their accounts there. Throws a Fault with
   * retryAfterMs when one cannot be asked that brought them a role before: then nobody knows whether they still hold it.
   */
  freshen(tenant: string, personId: string): Promise<void>;
  /** The same for everybody who approved a gate. */
  freshenApprovers(tenant: string, gateId: string): Promise<void>;
}

const retryAfterMs = 15_000;

export function createGroupRoles(
  db: Database,
  platforms: ReadonlyMap<Platform, ChatPlatform>,
  groups: StewardYaml["groups"],
): GroupRoles {
  const mapped = [...new Set(groups.map((group): Platform => group.platform))];

  async function freshen(tenant: string, personId: string): Promise<void> {
    if (mapped.length === 0) return;
    const before = await roleSources(db, tenant, personId);
    for (const platform of mapped) {
      const roles = await rolesNow(tenant, personId, platform).catch((error: unknown) => {
        if (!before.includes(platform) && error instanceof Fault) return null;
        throw new Fault("platform-busy", `${platform} cannot say just now which groups ${personId} is in.`, {
          retryAfterMs: (error instanceof Fault && error.retryAfterMs) || retryAfterMs,
          cause: error,
        });
      });
      if (roles !== null) await keepRolesFrom(db, tenant, personId, platform, roles);
    }
  }

  /** What the groups of all this person's accounts on a platform bring. */
  async function rolesNow(tenant: string, personId: string, name: Platform): Promise<string[]> {
    const accounts = await identitiesOf(db, tenant, personId, name);
    const platform = platforms.get(name);
    if (accounts.length > 0 && !platform)
      throw new Fault("platform-busy", `${name} is not connected here.`, { retryAfterMs });
    const standings = await Promise.all(accounts.map((account) => platform?.standing(account)));
    const held = standings.flatMap((standing) => (standing?.kind === "member" ? standing.groups : []));
    const roles = groups.filter(({ platform: on, group }) => on === name && held.includes(group));
    return [...new Set(roles.map(({ role }) => role))];
  }

  return {
    freshen,
    async freshenApprovers(tenant, gateId) {
      if (mapped.length === 0) return;
      for (const personId of await approversOf(db, tenant, gateId)) await freshen(tenant, personId);
    },
  };
}
