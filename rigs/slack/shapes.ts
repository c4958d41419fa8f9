/** What comes with a call. */
export type Args = Readonly<Record<string, unknown>>;

/** Slack's answer to a call, with status 200 whatever it is. */
export type Reply = { readonly ok: boolean; readonly error?: string } & Args;

/** What a message, modal or home is made of, as Slack keeps it. */
export interface Block {
  readonly type: string;
  readonly block_id?: string;
  /** A string in Markdown, which a stream adds. */
  readonly text?: Text | string;
  /** Of a task card. */
  readonly task_id?: string;
  readonly title?: string;
  readonly status?: string;
  readonly fields?: readonly Text[];
  readonly elements?: readonly Element[];
  readonly label?: Text;
  readonly element?: Element;
  readonly optional?: boolean;
  readonly slack_file?: { readonly id?: string };
  readonly image_url?: string;
  readonly alt_text?: string;
}

export interface Text {
  readonly type: string;
  readonly text: string;
}

export interface Element {
  readonly type: string;
  readonly action_id?: string;
  /** An object in blocks, a string in rich text. */
  readonly text?: Text | string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: string | object;
  readonly elements?: readonly Element[];
  readonly positive_button?: { readonly text: Text; readonly value: string };
  readonly negative_button?: { readonly text: Text; readonly value: string };
  readonly fallback?: string;
  readonly max_length?: number;
}

export interface Message {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly thread_ts?: string;
  text: string;
  blocks: readonly Block[];
  metadata?: { readonly event_type: string; readonly event_payload: Readonly<Record<string, unknown>> };
  /** It is a stream that has not been stopped. */
  streaming?: boolean;
  edited?: { readonly user: string; readonly ts: string };
  /** Who alone sees it; null is everybody in the channel. */
  readonly onlyFor: string | null;
  /** Names of emoji, and who reacted. */
  readonly reactions: Map<string, Set<string>>;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: "public" | "private" | "im";
  readonly members: Set<string>;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly team_id: string;
  readonly is_bot: boolean;
  readonly is_restricted: boolean;
  readonly is_ultra_restricted: boolean;
  readonly is_stranger: boolean;
  deleted: boolean;
}

export interface View {
  readonly id: string;
  readonly type: string;
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly title?: Text;
  readonly blocks: readonly Block[];
  readonly clear_on_close?: boolean;
}
