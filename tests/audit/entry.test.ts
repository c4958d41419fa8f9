import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EntryFields } from "../../src/audit/entry.ts";
import { bodyDigest, emptyHead, newSalt, nextEntry } from "../../src/audit/entry.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { canonical } from "../../src/domain/json.ts";

const fields: EntryFields = {
  tenant: "default",
  stream: "actor:019a",
  at: new Date("2026-11-21T12:00:00.123Z"),
  kind: "turn",
  by: "ana",
  body: null,
  data: { key: "m1", event: "gate.approved", from: "waiting", to: "running" },
};

const text = fc.string({ unit: "grapheme" });
const anyFields = fc.record({
  tenant: text,
  stream: text.map((id): EntryFields["stream"] => `actor:${id}`),
  at: fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }),
  kind: fc.constantFrom<EntryFields["kind"]>("turn", "effect.in_doubt"),
  by: text,
  body: fc.option(text),
  data: fc.dictionary(text, fc.jsonValue({ stringUnit: "grapheme" })).map((data) => data as JsonObject),
});

describe("an audit entry", () => {
  test("is the canonical JSON of what it says, whatever it says", () => {
    fc.assert(
      fc.property(anyFields, fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (said, seq, hash) => {
        const { entry } = nextEntry({ seq, hash }, said);
        const prev = Buffer.from(hash).toString("hex");
        expect(entry).toBe(canonical({ ...said, at: said.at.toISOString(), v: 1, seq: seq + 1, prev }));
      }),
    );
  });

  test("follows the one before: the first names 64 zeros, the next the first one's hash", () => {
    const first = nextEntry(emptyHead, fields);
    const second = nextEntry(first, fields);
    expect(JSON.parse(first.entry)).toMatchObject({ seq: 1, prev: "0".repeat(64), at: "2026-11-21T12:00:00.123Z" });
    expect(JSON.parse(second.entry)).toMatchObject({ seq: 2, prev: first.hash.toString("hex") });
  });

  test("is hashed behind a line that says what it is", () => {
    const { entry, hash } = nextEntry(emptyHead, fields);
    expect(hash).toEqual(createHash("sha256").update(`steward/audit/v1\n${entry}`, "utf8").digest());
  });

  test("holds no lone surrogate", () => {
    expect(() => nextEntry(emptyHead, { ...fields, by: "\ud800" })).toThrow("lone surrogate");
    expect(() => nextEntry(emptyHead, { ...fields, data: { id: "\ud800" } })).toThrow("surrogate");
  });

  test("keeps of its body only a salted digest", () => {
    const salt = newSalt();
    expect(salt).toHaveLength(16);
    expect(bodyDigest(salt, "né")).toBe(createHash("sha256").update(salt).update("né", "utf8").digest("hex"));
    expect(bodyDigest(newSalt(), "né")).not.toBe(bodyDigest(salt, "né"));
  });
});
