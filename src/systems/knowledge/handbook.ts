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
const smallWords = new Set(
  "a about after again all am an and any are as at be because been but by can cannot could did do does doing don't for from get gets getting got had has have help how i i'm if in into is isn't it it's its just keep keeps me my need no not of off on or our out please problem should since so some something still stopped than that the their them then there these they this to today too trouble try trying up us use using want was we were what when where which while who why will with won't work working works would yes you your".split(
    " ",
  ),
);

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
      for (const { id, queryTerms } of index.search(question.slice(0, 1000))) {
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
    .replaceAll("’", "'");
  if (lower.length < 2 || smallWords.has(lower)) return null;
  const cut = lower.replace(/(?:ing|ed|ers|er|es|s)$/, "");
  return cut.length >= 3 ? cut : lower;
}
