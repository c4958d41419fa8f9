import type { Document, Node, Pair, Scalar } from "yaml";
import { isMap, isSeq, LineCounter, parseDocument, visit } from "yaml";
import { cleanText } from "../domain/text.ts";
import { checkContent } from "./check.ts";
import type { Content, Definition } from "./definition.ts";
import { define } from "./definition.ts";
import type { Known } from "./known.ts";
import { checkKnown } from "./known.ts";
import type { Complaint, Problem } from "./problems.ts";
import { readFile } from "./read.ts";

/** A definition, or everything that is wrong with the file. */
export type Loaded =
  | { readonly ok: true; readonly definition: Definition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Path = readonly (string | number)[];

/** Reads one workflow file. Never throws on what is in it: each problem names line, path, what is wrong and what would be right. */
export function loadDefinition(text: string, file: string, known: Known): Loaded {
  const lines = new LineCounter();
  const document = parseDocument(cleanText(text), { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const message = `This is not valid YAML: ${broken.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "")}.`;
    return {
      ok: false,
      problems: [
        {
          file,
          line: broken.linePos?.[0].line ?? 1,
          path: "",
          message,
          remedy: "Check indentation, quotes and that no key is written twice.",
        },
      ],
    };
  }
  const cut = cutTexts(document, lines, file);
  if (cut.length > 0) return { ok: false, problems: cut };
  const plain = plainOf(document);
  if (plain === null) {
    const message = "An alias (*name) here points nowhere or is used too often.";
    return { ok: false, problems: [{ file, line: 1, path: "", message, remedy: "Write the value out instead." }] };
  }
  const read = readFile(plain.value);
  const complaints = read.content === null ? read.complaints : judge(read.content, read.places, known);
  if (read.content !== null && complaints.length === 0) return { ok: true, definition: define(read.content) };
  // One trigger alone need not be a list.
  const alone = isMap(document.get("on"));
  const written = (path: Path): Path =>
    alone && path[0] === "on" && typeof path[1] === "number" ? ["on", ...path.slice(2)] : path;
  const problems = complaints.map(({ path, message, remedy }) => ({
    file,
    line: lineOf(document, lines, written(path)),
    path: nameOf(written(path), document),
    message,
    remedy,
  }));
  return { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
}

/** Texts without quotes that YAML ends at " #", where it reads a comment; a comment that is meant has a space after its sign. */
function cutTexts(document: Document.Parsed, lines: LineCounter, file: string): Problem[] {
  const cut: Problem[] = [];
  visit(document, {
    Scalar(_key, { type, value, comment, range }) {
      if (type !== "PLAIN" || typeof value !== "string" || !comment || /^\s/.test(comment)) return;
      cut.push({
        file,
        line: lines.linePos(range?.[0] ?? 0).line,
        path: "",
        message: `“${value.slice(-60)}” ends where YAML sees a comment: “#${comment.split("\n")[0]?.slice(0, 60)}” is not part of it.`,
        remedy: "Put the whole text in quotes, or write a space after the # of a comment.",
      });
    },
  });
  return cut;
}

/** The file's plain value; null when its aliases cannot be followed. */
function plainOf(document: Document.Parsed): { readonly value: unknown } | null {
  try {
    return { value: document.toJS() as unknown };
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

function judge(content: Content, places: ReadonlyMap<string, Path>, known: Known): readonly Complaint[] {
  const place = (id: string): Path => places.get(id) ?? ["steps"];
  return [...checkContent(content, place), ...checkKnown(content, place, known)];
}

/** The line of the deepest part of a path that is in the file. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair: Pair<unknown, unknown> | undefined = node.items.find((item) => (item.key as Scalar).value === key);
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(key)];
      if (item === undefined) break;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return lines.linePos(offset).line;
}

/** "steps.restart.tool.name": a listed step is called by its id. */
function nameOf(path: Path, document: Document.Parsed): string {
  const [first, second, ...rest] = path;
  const id = first === "steps" && typeof second === "number" ? document.getIn(["steps", second, "id"]) : undefined;
  return (typeof id === "string" ? [first, id, ...rest] : path).join(".");
}
