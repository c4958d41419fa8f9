import MiniSearch from "minisearch";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Person } from "../../domain/incoming.ts";
import type { JsonObject } from "../../domain/json.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { Commit } from "./between.ts";
import type { GithubAccess } from "./client.ts";

/** What GitHub has told, and who owns what. */
export interface ToldSources {
  /** The latest events of this name, newest first. */
  told(
    tenant: string,
    event: "issue" | "build",
  ): Promise<readonly { readonly at: string; readonly data: JsonObject }[]>;
  /** Who owns what a repository, a label or a word of a title names; null where nobody is named in steward.yaml. */
  ownerOf(texts: readonly string[]): Person | null;
  holders(tenant: string, role: string): Promise<readonly Person[]>;
  /** Where commits can be looked up; null: only what builds told of themselves is known. */
  readonly access: GithubAccess | null;
}

const Owner = z.object({ id: z.string(), name: z.string(), because: z.string() }).nullable();
const Issue = z.looseObject({
  group: z.string(),
  title: z.string(),
  body: z.string(),
  number: z.number(),
  state: z.string(),
  url: z.string(),
});
const Build = z.looseObject({
  group: z.string(),
  repository: z.string(),
  number: z.number(),
  /** Of one that was told by an older Steward, its number says it. */
  order: z.number().optional(),
  conclusion: z.string(),
  sha: z.string(),
  message: z.string(),
  author: z.string(),
  url: z.string(),
});

/** They look into what was told already; nothing that they are given chooses where else. */
const looking = { risk: () => "read" as const, effect: "keyed", timeoutMs: 10_000, steers: [] as string[] } as const;

/** What is made of what GitHub tells: how bad a bug is and whose, and what may have broken a build. */
export function toldTools(sources: ToldSources): AnyTool[] {
  return [triageTool(sources), sinceTool(sources)];
}

