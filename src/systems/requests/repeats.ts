import { z } from "zod";
import type { Person } from "../../domain/incoming.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { permits } from "../../people/people.ts";

/** One thing that was asked for, or that happened. */
export interface PastRequest {
  /** R-... */
  readonly run: string;
  /** help: a question that went to people. incident, build: a system told it. act: something was changed. */
  readonly kind: "help" | "incident" | "build" | "act";
  /** Requests of other kinds are the same when these texts are; questions when they are about the same. */
  readonly text: string;
  readonly requesterId: string | null;
  /** ISO instant. */
  readonly at: string;
}

export interface PastSources {
  person(tenant: string, id: string): Promise<Person | null>;
  /** What began in the last so many days, oldest first. */
  past(tenant: string, days: number): Promise<readonly PastRequest[]>;
}

/** Requests that are the same, or about the same. */
export interface Repeat {
  readonly kind: PastRequest["kind"];
  /** As it was said first. */
  readonly text: string;
  readonly count: number;
  readonly people: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** The newest five. */
  readonly runs: readonly string[];
}

const fewest = 3;
const mostShown = 8;
/** How alike two questions must be, from 0 to 1, on average over those of a group. */
const enough = 0.45;
const smallWords = new Set(
  "a about all am an and any are as at be because been but by can cannot could did do does don't for from get got had has have help how i i'm if in into is isn't it it's its just me my need no not of off on or our out please some somebody still that the their them there they this to too up us was we what when where which who why will with won't work working works would you your".split(
    " ",
  ),
);

/** What repeats among what whoever asked may see. */
export function repeatTools({ person, past }: PastSources): AnyTool[] {
  return [
    defineTool({
      name: "requests.repeats",
      summary: "Requests, questions and incidents that repeat, with the runs that show it",
      params: z.object({ days: z.number().int().min(1).max(90).default(30) }),
      result: z.object({
        days: z.number(),
        looked: z.number(),
        repeats: z.array(
          z.object({
            kind: z.enum(["help", "incident", "build", "act"]),
            text: z.string(),
            count: z.number(),
            people: z.number(),
            firstAt: z.string(),
            lastAt: z.string(),
            runs: z.array(z.string()),
          }),
        ),
      }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 20_000,
      steers: [],
      describe: ({ days }) => `Look for what repeated in the last ${days} days`,
      async run({ tenant, args: { days }, requesterId }) {
        const reader = requesterId === null ? null : await person(tenant, requesterId);
        const seen = (await past(tenant, days)).filter(
          (one) => reader !== null && permits(reader, "run.read", { requesterId: one.requesterId }).ok,
        );
        const repeats = repeatsIn(seen).slice(0, mostShown);
        return { days, looked: seen.length, repeats: repeats.map((one) => ({ ...one, runs: [...one.runs] })) };
      },
    }),
  ];
}

/** Groups of three or more, the largest first. The same history gives the same groups. */
export function repeatsIn(history: readonly PastRequest[]): Repeat[] {
  const help = history.filter(({ kind }) => kind === "help");
  const others = Map.groupBy(
    history.filter(({ kind }) => kind !== "help"),
    ({ kind, text }) => `${kind} ${text.toLowerCase()}`,
  );
  return [...alike(help), ...others.values()]
    .filter(({ length }) => length >= fewest)
    .map(repeatOf)
    .sort((a, b) => b.count - a.count || (a.firstAt < b.firstAt ? -1 : 1));
}

function repeatOf(group: readonly PastRequest[]): Repeat {
  const [first, last] = [group[0] as PastRequest, group.at(-1) as PastRequest];
  return {
    kind: first.kind,
    text: shorten(first.text, 160),
    count: group.length,
    people: new Set(group.flatMap(({ requesterId }) => requesterId ?? [])).size,
    firstAt: first.at,
    lastAt: last.at,
    runs: group.slice(-5).map(({ run }) => run),
  };
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
