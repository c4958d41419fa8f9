import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import { decide, type Gate, sentenceFor } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import type { InboxRow } from "./store.ts";

/** One press of Approve or Deny, from whatever surface. */
export interface GatePress {
  readonly tenant: string;
  readonly gateId: string;
  readonly answer: "approve" | "deny";
  readonly reason: string | null;
  readonly by: string;
  readonly surface: string;
  readonly inbox: InboxRow;
  /** Where a refusal is shown, to the person alone. */
  readonly conversationId: string | null;
}

export type PressOutcome =
  | { readonly kind: "decided"; readonly outcome: "approved" | "denied" | "counted"; readonly sentence: string }
  | { readonly kind: "needs-reason" }
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  | { readonly kind: "missing" };

/** Judges a press by the gate's own rules and carries it out: inbox row, vote, the gate's turn and what follows, or a refusal on record. */
export async function judge(batch: Batch, press: GatePress): Promise<PressOutcome> {
  const row = await batch.actor(press.gateId);
  if (row?.machine !== "gate") return { kind: "missing" };
  if (!(await batch.inbox(press.inbox))) {
    // The same press, delivered again: it is answered as it was the first time.
    const known = await batch.reads.delivered(press.tenant, press.inbox.source, press.inbox.deliveryKey);
    return JSON.parse(known?.outcome ?? '{"kind":"missing"}') as PressOutcome;
  }
  const gate = { ...(row.snapshot as { context: Gate }).context, state: row.state as Gate["state"] };
  const [by] = await batch.people([press.by]);
  if (!by) throw new Fault("not-found", `There is no person ${press.by} here.`);
  const decision = decide(gate, {
    answer: press.answer,
    reason: press.reason,
    by,
    subjectHash: gate.subjectHash,
    surface: press.surface,
    at: batch.now,
  });
  const outcome = await carryOut(batch, press, by, gate, decision);
  const last = batch.writes.inbox.findLastIndex((inbox) => inbox.id === press.inbox.id);
  batch.writes.inbox[last] = { ...press.inbox, outcome: JSON.stringify(outcome) };
  return outcome;
}

async function carryOut(
  batch: Batch,
  press: GatePress,
  by: Person,
  gate: Gate,
  decision: ReturnType<typeof decide>,
): Promise<PressOutcome> {
  if (decision.kind === "needs-reason") return { kind: "needs-reason" };
  const sentence = sentenceFor(decision, gate);
  if (decision.kind === "refused") {
    await batch.record("auth", "refused", by.id, {
      because: decision.because,
      gate: press.gateId,
      surface: press.surface,
    });
    if (press.conversationId)
      batch.note(
        press.gateId,
        `refused:${press.inbox.id}`,
        press.conversationId,
        { text: sentence },
        { privateTo: by.id, urgent: true },
      );
    return { kind: "refused", because: decision.because, sentence };
  }
  const { vote } = decision;
  // The roles it was decided on are the roles held when it is written, or it is decided anew.
  batch.writes.held.push({ id: by.id, active: by.active, kind: by.kind, roles: by.roles });
  if (!gate.barred.includes(by.id) || vote.decision === "deny")
    batch.writes.votes.push({
      gateId: press.gateId,
      personId: by.id,
      decision: vote.decision,
      reason: vote.reason,
      roles: by.roles,
      surface: press.surface,
      subjectHash: vote.subjectHash,
    });
  await batch.mail(
    press.gateId,
    `vote:${by.id}`,
    {
      type: "vote",
      person: by as unknown as JsonObject,
      decision: vote.decision,
      reason: vote.reason,
      surface: press.surface,
      subjectHash: vote.subjectHash,
      at: vote.at,
    },
    by.id,
  );
  return { kind: "decided", outcome: decision.kind, sentence };
}
