import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { instantOf, Moment } from "../../domain/moment.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type Answer, type Connection, connect, failureOf, type HttpServer, jsonOf } from "../http/connection.ts";

const mostSeries = 50;
/** Whoever asks in a chat is shown no more. */
const mostPoints = 250;
/** What Prometheus would send at most for these limits, generously; the answer is read no further. */
const mostBytes = 4 * 2 ** 20;
const shortestStepMs = 1000;

const Value = z.object({ at: z.iso.datetime(), value: z.number().nullable() });
const Series = z.object({ labels: z.record(z.string(), z.string()), points: z.array(Value) });
const Given = z.object({
  query: z.string(),
  series: z.array(Series),
  /** There were more series than these. */
  more: z.boolean(),
  /** What Prometheus warned of. */
  warnings: z.array(z.string()),
});
const query = z.string().min(1).max(4000);

/** Asking Prometheus. `now` is what "30m ago" is counted from. Without a server there is no tool. */
export function prometheusTools(servers: readonly HttpServer[], now: () => Promise<Date>): AnyTool[] {
  const [first, ...rest] = servers;
  if (!first) return [];
  const common = {
    result: Given,
    risk: () => "read" as const,
    effect: "keyed" as const,
    timeoutMs: 15_000,
    egress: servers.map((server) => new URL(server.url).host),
  };
  const server = z.enum([first.name, ...rest.map((one) => one.name)]).optional();
  const connections = new Map(servers.map((one) => [one.name, connect(one)]));
  const ask = async (name: string | undefined, path: string, form: Record<string, string>, signal: AbortSignal) =>
    read(
      name ?? first.name,
      form["query"] ?? "",
      await (connections.get(name ?? first.name) as Connection)(formOf(path, form, signal)),
    );
  return [
    defineTool({
      ...common,
      name: "prometheus.query",
      summary: "The value of a PromQL query now, or at one instant",
      params: z.object({ server, query, at: Moment.optional() }),
      steers: ["server", "query", "at"],
      describe: (args) => `Ask Prometheus for ${args.query}`,
      run: async ({ args, signal }) =>
        ask(
          args.server,
          "/api/v1/query",
          { query: args.query, ...(args.at ? { time: seconds(instantOf(args.at, await now())) } : {}) },
          signal,
        ),
    }),
    defineTool({
      ...common,
      name: "prometheus.range",
      summary: "How a PromQL query's value went over a time",
      params: z.object({ server, query, since: Moment, until: Moment.optional() }),
      steers: ["server", "query", "since", "until"],
      describe: (args) => `Ask Prometheus for ${args.query} since ${args.since}`,
      async run({ args, signal }) {
        const at = await now();
        const from = instantOf(args.since, at);
        const to = args.until ? instantOf(args.until, at) : at;
        if (from >= to)
          throw new Fault("bad-request", `since (${from.toISOString()}) must be before until (${to.toISOString()}).`, {
            undone: true,
          });
        const stepMs = Math.max(shortestStepMs, Math.ceil((to.getTime() - from.getTime()) / (mostPoints - 1)));
        const form = { query: args.query, start: seconds(from), end: seconds(to), step: String(stepMs / 1000) };
        return ask(args.server, "/api/v1/query_range", form, signal);
      },
    }),
  ];
}

/** PromQL can be long: as a form it never meets a limit on addresses. It changes nothing all the same. */
export function formOf(path: string, form: Record<string, string>, signal: AbortSignal) {
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...form, timeout: "10s", limit: String(mostSeries + 1) }).toString(),
    signal,
    maxBytes: mostBytes,
  };
}

export function seconds(at: Date): string {
  return String(at.getTime() / 1000);
}

const Sample = z.tuple([z.number(), z.string()]);
const Metric = z.record(z.string(), z.string());
const Data = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: Metric, value: Sample })) }),
  z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ metric: Metric, values: z.array(Sample) })) }),
  z.object({ resultType: z.literal("scalar"), result: Sample }),
  z.object({ resultType: z.literal("string"), result: Sample }),
]);
const Reply = z.union([
  z.object({ status: z.literal("success"), data: Data, warnings: z.array(z.string()).optional() }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** What Prometheus answered, or a Fault with its own words. */
export function read(name: string, asked: string, answer: Answer, points = mostPoints): z.output<typeof Given> {
  if (!answer.whole)
    throw new Fault(
      "too-large",
      `${name} answered with more than ${mostBytes} bytes; aggregate, or choose fewer series.`,
    );
  const reply = Reply.safeParse(jsonOf(answer));
  if (reply.success && reply.data.status === "error") {
    const said = reply.data.error.slice(0, 500).toWellFormed();
    if (reply.data.errorType === "bad_data")
      throw new Fault("bad-request", `${name} does not understand the query: ${said}`, { undone: true });
    if (["timeout", "canceled"].includes(reply.data.errorType))
      throw new Fault("bad-request", `${name} gave up on the query: ${said}; ask for less.`, { undone: true });
    throw failureOf(name, answer, said);
  }
  if (answer.status >= 400) throw failureOf(name, answer);
  if (!reply.success || reply.data.status !== "success")
    throw new Fault("tool-failed", `${name} answered with what is no answer of a Prometheus (${answer.status}).`);
  const series = seriesOf(reply.data.data);
  return {
    query: asked,
    series: series.slice(0, mostSeries).map((one) => ({ ...one, points: one.points.slice(-points) })),
    more: series.length > mostSeries,
    warnings: (reply.data.warnings ?? []).slice(0, 5).map((text) => text.slice(0, 300)),
  };
}

function seriesOf(data: z.output<typeof Data>): z.output<typeof Series>[] {
  if (data.resultType === "vector")
    return data.result.map(({ metric, value }) => ({ labels: metric, points: [pointOf(value)] }));
  if (data.resultType === "matrix")
    return data.result.map(({ metric, values }) => ({ labels: metric, points: values.map(pointOf) }));
  return [{ labels: {}, points: [pointOf(data.result)] }];
}

/** NaN and the infinities are no numbers of JSON: null. */
function pointOf([at, text]: z.output<typeof Sample>): z.output<typeof Value> {
  const value = Number(text);
  return { at: new Date(at * 1000).toISOString(), value: Number.isFinite(value) ? value : null };
}
