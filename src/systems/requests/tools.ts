import { z } from "zod";
import { formatDuration } from "../../domain/duration.ts";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** A help request that waits for people. */
export interface OpenRequest {
  /** R-... */
  readonly short: string;
  readonly title: string;
  readonly askedBy: string;
  /** Who has taken it; null: nobody yet. */
  readonly takenBy: string | null;
  readonly openMs: number;
}

/** Where help requests and the holders of roles are looked up. */
export interface RequestSources {
  /** Oldest first. */
  open(tenant: string): Promise<readonly OpenRequest[]>;
  /** Active members who hold the role, by name. */
  holders(tenant: string, role: string): Promise<readonly Person[]>;
}

const mostListed = 20;

/** What a help request's workflow asks of Steward itself; both only read. */
export function requestTools({ open, holders }: RequestSources): AnyTool[] {
  return [
    defineTool({
      name: "requests.open",
      summary: "List the help requests that are still open",
      params: z.object({}),
      result: z.object({ count: z.number(), list: z.string() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      describe: () => "List the open help requests",
      async run({ tenant }) {
        const requests = await open(tenant);
        const rest = requests.length - mostListed;
        const lines = [...requests.slice(0, mostListed).map(lineOf), ...(rest > 0 ? [`And ${rest} more.`] : [])];
        const { length: count } = requests;
        const head = count === 1 ? "1 help request is open:" : `${count} help requests are open:`;
        return { count, list: count === 0 ? "No help request is open." : [head, ...lines].join("\n") };
      },
    }),
    defineTool({
      name: "people.holders",
      summary: "Say who holds a role now",
      params: z.object({ role: z.string().min(1) }),
      result: z.object({ count: z.number(), names: z.string() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      describe: ({ role }) => `Say who has the role ${role}`,
      async run({ tenant, args }) {
        const names = (await holders(tenant, args.role)).map((person) => person.name);
        return { count: names.length, names: names.length === 0 ? "nobody" : names.join(", ") };
      },
    }),
  ];
}

function lineOf({ short, title, askedBy, takenBy, openMs }: OpenRequest): string {
  const who = takenBy === null ? "not taken yet" : `taken by ${takenBy}`;
  return `${short}: ${askedBy} asked to ${title}; open for ${formatDuration(openMs)}, ${who}.`;
}
