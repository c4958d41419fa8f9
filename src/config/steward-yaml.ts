import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Document } from "yaml";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { nearestName } from "../domain/nearest-name.ts";
import { contradictions } from "./contradictions.ts";
import { keysAt, Schema, type StewardYaml } from "./schema.ts";

/** Reads and checks the file. Throws Fault("bad-config") with one line for each mistake: file, line, path, remedy. */
export function readStewardYaml(file: string): StewardYaml {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(
      "bad-config",
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"}): create it, or set STEWARD_CONFIG to where it is.`,
      { cause: error },
    );
  }
  return parseStewardYaml(source, basename(file));
}

/** The same from a text; `file` is only for the messages. */
export function parseStewardYaml(source: string, file: string): StewardYaml {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken)
    throw new Fault(
      "bad-config",
      `${file}, line ${lines.linePos(broken.pos[0]).line}: this is not YAML: ${broken.message}. Check indentation, quotes and colons there.`,
    );
  const at = (path: readonly PropertyKey[]) => place(file, document, lines, path);
  const parsed = Schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  const mistakes = parsed.success
    ? [...contradictions(parsed.data)].map(([path, sentence]) => `${at(path)} ${sentence}`)
    : parsed.error.issues.map((issue) => explain(issue, at));
  if (mistakes.length > 0 || !parsed.success) throw new Fault("bad-config", mistakes.join("\n"));
  return parsed.data;
}

/** Where something stands in the file, for what only others can judge: "steward.yaml, line 7, policies[1].require:". */
export function placeIn(file: string, path: readonly PropertyKey[]): string {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, prettyErrors: false });
  return place(basename(file), document, lines, path);
}

/** "steward.yaml, line 7, people[1].kind:" */
function place(file: string, document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  let line = 1;
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    line = lines.linePos(node.range[0]).line;
    break;
  }
  const name = path.reduce<string>(
    (said, key) => (typeof key === "number" ? `${said}[${key}]` : said === "" ? String(key) : `${said}.${String(key)}`),
    "",
  );
  return name === "" ? `${file}, line ${line}:` : `${file}, line ${line}, ${name}:`;
}

function explain(issue: z.core.$ZodIssue, at: (path: readonly PropertyKey[]) => string): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = keysAt(issue.path);
    const near = nearestName(key, known, 2);
    const meant = near === null ? `known here: ${known.join(", ")}.` : `did you mean ${near}?`;
    return `${at([...issue.path, key])} there is no such key; ${meant}`;
  }
  if (issue.code === "invalid_value") return `${at(issue.path)} must be one of ${issue.values.join(", ")}.`;
  if (issue.code === "invalid_type" && issue.input === undefined)
    return `${at(issue.path)} is missing or of the wrong kind; write ${kinds[issue.expected] ?? issue.expected}.`;
  if (issue.code === "invalid_type") return `${at(issue.path)} must be ${kinds[issue.expected] ?? issue.expected}.`;
  return `${at(issue.path)} ${issue.message.replace(/\.$/, "")}.`;
}

const kinds: Record<string, string> = {
  string: "a text",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
  number: "a number",
};
