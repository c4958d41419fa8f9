import { z } from "zod";
import { shortId } from "../../domain/ids.ts";
import type { Person } from "../../domain/incoming.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { GateView } from "../../http/reads.ts";
import type { AwaitingRun } from "./runs.ts";

/** Where it is read what waits for somebody. */
export interface WaitingSources {
  person(tenant: string, id: string): Promise<Person | null>;
  now(): Promise<Date>;
  /** Open approvals that this person may answer and has not. */
  gates(tenant: string, person: Person): Promise<readonly GateView[]>;
  /** Oldest first. */
  runs(tenant: string, person: Person): Promise<readonly AwaitingRun[]>;
  /** Help requests of others that nobody has taken. */
  untaken(tenant: string, personId: string): Promise<number>;
  /** A page of ours as a whole address. */
  address(path: string): string;
}

const soonMs = 30 * 60_000;
const longestText = 160;

const Item = z.object({
  kind: z.enum(["approval", "untaken", "taken", "asked", "halted"]),
  run: z.string(),
  title: z.string(),
  says: z.string().nullable(),
  openMs: z.number(),
  /** Until it expires; null where it does not. */
  leftMs: z.number().nullable(),
  urgent: z.boolean(),
  link: z.string(),
});

/** What waits for whoever asked. Reads only, and only what is theirs. */
export function waitingTools(sources: WaitingSources): AnyTool[] {
  return [
    defineTool({
      name: "waiting.items",
      summary: "Everything that waits for whoever asked: approvals, what they have taken, questions to them",
      params: z.object({}),
      result: z.object({ known: z.boolean(), items: z.array(Item), untaken: z.number() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: [],
      describe: () => "List what waits for whoever asks",
      async run({ tenant, requesterId }) {
        const person = requesterId === null ? null : await sources.person(tenant, requesterId);
        if (person === null) return { known: false, items: [], untaken: 0 };
        const [gates, runs, now, untaken] = await Promise.all([
          sources.gates(tenant, person),
          sources.runs(tenant, person),
          sources.now(),
          person.kind === "member" ? sources.untaken(tenant, person.id) : 0,
        ]);
        const approvals = gates.map(({ id, runId, title, openedAt, expiresAt }) => {
          const leftMs = Math.max(0, Date.parse(expiresAt) - now.getTime());
          return {
            kind: "approval" as const,
            run: shortId(runId),
            title: shorten(title, longestText),
            says: null,
            openMs: Math.max(0, now.getTime() - Date.parse(openedAt)),
            leftMs,
            urgent: leftMs < soonMs,
            link: sources.address(`/gates/${id}`),
          };
        });
        const others = runs.map(({ id, short, title, openMs, because, says }) => ({
          kind: because,
          run: short,
          title: shorten(title, longestText),
          says: says === null ? null : shorten(says, longestText),
          openMs,
          leftMs: null,
          urgent: because === "halted" || because === "untaken",
          link: sources.address(`/runs/${id}`),
        }));
        const isFirst = ({ kind }: { readonly kind: string }) => kind === "untaken";
        const items = [...others.filter(isFirst), ...approvals, ...others.filter((item) => !isFirst(item))];
        return { known: true, items, untaken };
      },
    }),
  ];
}
