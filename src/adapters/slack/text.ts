import { cleanText } from "../../domain/text.ts";

/**
 * What somebody wrote, without Slack's markup: <@U1> is "@U1", <#C1|ops> "#ops", a link its address. A link that Slack
 * made itself of a bare name ("api.example.com") is that name again; any other label is dropped, because it may lie.
 */
export function plainText(markup: string): string {
  const text = markup.replace(/<([^<>]*)>/g, (_, inside: string) => {
    const [target = "", label = ""] = inside.split("|", 2);
    if (/^[@#]/.test(target)) return label === "" ? target : `${target[0]}${label.replace(/^[@#]/, "")}`;
    if (target.startsWith("!date^")) return label;
    if (target.startsWith("!subteam^")) return `@${label.replace(/^@/, "") || target.slice("!subteam^".length)}`;
    if (target.startsWith("!")) return `@${target.slice(1)}`;
    return target.replace(/^(?:https?:\/\/|mailto:|tel:)/, "") === label ? label : target;
  });
  return cleanText(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")).trim();
}

/** The text without every mention of this bot, and whether there was one. */
export function withoutMention(markup: string, bot: string): { readonly mentioned: boolean; readonly rest: string } {
  const rest = markup.replace(new RegExp(`<@${bot}(?:\\|[^<>]*)?>[,:]?\\s*`, "g"), "");
  return { mentioned: rest !== markup, rest };
}

/** Text that Slack takes literally where it would read markup: nothing in it mentions or links. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Text for a place where Slack reads Markdown, so that it says there what it says: nothing mentions, links under another
 * name, or is a heading, table or picture. Depends on what comes before a character only, so a longer text goes on where a shorter one ended.
 */
export function asStreamed(text: string): string {
  return escaped(text.replace(/[\\`*_~[\]#|!]|(?<=^\s*)[-+=]/gm, "\\$&"));
}

/** At most `longest` characters; what is cut off is counted, where there is room to say so. `sizeOf` is how long a text becomes on its way, if not its length. */
export function cut(text: string, longest: number, sizeOf: (text: string) => number = (all) => all.length): string {
  if (sizeOf(text) <= longest) return text;
  if (longest < roomToCount) return `${wellCut(text, longest - 1)}…`;
  let kept = text.length;
  for (let low = 0; low < kept; ) {
    const middle = Math.ceil((low + kept) / 2);
    if (sizeOf(shortened(text, middle)) <= longest) low = middle;
    else kept = middle - 1;
  }
  return shortened(text, kept);
}

const roomToCount = 50;

function shortened(text: string, kept: number): string {
  return `${wellCut(text, kept)}… (${text.length - kept} characters more)`;
}

/** Without half a surrogate pair at the end. */
function wellCut(text: string, kept: number): string {
  return text.slice(0, kept).replace(/[\ud800-\udbff]$/, "");
}
