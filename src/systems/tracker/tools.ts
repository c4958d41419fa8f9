import { z } from "zod";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** The issue that a run was begun from, as its tracker told it itself. */
export interface Ticket {
  readonly repository: string;
  readonly number: number;
  readonly title: string;
}

/** What is shown of a run where it was begun: one note, kept up to date, that is found again by the run's mark. */
export interface Note {
  readonly tenant: string;
  readonly ticket: Ticket;
  /** The run's id. */
  readonly mark: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** A tracker where we may write. The same call again changes nothing more. */
export interface Keeper {
  readonly name: string;
  show(note: Note): Promise<void>;
  close(note: Note): Promise<void>;
}

export interface TrackerParts {
  /** Null: the run was not begun from an issue. */
  ticketOf(tenant: string, runId: string): Promise<Ticket | null>;
  /** Null: there is no account to write with. */
  keeper(): Promise<Keeper | null>;
  readonly egress: readonly string[];
}

const result = z.object({ done: z.boolean(), where: z.string(), because: z.string() });
/** Nothing they are given chooses where they write: that is the issue of their own run, and no other. */
const common = { effect: "keyed", timeoutMs: 30_000, steers: [] as string[], result, trusted: true } as const;
const write = () => "write" as const;

/** Keeps the issue that a run was begun from in step with it. Without an account nothing is written, and that is said. */
export function trackerTools({ ticketOf, keeper, egress }: TrackerParts): AnyTool[] {
  const act = async (
    what: "show" | "close",
    { tenant, runId, text, signal }: { tenant: string; runId: string; text: string; signal: AbortSignal },
  ): Promise<z.output<typeof result>> => {
    const [ticket, there] = await Promise.all([ticketOf(tenant, runId), keeper()]);
    if (ticket === null) return { done: false, where: "", because: "This run was not begun from an issue." };
    const where = `${ticket.repository} #${ticket.number}`;
    if (there === null) return { done: false, where, because: "No account to write there is configured." };
    await there[what]({ tenant, ticket, mark: runId, text, signal });
    return { done: true, where, because: there.name };
  };
  return [
    defineTool({
      ...common,
      egress,
      name: "tracker.show",
      summary: "Says on the issue that the run was begun from how it stands, in one note that is kept up to date",
      params: z.object({ text: z.string().min(1).max(1000) }),
      risk: write,
      describe: () => "Say on the issue how this run stands",
      run: ({ tenant, runId, args, signal }) => act("show", { tenant, runId, text: args.text, signal }),
    }),
    defineTool({
      ...common,
      egress,
      name: "tracker.close",
      summary: "Closes the issue that the run was begun from",
      params: z.object({}),
      risk: write,
      describe: () => "Close the issue that this run was begun from",
      run: ({ tenant, runId, signal }) => act("close", { tenant, runId, text: "", signal }),
    }),
  ];
}