const severities = [
  {
    name: "critical",
    words:
      /\b(data loss|lose[sd]? data|security|vulnerab\w*|leak(?:s|ed|ing)? (?:data|password|token|secret)\w*|outage|is down|nobody can|(?:for|affects|hits) everyone|everyone (?:is|sees|gets|has)|cannot (?:log ?in|pay)|can't (?:log ?in|pay))\b/i,
  },
  {
    name: "high",
    words:
      /\b(crash\w*|exception|error 5\d\d|50\d|fails?|failing|broken|regression|hangs?|corrupt\w*|timeouts?|timed out)\b/i,
  },
  { name: "low", words: /\b(typo|spelling|cosmetic|misaligned|wording|docs?|documentation|readme|colou?r)\b/i },
] as const;

function triageTool(sources: ToldSources) {
  return defineTool({
    ...looking,
    name: "issues.triage",
    summary: "How bad a bug is by its words, whose it is, and which known issues are like it",
    params: z.object({
      group: z.string(),
      repository: z.string(),
      title: z.string(),
      body: z.string(),
      labels: z.array(z.string()),
    }),
    result: z.object({
      severity: z.enum(["critical", "high", "medium", "low"]),
      because: z.string(),
      owner: Owner,
      similar: z.array(z.object({ number: z.number(), title: z.string(), state: z.string(), url: z.string() })),
      proposal: z.string(),
    }),
    describe: ({ title }) => `Judge “${title}”`,
    async run({ tenant, args: { group, repository, title, body, labels } }) {
      // Whom it calls by @ says nothing of how bad it is.
      const text = [title, ...labels, body].join("\n").replace(/(?<!\w)@[\w./-]+/g, " ");
      const hit = severities.map(({ name, words }) => ({ name, word: words.exec(text)?.[0] })).find(({ word }) => word);
      const owner = await ownerOf(sources, tenant, [repository, ...labels, title]);
      const known = new Map<string, z.output<typeof Issue>>();
      for (const { data } of await sources.told(tenant, "issue")) {
        const issue = Issue.safeParse(data).data;
        if (issue && issue.group !== group && !known.has(issue.group)) known.set(issue.group, issue);
      }
      const similar = alike(title, [...known.values()]).map(({ number, title, state, url }) => ({
        number,
        title,
        state,
        url,
      }));
      const [first] = similar;
      const severity = hit?.name ?? "medium";
      return {
        severity,
        because: hit?.word ? `it says “${hit.word}”` : "no word in it says how bad it is",
        owner,
        similar,
        proposal: first
          ? `Compare it with #${first.number} “${first.title}” first: it may be the same.`
          : `It may be for ${owner?.name ?? "somebody on call"}, ${severity === "critical" ? "now" : severity === "high" ? "today" : "when there is time"}; nobody has taken it yet.`,
      };
    },
  });
}

/** Known issues of which at least half of this title's words speak, best first. */
function alike(title: string, known: readonly z.output<typeof Issue>[]): z.output<typeof Issue>[] {
  const index = new MiniSearch({
    fields: ["title", "body"],
    searchOptions: { boost: { title: 3 } },
    processTerm: wordOf,
  });
  index.addAll(known.map((issue, id) => ({ id, title: issue.title, body: issue.body })));
  const words = new Set(title.split(/[^\p{L}\p{N}]+/u).flatMap((word) => wordOf(word) ?? []));
  return index
    .search(title)
    .filter(({ queryTerms }) => new Set(queryTerms).size * 2 >= words.size)
    .slice(0, 3)
    .flatMap(({ id }) => known[id as number] ?? []);
}

function wordOf(word: string): string | null {
  const lower = word.toLowerCase();
  return lower.length < 3 || ["the", "and", "for", "with", "when", "not"].includes(lower) ? null : lower;
}

function sinceTool(sources: ToldSources) {
  return defineTool({
    ...looking,
    timeoutMs: 30_000,
    ...(sources.access === null ? {} : { egress: [new URL(sources.access.url).host] }),
    name: "builds.since",
    summary: "What was built on a branch since it was last good",
    params: z.object({ group: z.string(), repository: z.string(), number: z.number() }),
    result: z.object({
      lastGood: z.object({ number: z.number(), sha: z.string(), at: z.string(), url: z.string() }).nullable(),
      failures: z.number(),
      commits: z.array(z.object({ sha: z.string(), message: z.string(), author: z.string(), url: z.string() })),
      owner: Owner,
      summary: z.string(),
    }),
    describe: ({ group }) => `Look what was built since ${group} was good`,
    async run({ tenant, args: { group, repository, number }, signal }) {
      const builds = (await sources.told(tenant, "build")).flatMap(({ at, data }) => {
        const build = Build.safeParse(data).data;
        const order = build?.order ?? (build?.number ?? 0) * 1000;
        return build && build.group === group && build.number <= number ? [{ ...build, at, order }] : [];
      });
      const good = builds.filter(({ conclusion }) => conclusion === "success").sort((a, b) => b.order - a.order)[0];
      const bad = builds
        .filter(({ conclusion, order }) => conclusion !== "success" && order > (good?.order ?? 0))
        .sort((a, b) => a.order - b.order);
      const known = [...new Map(bad.map((build) => [build.sha, build])).values()].slice(0, 10);
      const between = await commitsSince(sources, good, bad.at(-1), signal);
      const commits =
        between ?? known.map(({ sha, message, author, url }) => ({ sha: sha.slice(0, 12), message, author, url }));
      const since = good
        ? `build ${good.number} of ${good.at.slice(0, 16).replace("T", " ")} UTC was good`
        : "no good build is known";
      return {
        lastGood: good ? { number: good.number, sha: good.sha, at: good.at, url: good.url } : null,
        failures: bad.length,
        commits,
        owner: await ownerOf(sources, tenant, [repository]),
        summary: `${bad.length === 1 ? "One build" : `${bad.length} builds`} failed; ${since}.`,
      };
    },
  });
}

/** Every commit after the last good build, as GitHub has them; null where it cannot be asked: a build's own commit is known all the same. */
async function commitsSince(
  { access }: ToldSources,
  good: z.output<typeof Build> | undefined,
  bad: z.output<typeof Build> | undefined,
  signal: AbortSignal,
): Promise<Commit[] | null> {
  if (access === null || good === undefined || bad === undefined) return null;
  const { commitsBetween } = await import("./between.ts");
  try {
    // The repository that signed what it told, whatever the caller says.
    return await commitsBetween(access, { repository: good.repository, base: good.sha, head: bad.sha }, signal);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** Whoever steward.yaml names for one of these; otherwise whoever is on call. */
async function ownerOf(
  sources: ToldSources,
  tenant: string,
  texts: readonly string[],
): Promise<z.output<typeof Owner>> {
  const named = sources.ownerOf(texts);
  if (named) return { id: named.id, name: named.name, because: "owner" };
  const [onCall] = await sources.holders(tenant, "on-call");
  return onCall ? { id: onCall.id, name: onCall.name, because: "on call" } : null;
}
