import type { PictureRef } from "./picture.ts";

/** A button asks for a decision (its token is made when the card is posted) or repeats a text as if the person had said it. */
export type Button =
  | {
      readonly label: string;
      readonly style: "primary" | "danger" | "default";
      /** "change": change what may be changed, and approve that. */
      readonly decide: "approve" | "deny" | "change";
      readonly gate: string;
    }
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly say: string };

export interface Field {
  readonly label: string;
  readonly value: string;
}

/** What a question still needs to know of an intent: a bare answer is the value of `param`, beside what was said already, as words. */
export interface Gap {
  readonly intent: string;
  readonly said: Readonly<Record<string, string>>;
  readonly param: string;
}

/** A message in its platform-neutral form: a sentence, and for what needs more, a title, fields and buttons. */
export interface Card {
  /** One sentence that stands alone: the notification, and all a screen reader needs. */
  readonly text: string;
  /**
   * The text is Markdown that we wrote: a report, a file. Set by the step that posts it, never told from the words; any other text
   * is plain words, whoever wrote them. Where a platform draws no Markdown, this is plain words too.
   */
  readonly report?: true;
  readonly title?: string;
  readonly fields?: readonly Field[];
  /** Lines as a system wrote them, or a table of what it gave: shown as they are, each character as wide as any other. */
  readonly code?: string;
  /** A picture that the same run made. */
  readonly picture?: PictureRef & {
    /** Where it is to be seen, for who gets its words alone: a path such as /runs/ID. */
    readonly page?: string;
  };
  readonly buttons?: readonly Button[];
  /** What it asks for, when it asks for one thing. Not shown. */
  readonly gap?: Gap;
  /** Written below a settled card: who decided and when. */
  readonly outcome?: string;
  /** A page of ours with everything: a path such as /runs/ID. */
  readonly link?: string;
  /** How far the request of this thread is; platforms that can react to its first message show it there. */
  readonly mark?: "taken" | "done" | "failed";
  /** The text is still being written: it is wanted again, longer, and at last without this. Platforms that can show somebody writing do. */
  readonly writing?: true;
  /** The last word to whoever asked: platforms with a way to say whether it helped offer it here. */
  readonly last?: true;
}
