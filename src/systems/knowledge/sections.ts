/** A part of an article that can answer a question: what stands under one heading. */
export interface Section {
  /** The file's name, such as vpn.md. */
  readonly file: string;
  /** The article's title, its first-level heading. */
  readonly title: string;
  /** The heading of this part; the title again for what stands before the first one. */
  readonly heading: string;
  /** Plain text: chats show what is written in it as it is. */
  readonly text: string;
}

/** Splits an article in Markdown by its headings. Headings without text are left out; a `#` inside a code block is none. */
export function sectionsOf(file: string, markdown: string): Section[] {
  const sections: { heading: string; lines: string[] }[] = [];
  let title = file.replace(/\.md$/, "");
  let fenced = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const [, marks = "", heading = ""] = fenced ? [] : (/^(#{1,6})\s+(.+?)\s*#*\s*$/.exec(line) ?? []);
    if (marks === "#" && sections.every(({ lines }) => lines.join("").trim() === "")) title = heading;
    if (marks !== "") sections.push({ heading, lines: [] });
    else if (sections.length === 0) sections.push({ heading: title, lines: [line] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections
    .map(({ heading, lines }) => ({ file, title, heading, text: plainOf(lines) }))
    .filter(({ text }) => text !== "");
}

/** Lines of Markdown as plain text: wrapped lines are joined, emphasis is taken off, a link keeps its address. Code stays as it is. */
function plainOf(lines: readonly string[]): string {
  const out: { text: string; code: boolean }[] = [];
  let code = false;
  for (const line of lines) {
    if (/^\s*(?:```|~~~)/.test(line)) {
      code = !code;
      continue;
    }
    const text = code ? line : line.trim();
    const before = out.at(-1);
    const goesOn = !code && before !== undefined && !before.code && before.text !== "" && text !== "";
    if (goesOn && !/^(?:[-*+]|\d+[.)])\s/.test(text)) before.text += ` ${text}`;
    else out.push({ text, code });
  }
  const plain = out.map((line) => (line.code ? line.text : spoken(line.text)));
  return plain.join("\n").trim();
}

function spoken(line: string): string {
  return line
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, "$1 ($2)")
    .replace(/(\*\*|__)(?=\S)(.+?)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}*_])([*_])(?=\S)([^*_]+)\1(?![\p{L}\p{N}*_])/gu, "$2")
    .replace(/`([^`]+)`/g, "$1");
}
