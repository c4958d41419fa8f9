import type { ChangeField } from "../gates/gates.ts";
import type { InboxRow } from "./store.ts";

/** One press of Approve, Deny, or Change and approve, from whatever surface. */
export interface GatePress {
  readonly tenant: string;
  readonly gateId: string;
  readonly answer: "approve" | "deny" | "change";
  /** What was filled in beside the button. */
  readonly values?: Readonly<Record<string, string>>;
  readonly reason: string | null;
  readonly by: string;
  readonly surface: string;
  readonly inbox: InboxRow;
  /** Where a refusal is shown, to the person alone. */
  readonly conversationId: string | null;
}

export type PressOutcome =
  | {
      readonly kind: "decided";
      readonly outcome: "approved" | "denied" | "counted" | "changed";
      readonly sentence: string;
    }
  | { readonly kind: "needs-reason" }
  /** Press again with these values. */
  | { readonly kind: "needs-change"; readonly fields: readonly ChangeField[] }
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  | { readonly kind: "missing" };
