import { z } from "zod";
import { plainLength, timeLength } from "./length.ts";

/** What a parameter may look like in a sentence, read from its schema. */
export interface Slot {
  readonly param: string;
  /** A name is any word that is not a common one; whether it exists is for others to say. A text goes on to the end, a line as far as the next word of its phrase. */
  readonly kind: "choice" | "code" | "duration" | "line" | "name" | "run" | "text" | "ticket" | "words";
  /** Regular expression source of one value. */
  readonly grammar: string;
  /** The words an enum takes, synonyms included, with what each means; empty for free names and durations. */
  readonly words: ReadonlyMap<string, string>;
  readonly choices: readonly string[];
  readonly question: string;
  /** The text for the schema: "prod" is production, "an hour" is "1 hour". */
  canonical(said: string): string;
}

/** Words that are never a name, so that "restart in production" does not restart a service called "in". */
const notNames = new Set(
  "in on at to for from of by till until with the a an this that these those it its my your our his her their me you us we i everything everyone everybody anyone somebody someone anything something nothing all both please now again and or if when then is are was be been do does not no never access service services server servers restart reboot bounce revoke remove status read write prod production staging stage live environment yourself today tonight tomorrow yesterday noon midnight minute minutes hour hours day days week weeks month months year years forever yes yeah yep ok okay sure nope maybe thanks".split(
    " ",
  ),
);
const name = `[@#]?(?!(?:${[...notNames].join("|")})(?: |$|'s))[\\p{L}\\p{N}][\\p{L}\\p{N}._/-]*`;
/** The newest run that looks into an alert, as a sentence may name it and as its slot then says it. */
export const lastIncident = "last incident";
const freely = {
  code: "\\S[\\s\\S]*",
  line: '(?:"[^"]+"|\\S.*?)',
  run: "(?:R-[0-9A-Za-z]{6}|(?:the )?(?:last|latest|newest|most recent) incident)",
  text: "\\S.*",
  words: "\\S.*?",
  ticket: "[A-Za-z][0-9A-Za-z_]{0,30}-\\d{1,9}",
};

/** The slots of an intent's parameters, by name. */
export function slotsOf(params: z.ZodObject): ReadonlyMap<string, Slot> {
  return new Map(Object.entries(params.shape).map(([param, schema]) => [param, slotOf(param, schema as z.ZodType)]));
}

/** Whether a word could be the name of something. */
export function isName(word: string): boolean {
  return new RegExp(`^${name}$`, "iu").test(word);
}

function slotOf(param: string, schema: z.ZodType): Slot {
  const { core, meta } = unwrap(schema);
  const question = typeof meta["description"] === "string" ? meta["description"] : `Which ${param}?`;
  if (core instanceof z.ZodEnum) {
    const options = core.options.map(String);
    const synonyms = Object.entries((meta["synonyms"] ?? {}) as Record<string, string>);
    const words = new Map([...options.map((option) => [option, option] as const), ...synonyms]);
    const grammar = `(?:${[...words.keys()].sort((a, b) => b.length - a.length).join("|")})`;
    return {
      param,
      kind: "choice",
      grammar,
      words,
      choices: options,
      question,
      canonical: (said) => words.get(said.toLowerCase()) ?? said,
    };
  }
  if (meta["slot"] === "duration")
    return {
      param,
      kind: "duration",
      grammar: timeLength,
      words: new Map(),
      choices: [],
      question,
      canonical: plainLength,
    };
  if (meta["slot"] === "span")
    return {
      param,
      kind: "duration",
      grammar: `(?:the )?(?:(?:last|past|previous) )?(?:${timeLength}|minute|hour|day)`,
      words: new Map(),
      choices: [],
      question,
      canonical: (said) => {
        const length = said.replace(/^(?:the )?(?:(?:last|past|previous) )?/iu, "");
        return `the last ${plainLength(/^(?:minute|hour|day)$/iu.test(length) ? `1 ${length}` : length)}`;
      },
    };
  const known = Object.keys(freely).find((kind): kind is keyof typeof freely => kind === meta["slot"]);
  if (known !== undefined)
    return {
      param,
      kind: known,
      grammar: freely[known],
      words: new Map(),
      choices: [],
      question,
      canonical: (said) => {
        if (known === "run") return /incident$/i.test(said) ? lastIncident : said;
        return known === "line" ? said.replace(/^"([^"]+)"$/u, "$1") : said;
      },
    };
  const isAudience = meta["slot"] === "audience";
  return {
    param,
    kind: "name",
    grammar: isAudience ? `(?:on (?:call|duty)|${name})` : name,
    words: new Map(),
    choices: [],
    question,
    canonical: (said) => (isAudience && /^on (?:call|duty)$/i.test(said) ? "on-call" : said.replace(/^[@#]/, "")),
  };
}

/** The schema below optional, default and the like, and what `.meta()` says on any of these layers. */
function unwrap(schema: z.ZodType): { core: z.ZodType; meta: Record<string, unknown> } {
  let core = schema;
  let meta: Record<string, unknown> = { ...schema.meta() };
  for (;;) {
    const inner = (core as { def?: { innerType?: z.ZodType } }).def?.innerType;
    if (!inner) return { core, meta };
    core = inner;
    meta = { ...inner.meta(), ...meta };
  }
}
