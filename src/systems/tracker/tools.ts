import { z } from "zod";
import { ticketKey } from "../../domain/ids.ts";
import { sha256 } from "../../domain/json.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool, type ToolCall } from "../../domain/tool.ts";
import { inTurns } from "./turns.ts";

/** The issue that a run was begun from, as GitHub told it itself. */
export interface Issue {
  readonly repository: string;
  readonly number: number;
  readonly title: string;
}

/** What is shown of a run where it is followed: one note, kept up to date, that is found again by its mark. */
export interface Note<T> {
  readonly tenant: string;
  readonly ticket: T;
  /** "acme/shop #7" or "OPS-12". */
  readonly where: string;
  /** What is known of it: of a ticket that is only named, nothing. */
  readonly title: string;
  /** The run's id, and what of the run the note is about where it has several. */
  readonly mark: string;
  /** The whole address of the run's page. */
  readonly page: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** A tracker where we may write. The same call again changes nothing more. */
export interface Keeper<T> {
  readonly name: string;
  show(note: Note<T>): Promise<void>;
}

export interface TrackerParts {
  /** Null: the run was not begun from an issue. */
  ticketOf(tenant: string, runId: string): Promise<Issue | null>;
  /** Null: there is no account to write with. */
  keeper(): Promise<(Keeper<Issue> & { close(note: Note<Issue>): Promise<void> }) | null>;
  /** Tickets that workflows name: those of these projects only. */
  readonly jira: {
    readonly projects: readonly string[];
    keeper(): Promise<Keeper<{ readonly key: string }> | null>;
  };
  readonly egress: readonly string[];
  /** A page of ours as a whole address. */
  address(path: string): string;
}

const result = z.object({ done: z.boolean(), where: z.string(), because: z.string() });
type Result = z.output<typeof result>;
type Said = { readonly text: string; readonly about?: string | undefined };
type Call = Pick<ToolCall<unknown>, "tenant" | "runId" | "signal">;
/** Characters of a note; what a run has to say may be longer. */
const longestNote = 4000;
const noAccount = "No account to write there is configured.";
const common = { effect: "keyed", timeoutMs: 30_000, result, trusted: true } as const;
const write = () => "write" as const;

/** Keeps the issue that a run was begun from, or a ticket it names, in step with it. Without an account nothing is written, and that is said. */
export function trackerTools({ ticketOf, keeper, jira, egress, address }: TrackerParts): AnyTool[] {
  const inTurn = inTurns();
  const noteOf = <T>(
    { tenant, runId, signal }: Call,
    {
      about = "",
      ...of
    }: Pick<Note<T>, "ticket" | "where" | "title" | "text"> & { readonly about?: string | undefined },
  ): Note<T> => ({
    ...of,
    tenant,
    mark: about === "" ? runId : `${runId}:${sha256(about).slice(0, 12)}`,
    page: address(`/runs/${runId}`),
    signal,
  });
  const onIssue = async (what: "show" | "close", call: Call, { text, about }: Said): Promise<Result> => {
    const [issue, there] = await Promise.all([ticketOf(call.tenant, call.runId), keeper()]);
    if (issue === null) return { done: false, where: "", because: "This run was not begun from an issue." };
    const where = `${issue.repository} #${issue.number}`;
    if (there === null) return { done: false, where, because: noAccount };
    const note = noteOf(call, { ticket: issue, where, title: issue.title, text, about });
    await inTurn(`${call.tenant} ${where}`, call.signal, () => there[what](note));
    return { done: true, where, because: there.name };
  };
  const onTicket = async (call: Call, key: string, { text, about }: Said): Promise<Result> => {
    const project = key.slice(0, key.lastIndexOf("-"));
    const refused = (because: string) => ({ done: false, where: key, because });
    if (!jira.projects.includes(project))
      return refused(`The project ${project} is not among connectors.jira.projects in steward.yaml.`);
    const there = await jira.keeper();
    if (there === null) return refused(noAccount);
    const note = noteOf(call, { ticket: { key }, where: key, title: "", text, about });
    await inTurn(`${call.tenant} ${key}`, call.signal, () => there.show(note));
    return { done: true, where: key, because: there.name };
  };
  return [
    defineTool({
      ...common,
      egress,
      // An issue is the one of the run itself; a ticket is whatever the run was told.
      steers: ["ticket"],
      name: "tracker.show",
      final: "The next note of the run takes its place.",
      summary:
        "Says on the issue that the run was begun from, or on the Jira ticket it is for, how it stands, in one note that is kept up to date",
      params: z.object({
        text: z.string().min(1).max(100_000),
        ticket: z.string().regex(ticketKey, "must be a ticket, for example OPS-12").optional(),
        about: z
          .string()
          .min(1)
          .max(1000)
          .optional()
          .describe("what of the run the note is about, where the run may have several notes there"),
      }),
      risk: write,
      describe: ({ ticket = "the issue" }) => `Say on ${ticket} how this run stands`,
      run: (call) => {
        const { ticket, text, about } = call.args;
        const said = { text: shorten(text, longestNote), about };
        return ticket === undefined ? onIssue("show", call, said) : onTicket(call, ticket, said);
      },
    }),
    defineTool({
      ...common,
      egress,
      steers: [],
      name: "tracker.close",
      final: "Whoever looks after the issue opens it again.",
      summary: "Closes the issue that the run was begun from",
      params: z.object({}),
      risk: write,
      describe: () => "Close the issue that this run was begun from",
      run: (call) => onIssue("close", call, { text: "" }),
    }),
  ];
}
