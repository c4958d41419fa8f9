import type { Field } from "../../domain/card.ts";
import type { ViewButton } from "../../messages/adapter.ts";
import type { WebPost } from "../../messages/web-posts.ts";
import { type PictureView, pictureOf } from "./pictures.ts";

/** One message as the browser and the API get it. A card is there when there is more to show than the text. */
export interface WebMessage {
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
    readonly buttons: readonly ViewButton[];
    readonly code?: string;
    readonly picture?: PictureView;
    readonly outcome?: string;
    readonly link?: string;
  };
  readonly private?: true;
}

export interface Page {
  readonly messages: readonly WebMessage[];
  /** Asking `after` this number gives only what is new or redrawn since. */
  readonly last: number;
}

/** A post as whoever may see it gets it. */
export function toMessage({ id, n, thread, from, view, privateTo }: WebPost): WebMessage {
  const { text, report, title, fields = [], buttons = [], code, picture, outcome, link } = view;
  const plain =
    title === undefined &&
    fields.length === 0 &&
    buttons.length === 0 &&
    [code, picture, outcome, link].every((part) => part === undefined);
  const more = {
    ...(code !== undefined && { code }),
    ...(picture !== undefined && { picture: pictureOf(id, picture) }),
    ...(outcome !== undefined && { outcome }),
    ...(link !== undefined && { link }),
  };
  return {
    id,
    n,
    thread,
    from,
    text,
    ...(report !== undefined && { report }),
    ...(!plain && { card: { title: title ?? "", fields, buttons, ...more } }),
    ...(privateTo !== null && { private: true as const }),
  };
}
