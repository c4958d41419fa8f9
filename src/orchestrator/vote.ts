import type { Person } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Vote } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";

/**
 * Casts a vote that was judged: its row, the gate's turn and what follows. The roles it was judged on are the roles held
 * when it is written, or it is judged anew.
 */
export async function cast(
  batch: Batch,
  gate: { readonly id: string; readonly barred: readonly string[] },
  by: Person,
  vote: Vote,
): Promise<void> {
  const { decision, reason, surface, subjectHash, at } = vote;
  batch.writes.held.push({ id: by.id, active: by.active, kind: by.kind, roles: by.roles });
  if (!gate.barred.includes(by.id) || decision === "deny")
    batch.writes.votes.push({
      gateId: gate.id,
      personId: by.id,
      decision,
      reason,
      roles: by.roles,
      surface,
      subjectHash,
    });
  const person = by as unknown as JsonObject;
  await batch.mail(
    gate.id,
    `vote:${by.id}`,
    { type: "vote", person, decision, reason, surface, subjectHash, at },
    by.id,
  );
}
