import { z } from "zod";
import { shortId } from "../../domain/ids.ts";
import type { Person } from "../../domain/incoming.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { permits } from "../../people/people.ts";
import type { Content } from "../../workflow/index.ts";
import { type ArticleDraft, articleDraft } from "./article-draft.ts";
import type { Group, PastRequest, Said } from "./past.ts";
import { repeatsIn, variesIn } from "./repeats.ts";
import { rhythmOf } from "./rhythm.ts";
import { type DraftChecks, type InUseAlready, type WorkflowDraft, workflowDraft } from "./workflow-draft.ts";

/** What was asked for and done, and what a draft of it is made of and checked with. */
export interface PastSources extends DraftChecks {
  person(tenant: string, id: string): Promise<Person | null>;
  /** What began in the last so many days, or these runs by id, oldest first. */
  past(
    tenant: string,
    which: { readonly days: number } | { readonly runs: readonly string[] },
  ): Promise<readonly PastRequest[]>;
  /** What others wrote for people in the threads of these help requests, where everybody here may read it. */
  said(tenant: string, runs: readonly string[]): Promise<readonly Said[]>;
  /** The runs that were begun in the threads of these help requests. */
  begun(tenant: string, runs: readonly string[]): Promise<readonly { readonly run: string; readonly begun: string }[]>;
  content(tenant: string, hash: string): Promise<Content | null>;
  /** Whose it is that one of these texts names. */
  ownersOf(texts: readonly string[]): readonly Pick<Person, "name">[];
  /** The folder of the handbook as steward.yaml names it, and whether it has an article of this name; null: there is no handbook. */
  readonly handbook: { readonly folder: string; has(name: string): boolean } | null;
  keep(tenant: string, runId: string, drafts: readonly { n: number; runs: readonly string[] }[]): Promise<void>;
  /** The runs that a draft of a list is made of; without `run` of the newest list of this person. */
  runsOf(
    tenant: string,
    which: { readonly run: string | null; readonly n: number; readonly personId: string },
  ): Promise<readonly string[] | null>;
}

type Draft = WorkflowDraft | ArticleDraft;

const mostShown = 8;
/** So many of the newest of a group are what its draft is made of. */
const mostEvidence = 50;
const looking = { risk: () => "read" as const, effect: "keyed", timeoutMs: 20_000 } as const;
const Repeat = z.object({
  kind: z.enum(["help", "incident", "build", "act"]),
  /** As it was said first. */
  text: z.string(),
  count: z.number(),
  people: z.number(),
  firstAt: z.string(),
  lastAt: z.string(),
  rhythm: z.string().nullable(),
  /** What was another each time. */
  varies: z.array(z.string()),
  /** The newest five. */
  runs: z.array(z.string()),
  owners: z.array(z.string()),
  /** The workflow that does it already, where people took one into use. */
  used: z.string().nullable(),
  draft: z.object({ n: z.number(), kind: z.enum(["workflow", "article"]), name: z.string() }).nullable(),
});

/** What repeats among what whoever asked may see, and what would end it. */
export function repeatTools(sources: PastSources): AnyTool[] {
  return [
    defineTool({
      ...looking,
      name: "requests.repeats",
      summary:
        "Requests, questions and incidents that repeat, with the runs that show it and what could be made of them",
      params: z.object({ days: z.number().int().min(1).max(90).default(30) }),
      result: z.object({ list: z.string(), days: z.number(), looked: z.number(), repeats: z.array(Repeat) }),
      steers: [],
      describe: ({ days }) => `Look for what repeated in the last ${days} days`,
      async run({ tenant, args: { days }, requesterId, runId }) {
        const reader = await readerOf(sources, tenant, requesterId);
        const seen = (await sources.past(tenant, { days })).filter((one) => maySee(reader, one));
        const groups = repeatsIn(seen).slice(0, mostShown);
        const drafts = await Promise.all(groups.map((group) => draftOf(sources, tenant, reader, group)));
        let count = 0;
        const numbered = drafts.map((draft) =>
          draft === null || draft.kind === "used" ? null : { draft, n: ++count },
        );
        await sources.keep(
          tenant,
          runId,
          numbered.flatMap((one, i) =>
            one ? [{ n: one.n, runs: evidenceOf(groups[i] as Group).map(({ id }) => id) }] : [],
          ),
        );
        const repeats = groups.map((group, i) => {
          const { n, draft } = numbered[i] ?? {};
          const one = repeatOf(sources, group, n && draft ? { n, kind: draft.kind, name: draft.name } : null);
          const made = drafts[i];
          return made?.kind === "used" ? { ...one, used: made.name } : one;
        });
        return { list: shortId(runId), days, looked: seen.length, repeats };
      },
    }),
    defineTool({
      ...looking,
      name: "requests.draft",
      summary: "A workflow or an article that was proposed for what repeats, as the file that it would be",
      params: z.object({ draft: z.number().int().min(1).max(99), run: z.string().max(20).nullish() }),
      result: z.object({ answer: z.string(), file: z.string().optional(), use: z.string().optional() }),
      wholeBytes: 32_768,
      steers: [],
      describe: ({ draft, run }) => `Write draft ${draft}${run ? ` of ${run}` : ""} out`,
      async run({ tenant, args, requesterId }) {
        const draft = await draftFor(sources, tenant, args, requesterId);
        if (draft === null) return { answer: noDraft(args) };
        const file = `Draft ${args.draft}: the ${draft.kind} ${draft.name}\n\n\`\`\`\n${draft.text}\`\`\``;
        const use = `/steward use draft ${args.draft}${args.run ? ` of ${args.run}` : ""}`;
        return { answer: howTo(sources, draft), file, ...(draft.kind === "workflow" && { use }) };
      },
    }),
  ];
}

