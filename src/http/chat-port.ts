import type { Field } from "../domain/card.ts";

export type MessageButton =
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly token: string }
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly say: string };

/** A picture on a page: where it is fetched, what it shows in words, and its size in pixels. */
export interface PictureView {
  readonly src: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

/** A message as the browser and the API get it. */
export interface ChatMessage {
  readonly id: string;
  readonly n: number;
  readonly thread: string | null;
  readonly from: string;
  readonly text: string;
  /** The text is Markdown; any other text is plain words. */
  readonly report?: true;
  readonly card?: {
    readonly title: string;
    readonly fields: readonly Field[];
    readonly buttons: readonly MessageButton[];
    readonly code?: string;
    readonly picture?: PictureView;
    readonly outcome?: string;
    readonly link?: string;
  };
  readonly private?: true;
}

export interface ChatPage {
  readonly messages: readonly ChatMessage[];
  /** Ask `after` this for what is new or redrawn since. */
  readonly last: number;
}

/** The built-in chat. `say` and `list` throw a Fault (bad-request, not-found, forbidden) with the sentence to show. */
export interface Chat {
  say(said: {
    readonly tenant: string;
    readonly channel: string;
    readonly from: string;
    readonly text: string;
    readonly thread?: string;
    readonly deliveryKey?: string;
  }): Promise<{ readonly id: string }>;
  /** Hears what a button says, without posting it. Throws a Fault (not-found) when there is no such button. */
  repeat(pressed: {
    readonly tenant: string;
    readonly from: string;
    readonly message: string;
    readonly say: string;
    readonly deliveryKey: string;
  }): Promise<void>;
  list(query: {
    readonly tenant: string;
    readonly channel: string;
    readonly viewer: string;
    readonly after?: number;
  }): Promise<ChatPage>;
  channels(tenant: string): Promise<readonly { readonly id: string; readonly last: number }[]>;
  /** PNG, or null where this viewer sees no message with this picture. */
  picture(asked: {
    readonly tenant: string;
    readonly viewer: string;
    readonly message: string;
    readonly artifact: string;
  }): Promise<Buffer | null>;
  subscribe(query: {
    readonly tenant: string;
    readonly viewer: string;
    readonly signal: AbortSignal;
  }): AsyncGenerator<ChatPage & { readonly channel: string }, void, void>;
}
