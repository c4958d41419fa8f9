import { canonical } from "../../domain/json.ts";
import type { Group, PastRequest } from "./past.ts";

const fewest = 3;
/** How alike two questions must be, from 0 to 1, on average over those of a group. */
const enough = 0.45;
const smallWords = new Set(
  "a about all am an and any are as at be because been but by can cannot could did do does don't for from get got had has have help how i i'm if in into is isn't it it's its just me my need no not of off on or our out please some somebody still that the their them there they this to too up us was we what when where which who why will with won't work working works would you your".split(
    " ",
  ),
);

/** Groups of three or more, the largest first. The same history gives the same groups. */
export function repeatsIn(history: readonly PastRequest[]): Group[] {
  const help = history.filter(({ kind }) => kind === "help");
  const others = Map.groupBy(
    history.filter(({ kind }) => kind !== "help"),
    ({ kind, text }) => `${kind} ${text.toLowerCase()}`,
  );
  const same = [...alike(help), ...others.values()];
  const rest = same.filter(({ length }) => length < fewest).flat();
  return [...same, ...butOneInput(rest.filter(({ kind }) => kind === "act"))]
    .filter((group): group is [PastRequest, ...PastRequest[]] => group.length >= fewest)
    .sort((a, b) => b.length - a.length || (a[0].at < b[0].at ? -1 : 1));
}

/** The names of the inputs that are not the same in all of them. */
export function variesIn(group: Group): string[] {
  const names = new Set(group.flatMap(({ input }) => Object.keys(input)));
  return [...names].filter((name) => new Set(group.map(({ input }) => canonical(input[name] ?? null))).size > 1);
}

/** Deeds of one definition that are the same but for one input, where there is another; each in the largest such group it is in. */
function butOneInput(deeds: readonly PastRequest[]): PastRequest[][] {
  const buckets = Map.groupBy(
    deeds.flatMap((deed) =>
      Object.keys(deed.input).map((name) => {
        const { [name]: _, ...others } = deed.input;
        const isAlone = Object.values(others).every((value) => value === null);
        return { deed, bucket: isAlone ? null : canonical([deed.definition, name, others]) };
      }),
    ),
    ({ bucket }) => bucket,
  );
  buckets.delete(null);
  const taken = new Set<string>();
  return [...buckets.values()]
    .sort((a, b) => b.length - a.length)
    .map((bucket) => bucket.map(({ deed }) => deed).filter(({ id }) => !taken.has(id)))
    .filter((group) => {
      if (group.length >= fewest) for (const { id } of group) taken.add(id);
      return group.length >= fewest;
    });
}

/** Questions by what they are about: each joins the group it is most like, or begins one. Rare words count more. */
function alike(questions: readonly PastRequest[]): PastRequest[][] {
  const words = questions.map(({ text }) => new Set(wordsOf(text)));
  const holding = new Map<string, number>();
  for (const word of words.flatMap((own) => [...own])) holding.set(word, (holding.get(word) ?? 0) + 1);
  const weight = (word: string) => Math.log(1 + questions.length / (holding.get(word) ?? 1)) ** 2;
  const length = (own: ReadonlySet<string>) => Math.sqrt([...own].reduce((sum, word) => sum + weight(word), 0));
  const likeness = (a: ReadonlySet<string>, b: ReadonlySet<string>) => {
    const common = [...a].filter((word) => b.has(word)).reduce((sum, word) => sum + weight(word), 0);
    return common === 0 ? 0 : common / (length(a) * length(b));
  };
  const groups: number[][] = [];
  for (const [index, own] of words.entries()) {
    const best = groups
      .map((group) => ({ group, like: mean(group.map((other) => likeness(own, words[other] as Set<string>))) }))
      .sort((a, b) => b.like - a.like)[0];
    if (best !== undefined && best.like >= enough) best.group.push(index);
    else groups.push([index]);
  }
  return groups.map((group) => group.flatMap((index) => questions[index] ?? []));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => word.length > 1 && !smallWords.has(word))
    .map((word) => (word.length > 3 ? word.replace(/(?:ing|ed|es|s)$/u, "").replace(/(.)\1$/u, "$1") : word));
}
