/** Jira's rich text (Atlassian Document Format), as far as Steward writes and reads it. */
export interface Document {
  [more: string]: unknown;
  type: "doc";
  version: number;
  content: Record<string, unknown>[];
}

/** Plain text as a document: one paragraph for each line. */
export function documentOf(text: string): Document {
  return {
    type: "doc",
    version: 1,
    content: text.split(/\r?\n/).map((line) => ({
      type: "paragraph",
      content: line === "" ? [] : [{ type: "text", text: line }],
    })),
  };
}

/** A paragraph that is one link, with the address itself as its words. */
export function linkTo(address: string): Record<string, unknown> {
  const marks = [{ type: "link", attrs: { href: address } }];
  return { type: "paragraph", content: [{ type: "text", text: address, marks }] };
}

const blocks = ["paragraph", "heading", "listItem", "codeBlock", "blockquote", "tableRow", "rule"];

/** What a document says, without its form. Anything may be in it: what is not known is read for the text inside. */
export function textOf(node: unknown, depth = 0): string {
  if (typeof node === "string") return node;
  if (typeof node !== "object" || node === null || depth > 50) return "";
  const { type, text, content, attrs } = node as Record<string, unknown>;
  if (typeof text === "string") return text;
  if (type === "hardBreak") return "\n";
  const shown = (attrs as { text?: unknown } | undefined)?.text;
  const inside = Array.isArray(content)
    ? content.map((inner) => textOf(inner, depth + 1)).join("")
    : String(shown ?? "");
  const block = blocks.includes(String(type)) && !inside.endsWith("\n");
  return depth === 0 ? inside.trim() : block ? `${inside}\n` : inside;
}
