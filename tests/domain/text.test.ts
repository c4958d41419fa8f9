import { expect, test } from "vitest";
import { showHidden } from "../../src/domain/text.ts";

test.each([
  ["сheckout", "\\u0441heckout"],
  ["асme/shop", "\\u0430\\u0441me/shop"],
  ["https://gοοgle.example", "https://g\\u03bf\\u03bfgle.example"],
  ["𝖺cme", "\\ud835\\uddbacme"],
  ["ｃheckout", "\\uff43heckout"],
  ["Ⅼ", "\\u216c"],
  ["check\u00adout", "check\\u00adout"],
  ["\u061c5", "\\u061c5"],
])("what passes for something else is shown as what it is: %s", (text, shown) => {
  expect(showHidden(text)).toBe(shown);
});

test.each(["Перезапустить checkout сейчас", "Επανεκκίνηση", "Ben’s café, naïve, 5 µs", "東京のcheckout", "👍 ok\nyes"])(
  "words of other languages stay as they are: %s",
  (text) => expect(showHidden(text)).toBe(text),
);

test("a text that writes such a number itself is not the same", () => {
  expect(showHidden(JSON.stringify("\\u0441heckout"))).not.toBe(showHidden(JSON.stringify("сheckout")));
});
