import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { exportLines } from "../../src/audit/export.ts";
import { stream, writeRecord } from "./record.ts";

const noon = new Date("2026-11-21T12:00:00.000Z");

async function exported() {
  const record = writeRecord([
    { tenant: "default", stream: "actor:a", bodies: ["eins", null, "drei\n"] },
    { tenant: "default", stream: "auth", bodies: ["who"] },
  ]);
  Object.assign(record.bodies[0] ?? {}, { text: null, salt: null });
  const lines: string[] = [];
  const sources = { entries: stream(record.entries), bodies: stream(record.bodies) };
  for await (const line of exportLines(sources, noon)) lines.push(line);
  return { record, lines, items: lines.map((line) => JSON.parse(line)) };
}

test("an export has one line for each entry between a header and a footer that counts them", async () => {
  const { lines, items } = await exported();
  expect(items[0]).toMatchObject({ type: "steward/audit/export", v: 1, at: "2026-11-21T12:00:00.000Z" });
  expect(items.at(-1)).toEqual({ type: "steward/audit/end", entries: 4, streams: 2, bodies: 2 });
  expect(items).toHaveLength(6);
  expect(lines.some((line) => line.includes("\n"))).toBe(false);
});

test("an auditor can check an export with nothing but its header's words", async () => {
  const { items } = await exported();
  const heads = new Map<string, string>();
  let bodies = 0;
  for (const line of items.slice(1, -1)) {
    const entry = JSON.parse(line.entry);
    const stream = `${entry.tenant}/${entry.stream}`;
    expect(createHash("sha256").update(`steward/audit/v1\n${line.entry}`).digest("hex")).toBe(line.hash);
    expect(entry.prev).toBe(heads.get(stream) ?? "0".repeat(64));
    heads.set(stream, line.hash);
    if (!line.body) continue;
    bodies += 1;
    const salted = createHash("sha256").update(Buffer.from(line.body.salt, "hex")).update(line.body.text, "utf8");
    expect(salted.digest("hex")).toBe(entry.body);
  }
  expect(bodies).toBe(2);
});

test("an erased body is not in the export, and its entry is, to the letter", async () => {
  const { record, items } = await exported();
  expect(items[1]).toMatchObject({ stream: "actor:a", seq: 1, entry: record.entries[0]?.entry });
  expect(items[1]).not.toHaveProperty("body");
});
