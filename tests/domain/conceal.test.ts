import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conceal, concealCut, concealIn } from "../../src/domain/conceal.ts";
import { spellings } from "../support/spellings.ts";

const secret = 'ghp_S3cret<Token>/0123456789+ab&"cd"';
const isInside = (name: string) => /longer|form|lines/.test(name);

describe.each(Object.entries(spellings))("a secret that comes back %s", (name, spell) => {
  test.each([0, 1, 2])("is blotted out whole, whatever its length (%i more)", (more) => {
    const whole = `${secret}${"xyz".slice(0, more)}`;
    for (const header of [whole, `Bearer ${whole}`]) {
      const shown = conceal(`an answer: ${spell(whole)}.`, [header]);
      expect(shown).toContain("[secret]");
      // What is left is what stood around it, to a character.
      const around = isInside(name) ? spell("").length : 0;
      expect(shown.replaceAll("[secret]", "").length).toBeLessThanOrEqual("an answer: .".length + around + 3);
    }
  });

  test("is gone from a text that ends within it", () => {
    const all = `an answer: ${spell(secret)}`;
    for (let end = all.length; end > 12; end--)
      expect(concealCut(all.slice(0, end), [secret]).length).toBeLessThanOrEqual(
        "an answer: ".length + (isInside(name) ? spell("").length : 0),
      );
  });
});

test("any secret is blotted out in any spelling, and nothing besides", () => {
  const signs = fc.constantFrom(...'abcXYZ0189-_+/=&%<>"~.');
  const some = fc.string({ unit: signs, minLength: 20, maxLength: 60 });
  const exact = Object.entries(spellings).filter(([name]) => !isInside(name));
  fc.assert(
    fc.property(some, fc.constantFrom(...exact), (one, [, spell]) => {
      expect(conceal(`(${spell(one)}) and more`, [one]).replace(/\\*\[secret\]/, "")).toBe("() and more");
    }),
    { numRuns: 400 },
  );
});

test("what is no secret stays as it is, to the sign", () => {
  const text = 'é %2F \\n &amp; 100% \\\\ "x"\r\n\tBASE64 cGxhaW4= \ud83d\ude00 \ud83d';
  expect(conceal(text, [secret, "short"])).toBe(text);
  expect(conceal(text, [])).toBe(text);
  expect(conceal("", [secret])).toBe("");
  expect(conceal("pä\u00dfword-é-9 €9", ["pä\u00dfword-é-9"])).toBe("[secret] €9");
  expect(concealIn({ [secret]: [`${secret}, ${secret}`, 7, null] }, [secret])).toEqual({
    [secret]: ["[secret], [secret]", 7, null],
  });
});

test("JSON is JSON afterwards, whatever the secret begins and ends with", () => {
  for (const edge of ['"', "/", "\\", '\\"', "\n", "é"])
    for (const one of [`${edge}abc/def`, `abc/def${edge}`]) {
      const sent = JSON.stringify({ said: `(${one})` });
      for (const json of [sent, sent.replaceAll("/", "\\/")])
        expect(JSON.parse(conceal(json, [one])).said).toMatch(/^\([\\\n]*\[secret\][\\\n]*\)$/);
    }
});

test("of basic authentication also what it holds, and its password", () => {
  const header = `Basic ${Buffer.from("reader:pass/word+1").toString("base64")}`;
  for (const said of [header, header.slice(6), "reader:pass/word+1", "pass%2fword%2b1"])
    expect(conceal(`(${said})`, [header])).toMatch(/^\((\[secret\]){1,2}\)$/);
});
