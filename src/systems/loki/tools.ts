import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { instantOf, Moment } from "../../domain/moment.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type Answer, type Connection, connect, failureOf, type HttpServer, jsonOf } from "../http/connection.ts";

const longestLine = 2000;
export const mostBytes = 4 * 2 ** 20;
/** Of the lines together; what is over is left out, the oldest first. */
const mostKept = 200_000;

const Line = z.object({ at: z.iso.datetime(), line: z.string(), labels: z.record(z.string(), z.string()) });

/** Searching logs in Loki. `now` is what "30m ago" is counted from. Without a server there is no tool. */
export function lokiTools(servers: readonly HttpServer[], now: () => Promise<Date>): AnyTool[] {
  const [first, ...rest] = servers;
  if (!first) return [];
  const connections = new Map(servers.map((one) => [one.name, connect(one)]));
  return [
    defineTool({
      name: "loki.search",
      summary: "Log lines from Loki: of one service, or of a LogQL query; the newest first",
      params: z
        .object({
          server: z.enum([first.name, ...rest.map((one) => one.name)]).optional(),
          query: z.string().min(1).max(4000).optional(),
          service: z.string().min(1).max(200).optional(),
          contains: z.string().min(1).max(500).optional(),
          since: Moment,
          until: Moment.optional(),
          limit: z.int().min(1).max(1000).optional(),
        })
        .refine(
          (args) => (args.query === undefined) !== (args.service === undefined),
          "needs query or service, not both",
        ),
      result: z.object({ query: z.string(), lines: z.array(Line), more: z.boolean() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 15_000,
      egress: servers.map((server) => new URL(server.url).host),
      steers: ["server", "query", "service", "contains", "since", "until", "limit"],
      describe: (args) => `Search the logs: ${queryOf(args)} since ${args.since}`,
      async run({ args, signal }) {
        const at = await now();
        const name = args.server ?? first.name;
        const query = queryOf(args);
        const limit = args.limit ?? 100;
        const answer = await (connections.get(name) as Connection)({
          path: "/loki/api/v1/query_range",
          query: {
            query,
            start: nanoseconds(instantOf(args.since, at)),
            end: nanoseconds(args.until === undefined ? at : instantOf(args.until, at)),
            limit: limit + 1,
            direction: "backward",
          },
          signal,
          maxBytes: mostBytes,
        });
        return { query, ...linesOf(name, answer, limit) };
      },
    }),
  ];
}

/** LogQL as asked, or for a service by the label that Loki gives every stream; texts are quoted as Go quotes them. */
function queryOf(args: {
  query?: string | undefined;
  service?: string | undefined;
  contains?: string | undefined;
}): string {
  const base = args.query ?? `{service_name=${JSON.stringify(args.service)}}`;
  return args.contains === undefined ? base : `${base} |= ${JSON.stringify(args.contains)}`;
}

export function nanoseconds(at: Date): string {
  return `${BigInt(at.getTime()) * 1_000_000n}`;
}

const Streams = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("streams"),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        // A third element holds structured metadata.
        values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()]).rest(z.unknown())),
      }),
    ),
  }),
});

/** The newest lines of an answer, or a Fault. */
export function linesOf(
  name: string,
  answer: Answer,
  limit: number,
): { lines: z.output<typeof Line>[]; more: boolean } {
  if (answer.status === 400)
    throw new Fault(
      "bad-request",
      `${name} does not understand the query: ${answer.text.trim().slice(0, 500).toWellFormed()}`,
      { undone: true },
    );
  if (answer.status >= 400) throw failureOf(name, answer);
  if (!answer.whole)
    throw new Fault("too-large", `${name} answered with more than ${mostBytes} bytes; ask for fewer lines.`);
  const reply = Streams.safeParse(jsonOf(answer));
  if (!reply.success) {
    if (/"resultType"\s*:\s*"(matrix|vector)"/.test(answer.text.slice(0, 500)))
      throw new Fault("bad-request", "This LogQL query counts; ask for lines.", { undone: true });
    throw new Fault("tool-failed", `${name} answered with what is no answer of a Loki (${answer.status}).`);
  }
  const found = reply.data.data.result
    .flatMap(({ stream, values }) => values.map(([at, line]) => ({ at: BigInt(at), line, labels: stream })))
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const lines: z.output<typeof Line>[] = [];
  let kept = 0;
  for (const { at, line, labels } of found.slice(0, limit)) {
    const shown = line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line;
    kept += shown.length + JSON.stringify(labels).length;
    if (kept > mostKept) break;
    lines.push({ at: new Date(Number(at / 1_000_000n)).toISOString(), line: shown, labels });
  }
  return { lines, more: found.length > lines.length };
}