type Asked = { readonly draft: number; readonly run?: string | null | undefined };

/** The file of a workflow that was proposed to this person, or why there is none. */
export async function proposedTo(
  sources: PastSources,
  tenant: string,
  asked: Asked,
  requesterId: string | null,
): Promise<{ readonly file: string } | { readonly file: null; readonly because: string }> {
  const draft = await draftFor(sources, tenant, asked, requesterId);
  if (draft === null) return { file: null, because: noDraft(asked) };
  return draft.kind === "workflow"
    ? { file: draft.text }
    : { file: null, because: `Draft ${asked.draft} is an article: ${howTo(sources, draft)}` };
}

/** What was proposed, made anew of the same runs; null where there is none that this person may see all of. */
async function draftFor(
  sources: PastSources,
  tenant: string,
  { draft: n, run }: Asked,
  requesterId: string | null,
): Promise<Draft | null> {
  const reader = await readerOf(sources, tenant, requesterId);
  const runs = reader && (await sources.runsOf(tenant, { n, run: run ?? null, personId: reader.id }));
  const requests = runs ? await sources.past(tenant, { runs }) : [];
  const isWhole = requests.length === runs?.length && requests.every((one) => maySee(reader, one));
  const draft = isGroup(requests) && isWhole ? await draftOf(sources, tenant, reader, requests) : null;
  return draft === null || draft.kind === "used" ? null : draft;
}

function noDraft({ draft, run }: Asked): string {
  const which = run ? `draft ${draft} of ${run}` : `draft ${draft} in a list that you asked for`;
  return `There is no ${which} that you may see. “what repeats?” lists the drafts there are now; a list of somebody else's is named as in “draft 1 of R-ABC123”.`;
}

async function readerOf({ person }: PastSources, tenant: string, id: string | null): Promise<Person | null> {
  return id === null ? null : person(tenant, id);
}

function maySee(reader: Person | null, { requesterId }: PastRequest): boolean {
  return reader !== null && permits(reader, "run.read", { requesterId }).ok;
}

function isGroup(requests: readonly PastRequest[]): requests is Group {
  return requests.length > 0;
}

function evidenceOf(group: Group): Group {
  return group.slice(-mostEvidence) as readonly PastRequest[] as Group;
}

/** What would end this; null where that is no file. The same runs always make the same draft of what is known of them. */
async function draftOf(
  sources: PastSources,
  tenant: string,
  reader: Person | null,
  all: Group,
): Promise<Draft | InUseAlready | null> {
  const group = evidenceOf(all);
  const { kind } = group[0];
  // A guest could do nothing with it.
  if (reader?.kind !== "member") return null;
  if (kind === "act") return ofDeeds(sources, tenant, group, []);
  if (kind !== "help") return null;
  const ids = group.map(({ id }) => id);
  const begun = await sources.begun(tenant, ids);
  const deeds = (await sources.past(tenant, { runs: begun.map((one) => one.begun) })).filter(
    (one) => one.kind === "act" && maySee(reader, one),
  );
  const same = Map.groupBy(deeds, ({ text }) => text.toLowerCase());
  // The same deed in each of the threads is the answer.
  const answer = [...same.values()].find((those) =>
    ids.every((id) => begun.some((one) => one.run === id && those.some((deed) => deed.id === one.begun))),
  );
  const questions = [...new Set(group.map(({ text }) => text))].slice(0, 20);
  const workflow = answer && isGroup(answer) ? await ofDeeds(sources, tenant, answer, questions) : null;
  if (workflow !== null || sources.handbook === null) return workflow;
  const { has } = sources.handbook;
  return articleDraft(group, await sources.said(tenant, ids), has);
}

async function ofDeeds(
  sources: PastSources,
  tenant: string,
  deeds: Group,
  questions: readonly string[],
): Promise<WorkflowDraft | InUseAlready | null> {
  const used = deeds.find(({ workflow }) => sources.isUsed(workflow));
  if (used !== undefined) return { kind: "used", name: used.workflow };
  const content = await sources.content(tenant, (deeds.at(-1) ?? deeds[0]).definition);
  return content && workflowDraft(deeds, content, sources, questions);
}

function howTo({ handbook }: PastSources, { kind, name, say }: Draft): string {
  return kind === "workflow"
    ? `Save it as workflows/${name}.yaml and start Steward again; then say “${say}”.`
    : `Save it as ${handbook?.folder ?? "knowledge"}/${name}.md, take out what is not for everybody, and start Steward again; then “${say}” is answered with it.`;
}

function repeatOf(
  { ownersOf }: PastSources,
  group: Group,
  draft: z.infer<typeof Repeat>["draft"],
): z.infer<typeof Repeat> {
  const [first, last] = [group[0], group.at(-1) ?? group[0]];
  const { kind } = first;
  const named = ["repository", "service"].flatMap((name) => {
    const value = first.input[name];
    return typeof value === "string" ? [value] : [];
  });
  return {
    kind,
    text: shorten(first.text, 160),
    count: group.length,
    people: new Set(group.flatMap(({ requesterId }) => (requesterId?.startsWith("system:") ? [] : (requesterId ?? []))))
      .size,
    firstAt: first.at,
    lastAt: last.at,
    rhythm: rhythmOf(group.map(({ at }) => at)),
    varies: kind === "act" ? variesIn(group) : [],
    runs: group.slice(-5).map(({ run }) => run),
    owners: kind === "build" || kind === "incident" ? ownersOf(named).map(({ name }) => name) : [],
    used: null,
    draft,
  };
}
