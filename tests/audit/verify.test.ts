import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Stream } from "../../src/audit/entry.ts";
import { limits, verify } from "../../src/audit/verify.ts";
import { check, stream, writeRecord } from "./record.ts";
import { a, auth, b, body, drop, forge, row, tamperings, told } from "./tamperings.ts";

describe("a record that was tampered with", () => {
  test.each(tamperings)("%s", async (_, tamper, kind, name, seq) => {
    const record = writeRecord(told);
    tamper(record);
    const report = await check(record);
    expect(report.first).toMatchObject({ tenant: "default", stream: name, seq, kind });
    expect(report.ok).toBe(false);
    expect(report.first?.sentence).toMatch(/^[A-Z].*\.$/);
  });

  test("no character of an entry can be changed", async () => {
    const length = row(writeRecord(told), 3).entry.length;
    for (let at = 0; at < length; at++) {
      const record = writeRecord(told);
      const { entry } = row(record, 3);
      row(record, 3).entry = entry.slice(0, at) + String.fromCharCode(entry.charCodeAt(at) ^ 1) + entry.slice(at + 1);
      expect((await check(record)).first).toMatchObject({ stream: a, seq: 3, kind: "changed" });
    }
  });

  test("is found wherever it was changed, with all that is sound still counted", async () => {
    const record = writeRecord(told);
    forge(row(record, 2, b), { by: "eve" });
    forge(row(record, 1, a, "other"), { by: "eve" });
    expect(await check(record)).toMatchObject({ entries: 14, streams: 4, broken: 2, first: { stream: b, seq: 2 } });
  });
});

describe("a record that is whole", () => {
  test("says so and counts what it has", async () => {
    expect(await check(writeRecord(told))).toEqual({ ok: true, entries: 14, streams: 4, erased: 0, broken: 0 });
    expect(await check({ entries: [], bodies: [], heads: [] })).toMatchObject({ ok: true, entries: 0 });
  });

  test("stays whole when bodies are erased", async () => {
    const record = writeRecord(told);
    Object.assign(body(record, 3), { text: null, salt: null });
    drop(record, body(record, 5));
    expect(await check(record)).toMatchObject({ ok: true, erased: 2 });
  });

  test("never raises a false alarm, whatever is written, asked and erased", async () => {
    const name = fc.constantFrom<Stream>(a, b, auth, "process", "actor:\u{1f600}", "actor:\uffee");
    const texts = fc.array(fc.option(fc.string({ unit: "grapheme", maxLength: 20 })), { minLength: 1, maxLength: 12 });
    const one = fc.record({ tenant: fc.constantFrom("default", "other", "Ärzte"), stream: name, bodies: texts });
    const some = fc.uniqueArray(one, { selector: (s) => `${s.tenant}/${s.stream}`, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(some, fc.array(fc.nat({ max: 60 })), async (streams, erase) => {
        const record = writeRecord(streams);
        for (const at of erase) if (record.bodies[at]) Object.assign(record.bodies[at], { text: null, salt: null });
        expect(await check(record)).toMatchObject({
          ok: true,
          entries: record.entries.length,
          streams: streams.length,
        });
      }),
    );
  });

  test("can only be judged in order: rows that are not are refused", async () => {
    const { entries } = writeRecord(told);
    const sources = { entries: stream(entries.toReversed()), bodies: stream([]), heads: stream([]) };
    await expect(verify(sources)).rejects.toThrow('collate "C"');
  });
});

test("what verification cannot see is said in sentences", async () => {
  for (const limit of limits) expect(limit).toMatch(/^[A-Z].*\.$/);
  // The second one, and it is true:
  const record = writeRecord(told);
  drop(record, row(record, 2, auth), body(record, 2, auth));
  expect(await check(record)).toMatchObject({ ok: true });
});
