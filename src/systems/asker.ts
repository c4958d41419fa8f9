import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import { permits } from "../people/people.ts";

/** Finds whoever asks, with the roles they hold now; null for whoever is no person. */
export type FindPerson = (tenant: string, id: string) => Promise<Person | null>;

/** Why somebody may not ask a system in their own words, as a sentence; null when they may. */
export type MayAsk = (tenant: string, requesterId: string | null) => Promise<string | null>;

/**
 * Members with one of the roles that `askedBy` names; where it names none, those who may read everything anyway. `what` is what
 * is asked, and `key` where steward.yaml says who may.
 */
export function mayAskBy(
  find: FindPerson,
  asked: { readonly what: string; readonly key: string; readonly askedBy: readonly string[] | null },
): MayAsk {
  return async (tenant, requesterId) => {
    const person = requesterId === null ? null : await find(tenant, requesterId);
    const { what, key, askedBy } = asked;
    if (person === null || !person.active || person.kind !== "member")
      return `Only members may ask ${what} in their own words.`;
    if (askedBy === null)
      return permits(person, "audit.read").ok
        ? null
        : `Asking ${what} in one's own words is for auditors and managers, unless ${key} in steward.yaml says who else may.`;
    return person.roles.some((role) => askedBy.includes(role))
      ? null
      : `Asking ${what} in one's own words needs the role ${askedBy.join(" or ")}.`;
  };
}

/**
 * What people ask among several systems of a kind. `chosen` gives the one that a name means, or says why none is: `refusal` is that
 * sentence or why it may not be asked, null when it may; `find` throws it as Fault("bad-request").
 */
export function askable<T extends { readonly mayAsk: MayAsk }>(chosen: (name: string | undefined) => T | string) {
  const judge = async (tenant: string, requesterId: string | null, name?: string | null): Promise<T | string> => {
    const found = chosen(name ?? undefined);
    return typeof found === "string" ? found : ((await found.mayAsk(tenant, requesterId)) ?? found);
  };
  return {
    async refusal(...asked: Parameters<typeof judge>): Promise<string | null> {
      const found = await judge(...asked);
      return typeof found === "string" ? found : null;
    },
    async find(...asked: Parameters<typeof judge>): Promise<T> {
      const found = await judge(...asked);
      if (typeof found === "string") throw new Fault("bad-request", found, { undone: true });
      return found;
    },
  };
}
