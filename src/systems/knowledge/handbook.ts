import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../domain/fault.ts";
import { nearestName } from "../../domain/nearest-name.ts";
import { cleanText } from "../../domain/text.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { type Asked, tellsTrouble, termsOf, wordsAsked } from "./words.ts";

/** A folder of articles that can be asked. */
export interface Handbook {
  /** The section that answers best; null when none is about what was asked. */
  ask(question: string): Section | null;
}

/** More than this is not read. */
const longestQuestion = 1000;
/** What a word of the question counts where it stands in a section; `opening` is what its article begins with. */
const places = { heading: 1, title: 0.75, only: 0.7, text: 0.65, opening: 0.5 } as const;
/** What a word that only says where or with whom weighs for a section that lacks it. */
const lackedAside = 0.2;
/** How much of a question, by weight of its words, a section must be about; more where a single word of it speaks for it. */
const enough = { several: 0.45, single: 0.55 } as const;
/** What speaks for a section besides: how much of its heading was said, and that both tell of trouble, or neither does. */
const besides = { heading: 0.3, tone: 0.25 } as const;
/** By how much an answer must be better than one from another article. */
const apart = 0.05;

/** Reads the Markdown files of a folder. Throws Fault("bad-config") when there is no such folder. */
export function openHandbook(folder: string): Handbook {
  if (!existsSync(folder))
    throw new Fault(
      "bad-config",
      `There is no folder ${folder}: create it, or take “knowledge” out of the configuration.`,
    );
  const files = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return handbookOf(
    files.sort().flatMap((file) => sectionsOf(file, cleanText(readFileSync(join(folder, file), "utf8")))),
  );
}

/** The sections as they can be searched: each is judged by how much of the question it is about, and the best one answers. */
export function handbookOf(sections: readonly Section[]): Handbook {
  const headings = sections.map(({ heading }) => termsOf(heading));
  const index = indexOf(sections);
  const words = [...index.keys()];
  const nowhere = new Map<number, number>();
  const find = (term: string): ReadonlyMap<number, number> => {
    const near = index.has(term) || term.length < 6 ? term : nearestName(term, words, 1);
    return index.get(near ?? term) ?? nowhere;
  };

  return {
    ask(question) {
      const asked = question.slice(0, longestQuestion);
      const said = wordsAsked(asked).map((word) => {
        const found = find(word.term);
        return { ...word, found, weight: Math.log(1 + sections.length / (Math.max(found.size, 1) + 0.5)) };
      });
      const isTrouble = tellsTrouble(asked);
      const judged = sections.map((section, id) => {
        const heading = headings[id] ?? [];
        const ofHeading = heading.filter((term) => said.some((word) => word.term === term)).length;
        const tone = isTrouble === tellsTrouble(section.heading) ? besides.tone : 0;
        const about = aboutness(said, id, isTrouble);
        const score = about + tone + (besides.heading * ofHeading) / Math.max(heading.length, 1);
        return { section, about, score };
      });
      const [best, ...others] = judged.filter(({ about }) => about > 0).sort((a, b) => b.score - a.score);
      // Two articles that fit alike: neither is known to be the answer.
      const rival = others.find(({ section }) => section.file !== best?.section.file);
      return best === undefined || (rival && rival.score > best.score - apart) ? null : best.section;
    },
  };
}

/** Which sections have a word, and what it counts there. */
function indexOf(sections: readonly Section[]): Map<string, Map<number, number>> {
  const index = new Map<string, Map<number, number>>();
  const add = (id: number, text: string, place: number) => {
    for (const term of termsOf(text)) {
      const found = index.get(term) ?? new Map<number, number>();
      index.set(term, found.set(id, Math.max(place, found.get(id) ?? 0)));
    }
  };
  for (const [id, section] of sections.entries()) {
    const opening = sections.find(({ file, heading, title }) => file === section.file && heading === title);
    if (opening !== undefined) add(id, opening.text, places.opening);
    add(id, section.text, places.text);
    add(id, section.title, places.title);
    add(id, section.heading, places.heading);
  }
  return index;
}

/** A word of the question, with the sections that have it. */
interface Found extends Asked {
  readonly found: ReadonlyMap<number, number>;
  /** The rarer, the more. */
  readonly weight: number;
}

/** How much of a question a section is about, from 0 to 1; 0 where that is not enough for an answer. */
function aboutness(said: readonly Found[], id: number, isTrouble: boolean): number {
  const here = said.filter(({ found }) => found.has(id));
  // "My laptop's screen" is none of a room's, where the handbook knows of laptops.
  if (isTrouble && said.some(({ own, found }) => own && found.size > 0 && !found.has(id))) return 0;
  const isHeaded = here.some(({ slight, found }) => !slight && (found.get(id) ?? 0) >= places.title);
  // "laptop" in the text of an article about the network does not make it one about laptops; what stands nowhere else may.
  const telling = here.filter(({ slight, found }) => !slight && (found.get(id) ?? 0) > places.opening);
  const isOnly = !isTrouble && telling.some(({ found }) => found.size === 1);
  // Where neither heading nor title has a word of it, the text must have them all.
  if (!isHeaded && telling.length < (isOnly ? 1 : 2)) return 0;
  if (!isHeaded && telling.length < said.length) return 0;
  const counts = ({ found }: Found) =>
    found.size === 1 ? Math.max(places.only, found.get(id) ?? 0) : (found.get(id) ?? 0);
  const lacks = ({ aside, found }: Found) => aside && isHeaded && !found.has(id);
  const all = said.reduce((sum, word) => sum + word.weight * (lacks(word) ? lackedAside : 1), 0);
  const about = here.reduce((sum, word) => sum + word.weight * counts(word), 0) / all;
  return about < (telling.length > 1 ? enough.several : enough.single) ? 0 : about;
}
