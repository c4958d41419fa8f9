import type { Card } from "../domain/card.ts";
import type { Incoming, Place, Platform } from "../domain/incoming.ts";
import type { Picture } from "../domain/picture.ts";

/** A button as a platform gets it: with the token a press sends back, or the text it says for the person. */
export type ViewButton =
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly token: string }
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly say: string };

/** A card ready to be shown: its buttons carry tokens instead of gates. */
export type View = Omit<Card, "buttons"> & {
  readonly buttons?: readonly ViewButton[];
  /** Of a question: who may answer it now and who has, by the platform's ids, as many as its `drawings` allow. */
  readonly askedOf?: readonly string[];
};

/** Something a platform handed us, as it came: the adapter proves it and reads it. */
export interface Delivery {
  readonly tenant: string;
  /** When it arrived, for signatures that grow old: read by the door. */
  readonly at: Date;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The raw text of an HTTP body, where a signature covers it; otherwise the value. */
  readonly body: unknown;
}

/** Who did it, as the platform names them. `people` finds the person; on the web the user id is the person's. */
export interface Sender {
  readonly platform: Platform;
  readonly workspace: string;
  readonly userId: string;
}

/** Somebody pressed a button that decides. */
export interface Press {
  readonly tenant: string;
  readonly deliveryKey: string;
  readonly by: Sender;
  readonly token: string;
  /**
   * Where it was pressed, as far as the platform says so: the message, as `post` named it, or at least its channel. A card
   * that was copied or forwarded does not count.
   */
  readonly ref?: string;
  readonly channel?: string;
  /** What was filled in beside the button, such as a reason. */
  readonly values: Readonly<Record<string, string>>;
}

/** What a delivery holds. `because` is a sentence for the log or for whoever sent it. */
export type Parsed =
  /** `incoming.personId` is null where the platform's user is not yet matched to a person. */
  | { readonly kind: "incoming"; readonly incoming: Incoming; readonly by: Sender }
  | { readonly kind: "press"; readonly press: Press }
  | { readonly kind: "unsupported"; readonly because: string }
  | { readonly kind: "forged"; readonly because: string };

/** What every call to a platform is told. */
export interface Reach {
  readonly tenant: string;
  /** The platform's id of the user who alone may see it, or null. On the web that is the person's. */
  readonly privateTo: string | null;
  /** Aborted when the courier stops waiting. Nothing may be posted after that: another courier may have taken over. */
  readonly signal: AbortSignal;
  /** The view's picture, read when it is asked for; null when the run of this message made none such. Absent: the view has none. */
  picture?(): Promise<Picture | null>;
}

/**
 * A chat platform. `parse` is pure; the others reach out. They throw Fault "platform-refused" for what will never work,
 * and a Fault with retryAfterMs for what may work later; `undone` on a Fault of `post` says that no message came of it. `tests/contracts/chat-adapter.ts` is the promise in full.
 */
export interface ChatAdapter {
  readonly platform: Platform;
  /**
   * How fast one channel may get messages and changes, if the platform says so: a burst, then one every so many
   * milliseconds. What is urgent does not wait for it.
   */
  readonly pace?: { readonly burst: number; readonly everyMs: number };
  /** How many people can see a drawing of their own of one message, where the platform can do that. */
  readonly drawings?: number;
  /** Proves a delivery is theirs and says what it holds; the same delivery always gets the same delivery key. */
  parse(delivery: Delivery): Parsed;
  /**
   * Shows it and returns the platform's name for it. The marker goes with it, so that `find` can look it up. A place
   * whose thread is a `newThread` (domain/incoming) begins a thread in its channel: this message is its first. What cannot
   * be shown with its picture is shown with the picture's words.
   */
  post(view: View, place: Place, marker: string, reach: Reach): Promise<string>;
  /** Redraws a message in place. */
  replace(ref: string, view: View, reach: Reach): Promise<void>;
  /** The message that carries this marker, if the platform has it: how a crash between sending and recording posts nothing twice. */
  find(marker: string, place: Place, reach: Reach): Promise<string | null>;
  /** The thread that a message posted at the top of its channel begins, as `parse` names it when somebody answers there. */
  threadOf(ref: string): string;
  /** The button tokens a message shows now. A redrawn card keeps them, so a press on the old drawing counts; where a platform cannot tell, they are made anew, and the old ones stay good. */
  tokensOf?(ref: string, reach: Reach): Promise<readonly string[]>;
}
