import type { Json, JsonObject } from "../domain/json.ts";
import { cleanText, shorten } from "../domain/text.ts";

/** Rows as lines of text, what of them is left out said in words. */
export interface Table {
  readonly text: string;
  readonly shown: number;
  /** Columns for which there was no room. */
  readonly leftOut: readonly string[];
}

const limits = { rows: 20, cell: 40, width: 110, characters: 1900 } as const;

/** Rows with the same columns as a table for a chat: each column as wide as what is in it, no wider than people read. */
export function tableOf(rows: readonly JsonObject[]): Table {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const some = rows.slice(0, limits.rows);
  const columns = names.map((name) => {
    const cells = [textOf(name), ...some.map((row) => textOf(cellOf(row, name)))].map((text) =>
      shorten(text, limits.cell),
    );
    const isNumber = some.map((row) => cellOf(row, name)).every((cell) => cell === null || typeof cell === "number");
    return { name, cells, isNumber, width: Math.max(...cells.map((cell) => cell.length)) };
  });
  let room = limits.width;
  const fitting = columns.filter(({ width }, i) => {
    room -= width + 2;
    return i === 0 || room >= 0;
  });
  const line = (i: number) =>
    fitting
      .map(({ cells, width, isNumber }) =>
        isNumber ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width),
      )
      .join("  ")
      .trimEnd();
  const rule = fitting.map(({ width }) => "-".repeat(width)).join("  ");
  const lines = some.map((_, i) => line(i + 1));
  while (lines.join("\n").length > limits.characters) lines.pop();
  return {
    text: fitting.length === 0 ? "" : [line(0), rule, ...lines].join("\n"),
    shown: lines.length,
    leftOut: columns.filter((column) => !fitting.includes(column)).map(({ name }) => textOf(name)),
  };
}

/** How many there are, and what of them is not shown: "42 rows; these are the first 20. No room for the columns a, b." */
export function countOf(
  { shown, leftOut }: Table,
  of: { readonly rows: number; readonly more: boolean; readonly noun: readonly [one: string, many: string] },
): string {
  const { rows, more, noun } = of;
  const [one, many] = noun;
  const count = rows === 0 ? `no ${many}` : `${more ? "more than " : ""}${rows} ${rows === 1 ? one : many}`;
  const cut = shown < rows || more ? `; these are the first ${shown}` : "";
  const columns = leftOut.length === 0 ? "" : ` No room for ${leftOut.slice(0, 10).join(", ")}.`;
  return `${count}${cut}.${columns}`;
}

/** A column may be called "valueOf": what a row does not hold itself is empty. */
function cellOf(row: JsonObject, name: string): Json {
  return Object.hasOwn(row, name) ? (row[name] ?? null) : null;
}

function textOf(value: Json): string {
  const text = value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return cleanText(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}
