import { expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { isOwnDenial } from "../../src/recognize/deny.ts";
import { grammarOf } from "../../src/recognize/grammar.ts";

const known = { service: ["checkout", "billing"], person: ["ben"] };
const denies = (text: string, name: string) => {
  const spec = intents.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`There is no intent ${name}.`);
  return isOwnDenial(text, grammarOf(spec), known);
};

test.each([
  ["I do not need access to billing any more", "revoke-access"],
  ["i don't need my checkout access", "revoke-access"],
  ["cancel my access to billing", "revoke-access"],
  ["I have no access to checkout", "request-access"],
  ["stop checkout and start it again", "restart-service"],
])("“%s” is how %s is asked for", (text, name) => {
  expect(denies(text, name)).toBe(true);
});

test.each([
  ["I do not need access to billing any more", "restart-service"],
  ["I do not need access to billing", "request-access"],
  ["do not take away ben's access to billing", "revoke-access"],
  ["cancel my access to billing, but do not restart it", "revoke-access"],
  ["don't drop my access to billing", "revoke-access"],
  ["I have no access to checkout and nobody may get any", "request-access"],
  ["stop checkout and never start it again", "restart-service"],
  ["stop checkout", "restart-service"],
  ["do not stop checkout and start it again", "restart-service"],
])("“%s” forbids %s", (text, name) => {
  expect(denies(text, name)).toBe(false);
});
