import { z } from "zod";
import { shortId } from "../domain/ids.ts";
import { shorten } from "../domain/text.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { TrialStore } from "./company.ts";

const Ticket = z.object({ ticket: z.string() });

/** Two providers that do not take our key: tickets can be looked up by a marker, pages not at all. */
export function deskTools(store: TrialStore): AnyTool[] {
  return [ticketTool(store), pageTool(store)];
}

function ticketTool(store: TrialStore) {
  return defineTool({
    name: "tickets.create",
    summary: "Write a ticket",
    params: z.object({ title: z.string().min(1).max(200), text: z.string().max(10_000) }),
    result: Ticket,
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs: 10_000,
    describe: ({ title }) => `Write the ticket "${title}"`,
    final: "A ticket stays: whoever works on it closes it.",
    async dryRun({ tenant, args: { title } }) {
      const same = (await store.operations(tenant, "ticket")).findLast(({ detail }) => detail["title"] === title);
      const known = Ticket.safeParse(same?.result).data;
      return known
        ? `There is a ticket of this title already: ${known.ticket}.`
        : "There is no ticket of this title yet.";
    },
    async run({ tenant, args, effectId }) {
      const result = { ticket: shortId(effectId).replace("R-", "T-") };
      await store.append(tenant, "ticket", { ...args, marker: effectId }, result);
      return result;
    },
    async find({ tenant, effectId }) {
      const found = await store.byMarker(tenant, "ticket", effectId);
      return found ? Ticket.parse(found.result) : null;
    },
  });
}

function pageTool(store: TrialStore) {
  return defineTool({
    name: "pager.page",
    summary: "Ring somebody's pager",
    params: z.object({ person: z.string().min(1).max(100), text: z.string().min(1).max(1000) }),
    result: z.object({ paged: z.string() }),
    risk: () => "write" as const,
    effect: "opaque",
    timeoutMs: 10_000,
    describe: ({ person, text }) => `Ring ${person}'s pager: ${text}`,
    final: "A pager that rang has rung.",
    async dryRun({ tenant, args: { person } }) {
      const rung = (await store.operations(tenant, "page")).filter(({ detail }) => detail["person"] === person);
      const last = rung.at(-1)?.detail["text"];
      return last === undefined
        ? `${person} was not paged before.`
        : `${person} was paged ${rung.length === 1 ? "once" : `${rung.length} times`} before, last with “${shorten(String(last), 200)}”.`;
    },
    async run({ tenant, args }) {
      const result = { paged: args.person };
      await store.append(tenant, "page", args, result);
      return result;
    },
  });
}

/** An issue at the company's desk, as it stands now. */
interface DeskIssue {
  readonly issue: string;
  readonly title: string;
  readonly text: string;
  readonly closed: boolean;
}

interface DeskNote {
  readonly tenant: string;
  /** "acme/shop #7" or "OPS-12". */
  readonly where: string;
  readonly title: string;
  /** The run that says it. */
  readonly mark: string;
  readonly text: string;
}

const shown = 20;

/** The company's desk stands in for the tracker of issues that it was told of: one note for each, as it is now. */
export function deskOf(store: TrialStore) {
  const all = async (tenant: string): Promise<(DeskIssue & { mark: string })[]> =>
    (await store.operations(tenant, "issue")).map(({ detail }) => ({
      issue: String(detail["issue"]),
      title: String(detail["title"]),
      text: String(detail["text"]),
      closed: detail["closed"] === true,
      mark: String(detail["mark"]),
    }));
  const write = async ({ tenant, where: issue, title, mark, text }: DeskNote, closed: boolean) => {
    const before = (await all(tenant)).findLast((one) => one.issue === issue && one.mark === mark);
    const now = { text: text === "" ? (before?.text ?? "") : text, closed: closed || before?.closed === true };
    await store.append(tenant, "issue", { issue, title, mark, ...now }, {});
  };
  return {
    name: "the desk of the trial company",
    show: (note: DeskNote) => write(note, false),
    close: (note: DeskNote) => write(note, true),
    /** Every note on an issue as it was left last, the newest first, at most 20. */
    issues: async (tenant: string): Promise<DeskIssue[]> =>
      [...new Map((await all(tenant)).map((one) => [`${one.issue} ${one.mark}`, one])).values()]
        .reverse()
        .slice(0, shown)
        .map(({ mark: _, ...one }) => one),
  };
}
