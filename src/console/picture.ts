import { html } from "hono/html";
import type { PictureView } from "../http/chat-port.ts";
import type { Html } from "./layout.ts";

/** A picture with its words; it opens alone, as large as it is, by a press or the enter key. Its place is kept free while it loads. */
export function pictureView({ src, alt, width, height }: PictureView): Html {
  return html`<a class="picture" href="${src}" target="_blank" rel="noopener"><img src="${src}" alt="${alt}" width="${width}" height="${height}"></a>`;
}
