import { oneLine, showHidden } from "../domain/text.ts";
import { argumentName } from "./argument.ts";
import type { Decision, Refusal } from "./decide.ts";
import type { Gate, ShownEffect } from "./gate.ts";
import { inWords } from "./policy.ts";

/** What the person who pressed is told, in private; `by` is their id. */
export function sentenceFor(decision: Decision, gate: Gate, by: string): string {
  switch (decision.kind) {
    case "approved":
      return "You approved it. Nothing more is needed, it goes ahead now.";
    case "counted":
      return `Your approval counts. Still needed: ${decision.missing.join(" and ")}.`;
    case "denied":
      return decision.withdrawn
        ? "You withdrew your request. Nothing will be done."
        : "You denied it. Nothing will be done, and whoever asked sees your reason.";
    case "needs-reason":
      return "Say in a few words why you deny it; whoever asked will see your reason.";
    case "refused":
      return refusedBecause(decision.because, gate, by);
  }
}

function refusedBecause(because: Refusal, gate: Gate, by: string): string {
  switch (because) {
    case "own-request":
      if (gate.changers?.includes(by)) return "You changed this, so somebody else has to approve it. You may deny it.";
      return "You asked for this yourself, so somebody else has to approve it. You may withdraw it with Deny.";
    case "not-an-approver":
      return `This needs ${whoMayApprove(gate)}; you are not among them.`;
    case "already-voted":
      return "You have already answered this; one person has one vote, on whatever surface.";
    case "expired":
      return `This expired at ${gate.expiresAt} and can no longer be answered. Ask again if it is still wanted.`;
    case "already-decided":
      return gate.state === "waived"
        ? "This needed no approval, so there is nothing to answer."
        : `This was already ${gate.state}; your answer changes nothing.`;
    case "superseded":
      return "What would be done has changed since this card was shown. Look for the newer card and answer that one.";
    case "not-yet":
      return "This question is not open yet. Try again in a moment.";
    case "guest":
      return "Guests cannot approve or deny. Ask a member with the right role.";
    case "bot":
      return "Bots cannot approve or deny; a person has to.";
    case "inactive":
      return "Your account is not active, so you cannot answer this.";
  }
}

/** Why a call that the policy would let pass is asked about; null when it is asked about for its own sake. */
export function steeredBecause({ steered, tainted = [], origins = {} }: Steered): string | null {
  if (steered !== true) return null;
  const from = new Set(tainted.map((name) => showHidden(oneLine(origins[name] ?? "outside"))));
  const names = tainted.map(argumentName).join(" and ");
  return `Asked because ${names} came from ${[...from].join(" and ")}: nobody here named ${tainted.length === 1 ? "it" : "them"}.`;
}

/** `"it leaks memory" (said by Ana)`: what a requester says, which nobody has checked. In quotes, so that it cannot pose as more. */
export function reasonGiven(reason: string, by: string): string {
  return `${showHidden(JSON.stringify(reason))} (said by ${by})`;
}

type Steered = Pick<ShownEffect, "steered" | "tainted" | "origins">;

/** "1 manager and 1 security (cara, dan), or ben": the policy in words, who that is today when known, and whom an escalation added. */
export function whoMayApprove(gate: Pick<Gate, "policy" | "escalatedTo">, names = ""): string {
  const more = gate.escalatedTo.map((to) => (to.kind === "person" ? to.name : `anyone with the role ${to.role}`));
  const asked = inWords(gate.policy.require) + (names === "" ? "" : ` (${names})`);
  return [asked, ...more].join(", or ");
}
