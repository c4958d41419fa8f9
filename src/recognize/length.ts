const counts: ReadonlyMap<string, number> = new Map([
  ["a couple of", 2],
  ["an", 1],
  ["a", 1],
  ..."one two three four five six seven eight nine ten eleven twelve"
    .split(" ")
    .map((word, i): [string, number] => [word, i + 1]),
  ["fifteen", 15],
  ["twenty", 20],
  ["thirty", 30],
  ["forty-five", 45],
  ["forty", 40],
  ["fifty", 50],
  ["sixty", 60],
  ["ninety", 90],
]);
const halves: ReadonlyMap<string, string> = new Map([
  ["half an hour", "30 minutes"],
  ["half a day", "12 hours"],
  ["a quarter of an hour", "15 minutes"],
]);
/** In minutes, by the first letter; what is longer than a week has its whole name. */
const sizes: ReadonlyMap<string, number> = new Map([
  ["m", 1],
  ["h", 60],
  ["d", 1440],
  ["w", 7 * 1440],
  ["fortnight", 14 * 1440],
  ["month", 30 * 1440],
  ["year", 365 * 1440],
]);
const longestMinutes = 366 * 1440;

const number = "\\d{1,6}(?:\\.\\d{1,3})?";
const count = `${number}|${[...counts.keys()].join("|")}`;
/** The words for units of time, as the source of a regular expression. */
export const timeUnit = "(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|years?)";
const single = `(?:(?:${count})(?: and a half)? ?${timeUnit}(?: and a half)?|${number} ?[mhdw])`;
/** A length of time as people say it, likewise: "2 hours", "half a day", "two and a half hours", "1h30m". */
export const timeLength = `(?:${[...halves.keys()].join("|")}|${single}(?:,? ?(?:and )?${single})?)`;
const parts = new RegExp(`(${count})( and a half)? ?(${timeUnit})( and a half)?|(${number}) ?([mhdw])(?![a-z])`, "giu");

/** A number that is written as a word, in digits: "3" for "three"; anything else stays as it is. */
export function plainNumber(said: string): string {
  const word = said.toLowerCase();
  return /^[a-z-]{3,}$/u.test(word) ? String(counts.get(word) ?? said) : said;
}

/** Such a length as a number and a unit: "150 minutes" for "two and a half hours", "21 days" for "3 weeks". What is too long stays as it was said. */
export function plainLength(said: string): string {
  const text = said.toLowerCase();
  const half = halves.get(text);
  if (half !== undefined) return half;
  const found = [...text.matchAll(parts)].map(([, amount, before, name, after, bare, letter]) => {
    const said = amount ?? bare ?? "";
    const one = name ?? letter ?? "";
    const size = sizes.get(one.replace(/s$/u, "")) ?? sizes.get(one[0] ?? "") ?? Number.NaN;
    return {
      size,
      minutes: ((counts.get(said) ?? Number(said)) + (before || after ? 0.5 : 0)) * size,
      whole: !before && !after,
    };
  });
  const [only, ...others] = found;
  if (only?.whole && others.length === 0 && only.size <= 1440)
    return text.replace(/^(?:a couple of|[a-z-]+)/u, (word) => String(counts.get(word) ?? word));
  const minutes = Math.round(found.reduce((sum, each) => sum + each.minutes, 0));
  if (!(minutes <= longestMinutes)) return text;
  return minutes % 1440 === 0 ? `${minutes / 1440} days` : `${minutes} minutes`;
}
