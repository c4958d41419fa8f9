import type { Intent } from "../domain/incoming.ts";

/** What is still to be said. Each choice's `say` is the whole sentence that answers it. */
export interface Missing {
  readonly param: string;
  readonly question: string;
  /** How it is said, where no example of the intent says it. */
  readonly form?: string;
  readonly choices?: readonly { readonly value: string; readonly say: string }[];
}

/** What a text asks for. Only `intent` may start anything. */
export type Recognition =
  /** `because` is a sentence: which phrase was said. */
  | { readonly kind: "intent"; readonly intent: Intent; readonly because: string }
  /** `intent.params` holds what was said so far, as words. */
  | {
      readonly kind: "incomplete";
      readonly intent: Intent;
      readonly missing: readonly Missing[];
      readonly leftOut?: readonly string[];
    }
  /** Each suggestion is recognised when said exactly like this. None of them does what is `leftOut`, in the words it was said in. */
  | { readonly kind: "didYouMean"; readonly suggestions: readonly string[]; readonly leftOut?: readonly string[] }
  | { readonly kind: "help" }
  | { readonly kind: "unknown" };
