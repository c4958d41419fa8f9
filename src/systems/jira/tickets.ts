import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { FindPerson } from "../asker.ts";

/** A ticket as a line of an answer. */
export interface Ticket {
  readonly key: string;
  readonly summary: string;
  readonly status: string;
  readonly assignee: string | null;
  readonly updated: string;
  readonly url: string;
}

/** Finds issues by JQL, with the rights of Steward's account. */
export type FindIssues = (
  jql: string,
  limit: number,
) => Promise<{ readonly issues: readonly Ticket[]; readonly more: boolean }>;

interface Parts {
  readonly person: FindPerson;
  /** Whose tickets members are told of; none where there is none. */
  readonly projects: readonly string[];
  /** Null: no Jira is connected. */
  readonly find: FindIssues | null;
  readonly egress: readonly string[];
}

const most = 10;

/** Tickets of the configured projects that speak of something. The tool is there without a Jira, too, and then says so. */
export function ticketTools({ person, projects, find, egress }: Parts): AnyTool[] {
  const refusal = async (tenant: string, requesterId: string | null) => {
    if (find === null) return "No ticket system is connected: jira in docs/connectors.md says how.";
    if (projects.length === 0)
      return "No project is named whose tickets may be told of: connectors.jira.projects in steward.yaml names them.";
    const asker = requesterId === null ? null : await person(tenant, requesterId);
    return asker?.active && asker.kind === "member" ? null : "Only members are told of tickets.";
  };
  return [
    defineTool({
      name: "tickets.about",
      summary: "Find the tickets that speak of something, the newest first",
      params: z.object({ about: z.string().min(1).max(200) }),
      result: z.object({
        tickets: z.array(z.object({ label: z.string(), value: z.string() })),
        answer: z.string(),
      }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 30_000,
      egress,
      steers: ["about"],
      describe: ({ about }) => `Find tickets about “${about}”`,
      refuses: ({ tenant, requesterId }) => refusal(tenant, requesterId),
      async run({ tenant, requesterId, args: { about } }) {
        const why = await refusal(tenant, requesterId);
        if (why !== null || find === null) throw new Fault("bad-request", why ?? "", { undone: true });
        const words = wordsOf(about);
        if (words === "") throw new Fault("bad-request", `“${about}” holds no word to look for.`, { undone: true });
        const { issues, more } = await find(jqlAbout(words, projects), most);
        const count =
          issues.length === 0
            ? "No ticket speaks"
            : issues.length === 1
              ? "One ticket speaks"
              : `${issues.length} tickets speak`;
        const rest = more ? ` There are more; these are the newest ${issues.length}.` : "";
        return {
          answer: `${count} of “${about}” in ${projects.join(", ")}.${rest}`,
          tickets: issues.map(({ key, summary, status, assignee, updated, url }) => ({
            label: key,
            value: `${summary} (${status}${assignee === null ? "" : `, ${assignee}`}, ${updated.slice(0, 10)}) ${url}`,
          })),
        };
      },
    }),
  ];
}

function jqlAbout(words: string, projects: readonly string[]): string {
  return `project in (${projects.join(", ")}) AND text ~ ${JSON.stringify(words)} ORDER BY updated DESC`;
}

/** The words of a text without what Jira's text search reads as an operator. */
function wordsOf(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}_.-]+/gu, " ")
    .replace(/(?<![\p{L}\p{N}])[-.]+/gu, " ")
    .replace(/\s+/gu, " ")
    .trim();
}
