import { z } from "zod";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** Who could review, and how much each has to review already. */
export interface ReviewSources {
  /** Who owns what one of these names, in the order of steward.yaml. */
  ownersOf(texts: readonly string[]): readonly Person[];
  /** Who owns anything. */
  owners(): readonly Person[];
  /** Everybody who belongs here. */
  members(tenant: string): Promise<readonly Person[]>;
  /** Open reviews by a person's id, but for this run's. */
  load(tenant: string, besidesRun: string): Promise<ReadonlyMap<string, number>>;
}

/** The tool that chooses a reviewer: of the owners, else of those who own anything, else of the members, whoever has least to review. */
export function reviewTools(sources: ReviewSources): AnyTool[] {
  return [
    defineTool({
      name: "reviews.choose",
      summary: "Who is to review a pull request: an owner with little to review, never its author",
      params: z.object({
        repository: z.string(),
        title: z.string(),
        author: z.string(),
        /** Somebody who was asked before, by id; empty when nobody was. */
        besides: z.string().default(""),
      }),
      result: z.object({ id: z.string(), name: z.string(), because: z.string(), load: z.number() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: [],
      describe: ({ title }) => `Choose who reviews “${title}”`,
      async run({ tenant, args: { repository, title, author, besides }, runId }) {
        const [load, members] = await Promise.all([sources.load(tenant, runId), sources.members(tenant)]);
        const loadOf = ({ id }: Person) => load.get(id) ?? 0;
        const circles = [
          { of: sources.ownersOf([repository, title]), why: `of those who own it, nobody has less to review` },
          {
            of: sources.owners(),
            why: "nobody else owns it, and of those who own something, nobody has less to review",
          },
          { of: members, why: "no other owner is left, and nobody has less to review" },
        ];
        for (const { of, why } of circles) {
          const able = of.filter((person) => person.id !== besides && !isAuthor(person, author));
          const chosen = able.toSorted((a, b) => loadOf(a) - loadOf(b))[0];
          if (chosen === undefined) continue;
          const open = loadOf(chosen);
          const because = `${why} (${open === 0 ? "none open" : `${open} open`})`;
          return { id: chosen.id, name: chosen.name, because, load: open };
        }
        return { id: "", name: "", because: "nobody is left", load: 0 };
      },
    }),
  ];
}

/** GitHub's names are not ours: whoever is called the same here counts as the author. */
function isAuthor({ id, name }: Person, author: string): boolean {
  return [id, name].some((one) => one.toLowerCase() === author.toLowerCase());
}
