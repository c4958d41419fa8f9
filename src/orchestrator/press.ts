import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import type { AnyTool } from "../domain/tool.ts";
import { decide, type Gate, sentenceFor } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import { change, mistaken } from "./change.ts";
import type { GatePress, PressOutcome } from "./gate-press.ts";
import type { ActorRow } from "./store.ts";
import { cast } from "./vote.ts";

/** Judges a press by the gate's own rules and carries it out: inbox row, vote, the gate's turn and what follows, or a refusal on record. */
export async function judge(
  batch: Batch,
  press: GatePress,
  tools: ReadonlyMap<string, AnyTool>,
): Promise<PressOutcome> {
  const row = await batch.actor(press.gateId);
  if (row?.machine !== "gate") return { kind: "missing" };
  if (!(await batch.inbox(press.inbox))) {
    // The same press, delivered again: it is answered as it was the first time.
    const known = await batch.reads.delivered(press.tenant, press.inbox.source, press.inbox.deliveryKey);
    return JSON.parse(known?.outcome ?? '{"kind":"missing"}') as PressOutcome;
  }
  const gate = gateIn(row);
  const [by] = await batch.people([press.by]);
  if (!by) throw new Fault("not-found", `There is no person ${press.by} here.`);
  const decision = decide(gate, {
    answer: press.answer === "deny" ? "deny" : "approve",
    reason: press.reason,
    by,
    subjectHash: gate.subjectHash,
    surface: press.surface,
    at: batch.now,
  });
  const outcome = await follow(tools, batch, press, by, row, decision);
  const last = batch.writes.inbox.findLastIndex((inbox) => inbox.id === press.inbox.id);
  batch.writes.inbox[last] = { ...press.inbox, outcome: JSON.stringify(outcome) };
  return outcome;
}

/** What follows from a press as it was judged. */
async function follow(
  tools: ReadonlyMap<string, AnyTool>,
  batch: Batch,
  press: GatePress,
  by: Person,
  row: ActorRow,
  decision: ReturnType<typeof decide>,
): Promise<PressOutcome> {
  if (decision.kind === "refused") return carryOut(batch, press, by, row, decision);
  const sentence = mistaken(press, row);
  if (sentence !== null) return { kind: "refused", because: "invalid", sentence };
  return press.answer === "change" ? change(tools, batch, press, by, row) : carryOut(batch, press, by, row, decision);
}

function gateIn(row: ActorRow): Gate {
  return { ...(row.snapshot as { context: Gate }).context, state: row.state as Gate["state"] };
}

async function carryOut(
  batch: Batch,
  press: GatePress,
  by: Person,
  row: ActorRow,
  decision: ReturnType<typeof decide>,
): Promise<PressOutcome> {
  const gate = gateIn(row);
  if (decision.kind === "needs-reason") return { kind: "needs-reason" };
  const sentence = sentenceFor(decision, gate, by.id);
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
  const asking = decision.kind === "approved" && row.parentId !== null ? await batch.actor(row.parentId) : null;
  const held = "You approved it. Nothing more is needed; it is held up now, and goes ahead when its run goes on.";
  await cast(batch, { id: press.gateId, barred: gate.barred }, by, decision.vote);
  return { kind: "decided", outcome: decision.kind, sentence: asking?.paused || asking?.stuck ? held : sentence };
}
