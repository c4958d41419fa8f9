import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { define, writeDefinition } from "../../src/workflow/index.ts";
import { readFile } from "../../src/workflow/read.ts";

const folder = new URL("../../workflows/", import.meta.url);
/** What a file says, before it is asked what it names. */
function readText(text: string) {
  const read = readFile(parse(text));
  if (read.content === null) throw new Error(JSON.stringify(read.complaints));
  return read.content;
}

test.each(readdirSync(folder))("%s, written out and read again, is the same to the last byte", (file) => {
  const { body, ...definition } = define(readText(readFileSync(new URL(file, folder), "utf8")));
  expect(define(readText(writeDefinition(definition) ?? "")).body).toBe(body);
});

test("durations are written with their units, and words of YAML and of comments as the texts they are", () => {
  const content = readText(`
name: odd
summary: "no: # yes"
on: { manual: true }
input: { for: { type: duration, default: 90m }, exact: { type: duration, default: 1500ms } }
steps: [{ id: w, wait: { for: 36h } }, { id: n, notify: { to: "#ops", text: "- a\\n# b: 1\\n  c" } }]
reply: "null"
`);
  const text = writeDefinition(content) ?? "";
  expect(text).toMatch(/default: 90m \}\n.*default: 1500ms \}\n/);
  expect(readText(text)).toEqual(content);
});

test("a request in parts has no file", () => {
  const content = readText(readFileSync(new URL("restart-service.yaml", folder), "utf8"));
  expect(writeDefinition({ ...content, parts: [] })).toBeNull();
});
