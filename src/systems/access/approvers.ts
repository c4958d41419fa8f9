import { z } from "zod";
import { roughly } from "../../domain/duration.ts";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { PolicyRule } from "../../gates/gates.ts";

/** Where it is read who may approve what. */
export interface ApproverSources {
  readonly rules: readonly PolicyRule[];
  tools(): ReadonlyMap<string, AnyTool>;
  holders(tenant: string, role: string): Promise<readonly Person[]>;
}

const smallWords = new Set(
  "a an and any anybody approve approval by can do does for from give in is it may must of on one or person something the this to what who whom with".split(
    " ",
  ),
);

/** Who may approve a kind of thing, by the policies that are in force and the roles people hold now. */
export function approverTools({ rules, tools, holders }: ApproverSources): AnyTool[] {
  return [
    defineTool({
      name: "policies.approvers",
      summary: "Who may approve something, said in a few words, by the policies in force",
      params: z.object({ what: z.string().min(1).max(500) }),
      result: z.object({ answer: z.string(), count: z.number() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: [],
      describe: ({ what }) => `Say who may approve ${what}`,
      async run({ tenant, args: { what }, requesterId }) {
        const meant = meantBy(what, rules, tools());
        if (meant.length === 0) {
          const names = rules.filter(({ require }) => require !== "none").map(({ name }) => name);
          const answer = `No policy of steward.yaml is about “${what}”. What is dangerous and has none is approved by a manager. There are policies for: ${names.join(", ") || "nothing yet"}.`;
          return { answer, count: 0 };
        }
        const lines = await Promise.all(
          meant.map(
            async (rule) => `- ${rule.name}: ${await whoFor(rule, (role) => holders(tenant, role), requesterId)}`,
          ),
        );
        return {
          answer: [...lines, "Nobody approves what they ask for themselves."].join("\n"),
          count: meant.length,
        };
      },
    }),
  ];
}

/** The rules about what these words name, as they stand in steward.yaml; of rules for other values of an argument that is named, none. */
function meantBy(what: string, rules: readonly PolicyRule[], tools: ReadonlyMap<string, AnyTool>): PolicyRule[] {
  const said = stemsOf(what);
  const ranked = rules.map((rule) => {
    const { tool = "", args = {} } = rule.match;
    const about = new Set([...stemsOf(tool), ...stemsOf(tools.get(tool)?.summary ?? ""), ...stemsOf(rule.name)]);
    const values = new Set(
      Object.values(args)
        .flat()
        .flatMap((value) => stemsOf(String(value))),
    );
    return { rule, hits: said.filter((word) => about.has(word) && !values.has(word)).length };
  });
  const best = Math.max(0, ...ranked.map(({ hits }) => hits));
  const found = ranked.filter(({ hits }) => hits > 0 && hits === best).map(({ rule }) => rule);
  const named = new Set(
    found
      .flatMap(({ match }) =>
        Object.values(match.args ?? {})
          .flat()
          .map(String),
      )
      .filter((value) => said.some((word) => isNear(word, value))),
  );
  const fits = ({ match }: PolicyRule) =>
    Object.entries(match.args ?? {}).every(([name, value]) => {
      const others = found.flatMap((rule) => [rule.match.args?.[name] ?? []].flat().map(String));
      const wanted = others.filter((each) => named.has(each));
      return wanted.length === 0 || [value].flat().some((each) => wanted.includes(String(each)));
    });
  return found.filter(fits);
}

/** "prod" stands for production. */
function isNear(word: string, value: string): boolean {
  return stemsOf(value).includes(word) || (word.length >= 4 && value.toLowerCase().startsWith(word));
}

function stemsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !smallWords.has(word)).map((word) => word.replace(/(?:ing|ed|es|s)$/u, ""));
}

async function whoFor(
  { require, escalate = [] }: PolicyRule,
  holders: (role: string) => Promise<readonly Person[]>,
  requesterId: string | null,
): Promise<string> {
  if (require === "none") return "nobody is asked.";
  const asked = await Promise.all(
    require.map(async ({ role, count }) => {
      const names = (await holders(role)).map(({ id, name }) =>
        id === requesterId ? `${name}, but not for their own` : name,
      );
      return `${count} ${role} (${names.join("; ") || "nobody holds this role now"})`;
    }),
  );
  const later = escalate.map(
    ({ after, to }) =>
      ` After ${roughly(after)} also ${to === "manager-of-requester" ? "the manager of whoever asked" : `whoever is ${to.role}`}.`,
  );
  return `${asked.join(" and ")}.${later.join("")}`;
}
