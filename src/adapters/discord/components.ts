import { ButtonStyle, ComponentType, MessageFlags } from "discord.js";
import { sha256 } from "../../domain/json.ts";
import type { ViewButton } from "../../messages/adapter.ts";
import { plain } from "./text.ts";

/** Discord's limits on a message of components. Text is counted over all components, labels included, to be safe. */
export const limits = {
  text: 4000,
  components: 40,
  rows: 5,
  buttonsInRow: 5,
  label: 80,
  customId: 100,
  description: 1024,
} as const;

/** A component as Discord takes it: the documented JSON, of which we use a few types. */
export interface Component {
  readonly type: ComponentType;
  readonly id?: number;
  readonly content?: string;
  readonly accent_color?: number | null;
  readonly components?: readonly Component[];
  readonly component?: Component;
  readonly style?: number;
  readonly label?: string;
  readonly custom_id?: string;
  readonly url?: string;
  readonly divider?: boolean;
  readonly required?: boolean;
  readonly max_length?: number;
  readonly value?: string;
  readonly items?: readonly { readonly media: { readonly url: string }; readonly description: string }[];
}

/** The body of a message: components only (`content` and embeds are dead beside them), no mention pings, nothing unfurls. */
export interface Body {
  readonly flags: number;
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly components: readonly Component[];
  /** What is uploaded with it; of an edited message, all it keeps. */
  readonly attachments?: readonly { readonly id: number; readonly filename: string; readonly description: string }[];
}

/** What a button's custom_id says: a bare token decides; the others begin with a word and a colon, which no token has. */
export const buttonIds = { say: "say:", longSay: "say#", read: "read:" } as const;

/** The name under which a picture is uploaded, and its component finds it. */
export const pictureFile = "figures.png";

export function gallery(description: string): Component {
  return { type: ComponentType.MediaGallery, items: [{ media: { url: `attachment://${pictureFile}` }, description }] };
}

/** A message of components and nothing else. */
export function bodyOf(components: readonly Component[], more = 0): Body {
  return {
    flags: MessageFlags.IsComponentsV2 | MessageFlags.SuppressEmbeds | more,
    allowed_mentions: { parse: [] },
    components,
  };
}

export function display(content: string): Component {
  return { type: ComponentType.TextDisplay, content };
}

const styles = { primary: ButtonStyle.Primary, danger: ButtonStyle.Danger, default: ButtonStyle.Secondary } as const;

export function drawButton(button: ViewButton, whole: boolean): Component {
  const label = plain(button.label, whole || "say" in button ? limits.label : limits.label - 1);
  const style = styles[button.style];
  const type = ComponentType.Button;
  if ("token" in button)
    return whole
      ? { type, style, label, custom_id: button.token }
      : { type, style, label: `${label}…`, custom_id: `${buttonIds.read}${button.token}` };
  const custom_id = fitsInId(button.say)
    ? `${buttonIds.say}${button.say}`
    : `${buttonIds.longSay}${sayKey(button.say)}`;
  return { type, style, label, custom_id };
}

/** Discord's buttons lead to hosts of the public kind; an address such as http://localhost:3000 is written out instead. */
export function isPublic(url: string): boolean {
  return new URL(url).hostname.includes(".");
}

export function linkButton(url: string): Component {
  return { type: ComponentType.Button, style: ButtonStyle.Link, label: "Open in Steward", url };
}

export function fitsInId(text: string): boolean {
  return text.length <= limits.customId - buttonIds.say.length;
}

/** Discord refuses a message in which two buttons have one custom_id; two that say the same are one. */
export function unique(buttons: readonly Component[]): readonly Component[] {
  return buttons.filter(
    (button, index) => buttons.findIndex(({ custom_id }) => custom_id === button.custom_id) === index,
  );
}

export function rowsOf(buttons: readonly Component[]): Component[] {
  const rows: Component[] = [];
  for (let from = 0; from < buttons.length; from += limits.buttonsInRow)
    rows.push({ type: ComponentType.ActionRow, components: buttons.slice(from, from + limits.buttonsInRow) });
  return rows;
}

/** What stands for a text that does not fit into a custom_id. */
export function sayKey(text: string): string {
  return sha256(text).slice(0, 40);
}
