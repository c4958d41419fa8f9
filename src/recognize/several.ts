import { escaped } from "./phrase.ts";

const every = "(?:everything|all (?:of )?(?:the |our |my )?services|every service|all of them)";
const comma = "(?:,? (?:and|&|plus) (?:also )?|, ?)";

/**
 * "restart checkout and search in staging" as one sentence for each: "restart checkout in staging and restart search in staging";
 * likewise "restart checkout in staging, and search too" and "restart everything in staging". `joint` is what parts two requests.
 * Null where no several of these names are asked about at once, or more than `most`.
 */
export function eachNamed(text: string, names: readonly string[], joint: RegExp, most: number): string | null {
  if (names.length < 2) return null;
  const one = `(?:${names.map((name) => escaped(name)).join("|")})`;
  const list = new RegExp(`(?<![\\p{L}\\p{N}-])(?:${one}(?:${comma}${one})+|${every})(?![\\p{L}\\p{N}-])`, "iu");
  const found = list.exec(text);
  if (found) {
    const [said] = found;
    const all = said.match(new RegExp(one, "giu")) ?? names;
    const { before, head, tail, after } = clauseAround(text, found.index, found.index + said.length, joint);
    if (head.trim() === "" || all.length > most) return null;
    return `${before}${all.map((name) => `${head}${name}${tail}`).join(" and ")}${after}`;
  }
  const added = new RegExp(`^(.*?)(${one})( .*?)?${comma}(${one})(?: too| as well| also)?[.!]?$`, "iu").exec(text);
  if (!added) return null;
  const [, head = "", first = "", tail = "", second = ""] = added;
  return head.trim() === "" ? null : `${head}${first}${tail} and ${head}${second}${tail}`;
}

/** The request that a list stands in: what is before and after it belongs to others. */
function clauseAround(text: string, start: number, end: number, joint: RegExp) {
  const joints = [...text.matchAll(joint)].map(({ 0: mark, index }) => ({ index, end: index + mark.length }));
  const from = joints.filter((one) => one.end <= start).at(-1)?.end ?? 0;
  const to = joints.find(({ index }) => index >= end)?.index ?? text.length;
  return {
    before: text.slice(0, from),
    head: text.slice(from, start),
    tail: text.slice(end, to),
    after: text.slice(to),
  };
}
