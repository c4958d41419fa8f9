import type { Person } from "../domain/incoming.ts";
import type { Gate } from "./gate.ts";
import type { SubjectEffect } from "./subject.ts";
import { covers } from "./subject.ts";
import { tally } from "./tally.ts";

/** Whether an approval may be used for an effect, and the sentence for the record when it may not. */
export type Execution =
  | { readonly kind: "ok" }
  | {
      readonly kind: "refused";
      readonly because: "not-approved" | "consumed" | "changed" | "voter-lost-role";
      readonly sentence: string;
    };

/**
 * Checked in the transaction that consumes: the gate is approved, its subject names exactly this effect as it would run now,
 * it was not used for it before, and its voters, with the roles they hold now, would still be enough. A voter who is not in
 * `voters`, is inactive or no longer a member does not count.
 */
export function checkExecution(gate: Gate, effect: SubjectEffect, voters: readonly Person[]): Execution {
  if (gate.state !== "approved") return refused("not-approved", `The gate is ${gate.state}, not approved`);
  if (!covers(gate.subject, effect))
    return refused(
      "changed",
      `What ${effect.tool} would do now is not what was approved: its arguments, contract or target changed`,
    );
  if (gate.consumed.includes(effect.effectId))
    return refused("consumed", `This approval was already used for effect ${effect.effectId}`);
  const present = new Map(
    voters.filter((person) => person.active && person.kind === "member").map((person) => [person.id, person]),
  );
  const votes = gate.votes.flatMap((vote) => {
    const { id, name, roles } = present.get(vote.person.id) ?? { id: "", name: "", roles: [] };
    return id === "" ? [] : [{ ...vote, person: { id, name, roles } }];
  });
  const now = tally({ ...gate, votes });
  if (now.kind === "approved") return { kind: "ok" };
  const missing = now.kind === "pending" ? now.missing.join(" and ") : "a vote that is not a deny";
  return refused("voter-lost-role", `With the roles its voters hold now the approval lacks ${missing}`);
}

function refused(because: Extract<Execution, { kind: "refused" }>["because"], sentence: string): Execution {
  return { kind: "refused", because, sentence };
}
