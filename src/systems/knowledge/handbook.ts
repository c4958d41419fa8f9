import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { Fault } from "../../domain/fault.ts";
import { cleanText } from "../../domain/text.ts";
import { type Section, sectionsOf } from "./sections.ts";

/** A folder of articles that can be asked. */
export interface Handbook {
  /** The section that answers best; null when none is about what was asked. */
  ask(question: string): Section | null;
}

/** How much of a question, by weight of its words, a section must be about. Rare words weigh more, unknown ones most. */
const enough = 0.6;
/** Apostrophes are folded before these are looked up: "can't" is "cant". */
const smallWords = new Set(
  "a about after again all also am an and any anybody anyone are as ask asked at be because been but by can cannot cant colleague colleagues could couldnt did didnt do does doesnt doing dont down everybody everyone find for from get gets getting give go goes going good got had has hasnt have havent having hello help helping hey hi how i id if ill im in into is isnt it its ive just keep keeps kindly let like little lot make many me mine more morning much my myself need needs no not now of off often on one only or order our out person please pls problem problems really right said same say see should show simply since so some somebody someone something soon still stopped sure take team tell than thank thanks that thats the their them then there these they thing things this time to today tomorrow too trouble try trying up urgent us use using very want wants was wasnt way we well were weve what whats when where which while who why will with without wont work working works would yes yesterday yet you your".split(
    " ",
  ),
);

/** Words that say which one, and not what. */
const slight = new Set(["new", "old", "other", "another"]);

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

/** The sections as they can be searched: BM25, where titles and headings count more than text. */
export function handbookOf(sections: readonly Section[]): Handbook {
  const index = new MiniSearch<Section & { id: number }>({
    fields: ["title", "heading", "text"],
    processTerm: stem,
    searchOptions: { boost: { title: 2, heading: 3 }, fuzzy: (term) => (term.length >= 6 ? 1 : false) },
  });
  // What stands before the first heading has none of its own: its title counts once.
  index.addAll(
    sections.map((section, id) => ({
      ...section,
      heading: section.heading === section.title ? "" : section.heading,
      id,
    })),
  );
  const holding = (term: string) => index.search(term, { processTerm: (same) => same }).length;
  return {
    ask(question) {
      const terms = [
        ...new Set(
          question
            .slice(0, 1000)
            .split(/[^\p{L}\p{N}'’-]+/u)
            .flatMap((word) => stem(word) ?? []),
        ),
      ];
      const weight = new Map(terms.map((term) => [term, Math.log(1 + sections.length / (holding(term) + 0.5))]));
      const all = terms.reduce((sum, term) => sum + (weight.get(term) ?? 0), 0);
      for (const { id, queryTerms, match } of index.search(question.slice(0, 1000))) {
        // "laptop" in the text of an article about the network does not make it one about laptops.
        const found = Object.entries(match).filter(([term]) => !slight.has(term));
        if (found.length < 2 && !found.some(([, fields]) => fields.some((field) => field !== "text"))) continue;
        const about = [...new Set(queryTerms)].reduce((sum, term) => sum + (weight.get(term) ?? 0), 0);
        if (all > 0 && about / all >= enough) return sections[id as number] ?? null;
      }
      return null;
    },
  };
}

/** A word without its ending, so that "printers" and "printing" find "print"; null for words that say nothing. */
function stem(word: string): string | null {
  const lower = word
    .toLowerCase()
    .replace(/[’']s$/, "")
    .replace(/[’']/g, "");
  if (lower.length < 2 || smallWords.has(lower)) return null;
  const cut = lower.replace(/(?:ing|ed|ers|er|es|s)$/, "");
  return cut.length >= 3 ? cut : lower;
}
