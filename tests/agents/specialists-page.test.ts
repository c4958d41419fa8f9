import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { specialists } from "../../src/agents/index.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const page = readFileSync("docs/specialists.md", "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")).trim(), section]),
);

test("the page on specialists has every one of them, and nobody else", () => {
  expect([...sections.keys()].sort()).toEqual(specialists.map(({ name }) => name).sort());
  const listed = [...page.matchAll(/^\| \[(\w+)\]\(#\w+\)/gm)].map(([, name]) => name ?? "");
  expect(listed.sort()).toEqual(specialists.map(({ name }) => name).sort());
});

test.each(specialists.map((one) => [one.name, one] as const))("it names the tasks and tools of %s", (name, one) => {
  const named = [...(sections.get(name) ?? "").matchAll(/`([a-z]+(?:[.-][a-zA-Z-]+)*)`/g)].map(
    ([, text]) => text ?? "",
  );
  expect(named.filter((text) => text.includes(".")).sort()).toEqual([...one.tools].sort());
  expect(named).toEqual(expect.arrayContaining(Object.keys(one.tasks)));
});

test("sentences it quotes are understood, and files it links are there", () => {
  const quoted = [...page.matchAll(/\*([a-z][^*…]+\?)\*/g)].map(([, text]) => text ?? "");
  expect(quoted.length).toBeGreaterThan(5);
  for (const text of quoted) expect([text, recognize(text, intents).kind]).toEqual([text, "intent"]);
  const links = [...page.matchAll(/\]\((?!#)([^)#]+)\)/g)].map(([, path]) => `docs/${path}`);
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});
