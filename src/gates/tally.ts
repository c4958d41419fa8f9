import type { Gate, Voter } from "./gate.ts";
import { fills } from "./gate.ts";
import { inWords } from "./policy.ts";

/** How a gate stands: `missing` says in words which approvals are still needed ("1 manager"). */
export type Tally =
  | { readonly kind: "pending"; readonly missing: readonly string[] }
  | { readonly kind: "approved" }
  | { readonly kind: "denied"; readonly by: Voter; readonly reason: string | null };

/**
 * Counts votes. One person fills at most one place ("manager and security" needs two people), wherever they help most: a
 * largest matching of persons to places, so the order of votes cannot change the result. Votes of barred persons, votes on
 * another subject and second votes of the same person do not count; one deny ends it.
 */
export function tally(gate: Pick<Gate, "policy" | "votes" | "barred" | "escalatedTo" | "subjectHash">): Tally {
  const seen = new Set<string>();
  const counted = gate.votes.filter(({ person, subjectHash }) => {
    if (seen.has(person.id) || gate.barred.includes(person.id) || subjectHash !== gate.subjectHash) return false;
    seen.add(person.id);
    return true;
  });
  const denial = counted.find((vote) => vote.decision === "deny");
  if (denial) return { kind: "denied", by: denial.person, reason: denial.reason };

  const people = counted.map((vote) => vote.person).sort((a, b) => (a.id < b.id ? -1 : 1));
  const places = gate.policy.require.flatMap(({ role, count }) => Array<string>(count).fill(role));
  const filled = match(places, people, (place, person) => fills(person, place, gate.escalatedTo));
  const missing = gate.policy.require
    .map(({ role }) => ({ role, count: places.filter((place, i) => place === role && filled[i] === undefined).length }))
    .filter(({ count }) => count > 0);
  return missing.length === 0
    ? { kind: "approved" }
    : { kind: "pending", missing: missing.map((one) => inWords([one])) };
}

/** A largest matching by augmenting paths (Kuhn): for each place the index of its person, or undefined. */
function match<P, Q>(
  places: readonly P[],
  people: readonly Q[],
  fits: (place: P, person: Q) => boolean,
): (number | undefined)[] {
  const placeOf = new Map<number, number>();
  const seat = (place: number, tried: Set<number>): boolean => {
    for (const [i, person] of people.entries()) {
      if (tried.has(i) || !fits(places[place] as P, person)) continue;
      tried.add(i);
      const sitting = placeOf.get(i);
      if (sitting === undefined || seat(sitting, tried)) {
        placeOf.set(i, place);
        return true;
      }
    }
    return false;
  };
  for (const place of places.keys()) seat(place, new Set());
  const filled: (number | undefined)[] = places.map(() => undefined);
  for (const [person, place] of placeOf) filled[place] = person;
  return filled;
}
