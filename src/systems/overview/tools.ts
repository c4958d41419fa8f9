import { z } from "zod";
import { shortId } from "../../domain/ids.ts";
import type { Person } from "../../domain/incoming.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { GateView } from "../../http/reads.ts";
import { permits } from "../../people/people.ts";
import type { OpenRun } from "./runs.ts";

/** How a service is; `ails` are sentences such as "a request takes 900 ms", none when it is well. */
export interface ServiceHealth {
  readonly service: string;
  readonly environment: string;
  readonly ails: readonly string[];
}

/** Where the state of everything is read. */
export interface OverviewSources {
  person(tenant: string, id: string): Promise<Person | null>;
  now(): Promise<Date>;
  /** Null where no services can be looked at. */
  services: ((tenant: string) => Promise<readonly ServiceHealth[]>) | null;
  /** Oldest first. */
  runs(tenant: string): Promise<readonly OpenRun[]>;
  gates(tenant: string): Promise<readonly GateView[]>;
  /** Systems and chat platforms that are connected; `because` is null where nothing is wrong. */
  connections(): readonly { readonly name: string; readonly state: string; readonly because: string | null }[];
  /** What models and paid calls have cost today, in US dollars, and how much they may; null while nothing was paid for today. */
  spentToday(tenant: string): Promise<{ readonly usd: number; readonly capUsd: number } | null>;
}

const looking = { risk: () => "read" as const, effect: "keyed", timeoutMs: 10_000, steers: [] as string[] } as const;
const none = z.object({});
const longestTitle = 120;

const Run = z.object({
  run: z.string(),
  title: z.string(),
  state: z.string(),
  openMs: z.number(),
  problem: z.string().nullable(),
  incident: z.boolean(),
});

/** How everything is, as far as whoever asked may see it. They only read. */
export function overviewTools(sources: OverviewSources): AnyTool[] {
  const readerOf = async (tenant: string, id: string | null) => (id === null ? null : sources.person(tenant, id));
  return [
    defineTool({
      ...looking,
      name: "overview.services",
      summary: "Which services there are, and what ails them",
      params: none,
      result: z.object({
        known: z.boolean(),
        services: z.array(z.object({ service: z.string(), environment: z.string(), ails: z.array(z.string()) })),
      }),
      describe: () => "Look at every service",
      async run({ tenant }) {
        const services = sources.services === null ? [] : await sources.services(tenant);
        return { known: sources.services !== null, services: services.map((one) => ({ ...one, ails: [...one.ails] })) };
      },
    }),
    defineTool({
      ...looking,
      name: "overview.work",
      summary: "Which runs and approvals are open",
      params: none,
      result: z.object({
        runs: z.array(Run),
        approvals: z.array(
          z.object({ run: z.string(), title: z.string(), openMs: z.number(), approvers: z.string().nullable() }),
        ),
        hidden: z.boolean(),
      }),
      describe: () => "List what is open",
      async run({ tenant, requesterId, runId }) {
        const reader = await readerOf(tenant, requesterId);
        const maySee = ({ requesterId: of }: { requesterId: string | null }) =>
          reader !== null && permits(reader, "run.read", { requesterId: of }).ok;
        const [runs, gates, now] = await Promise.all([sources.runs(tenant), sources.gates(tenant), sources.now()]);
        return {
          runs: runs
            .filter((run) => run.short !== shortId(runId) && maySee(run))
            .map((run) => ({
              run: run.short,
              title: shorten(run.title, longestTitle),
              state: run.state,
              openMs: run.openMs,
              problem: problemOf(run),
              incident: run.workflow === "incident",
            })),
          approvals: gates.filter(maySee).map(({ runId: of, title, openedAt, approvers }) => ({
            run: shortId(of),
            title: shorten(title, longestTitle),
            openMs: Math.max(0, now.getTime() - Date.parse(openedAt)),
            approvers,
          })),
          hidden: !maySee({ requesterId: null }),
        };
      },
    }),
    defineTool({
      ...looking,
      name: "overview.connections",
      summary: "Whether connected systems and chat platforms answer; for members",
      params: none,
      result: z.object({
        connections: z
          .array(z.object({ name: z.string(), state: z.string(), because: z.string().nullable() }))
          .nullable(),
      }),
      describe: () => "Look at every connection",
      async run({ tenant, requesterId }) {
        const reader = await readerOf(tenant, requesterId);
        return { connections: reader?.kind === "member" ? sources.connections().map((one) => ({ ...one })) : null };
      },
    }),
    defineTool({
      ...looking,
      name: "overview.spend",
      summary: "What models and paid calls have cost today; for those who may read the audit",
      params: none,
      result: z.object({ usd: z.number().nullable(), capUsd: z.number().nullable() }),
      describe: () => "Look at what models and paid calls have cost today",
      async run({ tenant, requesterId }) {
        const reader = await readerOf(tenant, requesterId);
        if (reader === null || !permits(reader, "audit.read").ok) return { usd: null, capUsd: null };
        const spent = await sources.spentToday(tenant);
        return { usd: spent?.usd ?? 0, capUsd: spent?.capUsd ?? null };
      },
    }),
  ];
}

function problemOf({ stuck, doubts, paused }: OpenRun): string | null {
  if (stuck !== null) return `stuck: ${shorten(stuck, 200)}`;
  if (doubts > 0) return "nobody knows whether a step of it happened: somebody has to say";
  return paused ? "paused" : null;
}
