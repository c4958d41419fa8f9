import type { Person } from "../domain/incoming.ts";
import type { Gate, Vote } from "./gate.ts";
import { isApprover } from "./gate.ts";
import { tally } from "./tally.ts";

/** One press of Approve or Deny, by whoever it is on whatever surface. `at` is an ISO instant from the one clock. */
export interface Press {
  readonly answer: "approve" | "deny";
  readonly reason?: string | null;
  readonly by: Person;
  /** The subject the pressed card showed. */
  readonly subjectHash: string;
  readonly surface: string;
  readonly at: string;
}

export type Refusal =
  | "own-request"
  | "not-an-approver"
  | "already-voted"
  | "expired"
  | "already-decided"
  | "superseded"
  | "not-yet"
  | "guest"
  | "bot"
  | "inactive";

/** What became of a press. "counted" still wants others; `withdrawn` is a deny by whoever asked. */
export type Decision =
  | { readonly kind: "approved"; readonly vote: Vote }
  | { readonly kind: "counted"; readonly vote: Vote; readonly missing: readonly string[] }
  | { readonly kind: "denied"; readonly vote: Vote; readonly withdrawn: boolean }
  | { readonly kind: "needs-reason" }
  | { readonly kind: "refused"; readonly because: Refusal };

/**
 * Judges one press by the roles the person holds now. Four-eyes holds even for an approver: nobody waves through their own
 * request, they may only withdraw it. A second press of the same person never counts, whatever the surface.
 */
export function decide(gate: Gate, press: Press): Decision {
  const because = refusal(gate, press);
  if (because) return { kind: "refused", because };
  const { id, name, roles } = press.by;
  const reason = press.reason?.trim() || null;
  const vote: Vote = {
    person: { id, name, roles },
    decision: press.answer,
    reason,
    surface: press.surface,
    subjectHash: press.subjectHash,
    at: press.at,
  };
  if (press.answer === "deny") {
    const withdrawn = gate.barred.includes(id) && !gate.changers?.includes(id);
    return reason === null && !withdrawn ? { kind: "needs-reason" } : { kind: "denied", vote, withdrawn };
  }
  const result = tally({ ...gate, votes: [...gate.votes, vote] });
  return result.kind === "pending" ? { kind: "counted", vote, missing: result.missing } : { kind: "approved", vote };
}

function refusal(gate: Gate, { answer, by, subjectHash, at }: Press): Refusal | null {
  if (gate.state === "new") return "not-yet";
  if (gate.state === "expired" || gate.state === "superseded") return gate.state;
  if (gate.state !== "open") return "already-decided";
  if (!(Date.parse(at) < Date.parse(gate.expiresAt))) return "expired";
  if (subjectHash !== gate.subjectHash) return "superseded";
  if (!by.active) return "inactive";
  if (gate.barred.includes(by.id)) return answer === "approve" ? "own-request" : null;
  if (by.kind !== "member") return by.kind;
  if (gate.votes.some((vote) => vote.person.id === by.id)) return "already-voted";
  return isApprover(gate, by) ? null : "not-an-approver";
}
