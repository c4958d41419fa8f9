import { type GateContext, gateOf } from "../../machines/gate.ts";
import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import { canonical, sha256 } from "../domain/json.ts";
import { mayAnswer } from "../gates/gates.ts";
import type { Ports, Press, Pressed } from "../http/ports.ts";
import type { Steward } from "../steward.ts";
import { findButton } from "../store/messages.ts";

/** Answers to gates, from the built-in chat's cards and from a gate's own page. */
export function gateDoors(steward: Steward): Ports["gates"] {
  const { db, tenant } = steward;
  return {
    async press({ token, ...rest }) {
      const button = await findButton(db, tenant, token);
      return button ? press(steward, rest, button) : { kind: "missing" };
    },
    decide: ({ gateId, answer, ...rest }) => press(steward, rest, { gateId, decision: answer, messageId: null }),
    mayAnswer: (person, gate) => mayAnswer(gateOf(gate.state as never, gate.context as unknown as GateContext), person),
  };
}

async function press(
  steward: Steward,
  press: Press,
  found: { gateId: string; decision: "approve" | "deny" | "change"; messageId: string | null },
): Promise<Pressed> {
  try {
    await steward.freshenRoles(press.person.id);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const by = press.person.id;
    await steward.refuse({
      tenant: steward.tenant,
      stream: "auth",
      because: "standing-unknown",
      by,
      door: press.surface,
    });
    const sentence = "Just now nobody can say which roles you hold, so nothing was decided. Try again in a minute.";
    return { kind: "refused", because: "not-yet", sentence };
  }
  const body = canonical({ gate: found.gateId, decision: found.decision, values: press.values });
  const outcome = await steward.kernel.press({
    tenant: steward.tenant,
    gateId: found.gateId,
    answer: found.decision,
    values: press.values,
    reason: press.values["reason"]?.slice(0, 1000) ?? null,
    by: press.person.id,
    surface: press.surface,
    inbox: {
      id: newId(),
      source: "web-press",
      // A key stands for one answer to one question: with anything else it is another press.
      deliveryKey: `${press.person.id}:${press.deliveryKey}:${sha256(body)}`,
      kind: "press",
      personId: press.person.id,
      body,
      outcome: null,
    },
    conversationId: found.messageId ? await conversationOf(steward, found.messageId) : null,
  });
  if (outcome.kind === "needs-change") return { kind: "form", fields: outcome.fields };
  return outcome.kind === "needs-reason"
    ? { kind: "form", fields: [{ name: "reason", label: "Why not? Whoever asked will see this.", required: true }] }
    : outcome;
}

async function conversationOf({ db, tenant }: Steward, messageId: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    "select conversation_id as id from steward.message where tenant_id = $1 and id = $2",
    [tenant, messageId],
  );
  return row?.id ?? null;
}
