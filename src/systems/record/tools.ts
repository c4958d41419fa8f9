import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { shortId } from "../../domain/ids.ts";
import { oneLine } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { Run } from "../../http/reads.ts";
import { closedSentence, closingOf } from "./closing.ts";
import { askerOf, type InWords, openEnds, storyOf } from "./story.ts";

/** Finds a run: `wanted` is its id or R-..., null for the caller's own. Null where there is none that `readerId` may see. */
export type FindRun = (asked: {
  readonly tenant: string;
  readonly wanted: string | null;
  readonly ownId: string;
  readonly readerId: string | null;
}) => Promise<Run | null>;

/** The newest run that the words are about, open ones first, of those that `readerId` may see and not the caller's own; null where there is none. */
export type FindMatter = (asked: {
  readonly tenant: string;
  readonly about: string;
  readonly ownId: string;
  readonly readerId: string | null;
}) => Promise<string | null>;

const Record = z.object({
  run: z.string(),
  title: z.string(),
  state: z.string(),
  askedBy: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** The service that the event which began it was about. */
  service: z.object({ name: z.string(), environment: z.string() }).nullable(),
  happened: z.array(z.object({ at: z.string(), kind: z.string(), text: z.string(), details: z.array(z.string()) })),
  open: z.array(z.string()),
  /** Who ended it by hand, and when, where somebody did. */
  closed: z.string().nullable(),
  /** Whether what began it went on then. */
  fires: z.boolean(),
});

/** A run's record, as `record.run` gives it. */
export function recordFor(run: Run, inWords: InWords): z.infer<typeof Record> {
  const closed = closingOf(run);
  return {
    run: shortId(run.id),
    title: run.title,
    state: run.state,
    askedBy: askerOf(run),
    startedAt: run.createdAt,
    endedAt: run.endedAt,
    service: run.service,
    happened: storyOf(run, inWords).map(({ at, kind, text, details }) => ({ at, kind, text, details: [...details] })),
    open: openEnds(run, inWords),
    closed: closed && closedSentence(closed),
    fires: closed?.fires ?? false,
  };
}

/** What Steward itself has on record about its runs. */
export function recordTools(find: FindRun, matter: FindMatter, inWords: InWords): AnyTool[] {
  return [
    defineTool({
      name: "record.run",
      summary: "What happened in a run, in order: who asked, what was found, who approved, what was done, what is open",
      params: z.object({ run: z.string().min(1).max(60).nullish() }),
      result: Record,
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: ["run"],
      describe: ({ run }) => `Read the record of ${run ?? "this run"}`,
      async run({ tenant, args, runId, requesterId }) {
        const wanted = args.run ?? null;
        const found = await find({ tenant, wanted, ownId: runId, readerId: requesterId });
        if (found === null && wanted === "this")
          throw new Fault("not-found", "This is not the thread of a run that you may see: name one, such as R-ABC123.");
        if (found === null) throw new Fault("not-found", `There is no run ${wanted ?? runId} that you may see.`);
        return recordFor(found, inWords);
      },
    }),
    defineTool({
      name: "record.find",
      summary: "Finds the run that words are about: its R-..., or the newest whose title has most of the words",
      params: z.object({ about: z.string().max(2000).nullish() }),
      result: z.object({ run: z.string().nullable() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: [],
      trusted: true,
      describe: ({ about }) => `Find the run about “${oneLine(about ?? "")}”`,
      async run({ tenant, args: { about }, runId, requesterId }) {
        if (!about) return { run: shortId(runId) };
        return { run: await matter({ tenant, about, ownId: runId, readerId: requesterId }) };
      },
    }),
  ];
}
