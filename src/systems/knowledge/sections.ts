/** A part of an article that can answer a question: what stands under one heading. */
export interface Section {
  /** The file's name, such as vpn.md. */
  readonly file: string;
  /** The article's title, its first-level heading. */
  readonly title: string;
  /** The heading of this part; the title again for what stands before the first one. */
  readonly heading: string;
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
    .map(({ heading, lines }) => ({ file, title, heading, text: lines.join("\n").trim() }))
    .filter(({ text }) => text !== "");
}
