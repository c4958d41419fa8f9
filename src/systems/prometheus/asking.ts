import { z } from "zod";
import type { JsonObject } from "../../domain/json.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { askable, type MayAsk } from "../asker.ts";
import { connect, type HttpServer } from "../http/connection.ts";
import { countOf, tableOf } from "../table.ts";
import { formOf, read, seconds } from "./tools.ts";

/** A Prometheus that people may ask in their own words. */
export interface AskedServer {
  readonly server: HttpServer;
  readonly mayAsk: MayAsk;
}

const none = "No Prometheus is connected: connectors.prometheus in docs/connectors.md says how.";
const longestQuery = 500;
const points = 121;
const minuteMs = 60_000;

/** What people ask Prometheus themselves: the value now, or how it went over a time. The tool is there without a server, too, and then says so. */
export function prometheusAsking(all: readonly AskedServer[], now: () => Promise<Date>): AnyTool[] {
  const connections = new Map(all.map(({ server }) => [server.name, connect(server)]));
  const { refusal, find } = askable((name) => chosen(all, name));
  return [
    defineTool({
      name: "prometheus.ask",
      summary: "Ask Prometheus what a person wrote, now or over a time",
      params: z.object({
        server: z.string().max(100).nullish(),
        query: z.string().min(1).max(4000),
        lastMs: z
          .number()
          .int()
          .min(minuteMs)
          .max(1440 * minuteMs)
          .nullish(),
      }),
      result: z.object({ answer: z.string(), lines: z.string() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 15_000,
      egress: all.map(({ server }) => new URL(server.url).host),
      steers: ["server", "query", "lastMs"],
      describe: ({ query }) => `Ask Prometheus for ${query}`,
      refuses: ({ tenant, args, requesterId }) => refusal(tenant, requesterId, args.server),
      async run({ tenant, requesterId, args: { server, query, lastMs }, signal }) {
        const { server: asked } = await find(tenant, requesterId, server);
        const { name } = asked;
        const ask = connections.get(name) ?? connect(asked);
        const until = await now();
        const form: Record<string, string> =
          lastMs == null
            ? { query, time: seconds(until) }
            : {
                query,
                start: seconds(new Date(until.getTime() - lastMs)),
                end: seconds(until),
                step: String(Math.max(1, Math.ceil(lastMs / (points - 1) / 1000))),
              };
        const path = lastMs == null ? "/api/v1/query" : "/api/v1/query_range";
        const { series, more, warnings } = read(name, query, await ask(formOf(path, form, signal)));
        const table = tableOf(series.map((one) => rowOf(one, lastMs != null)));
        const warned = warnings.length === 0 ? "" : ` Prometheus warns: ${warnings.join("; ")}`;
        return {
          answer: `${name} gives ${countOf(table, { rows: series.length, more, noun: ["series", "series"] })}${warned}`,
          lines: [shorten(query, longestQuery), table.text].filter((text) => text !== "").join("\n\n"),
        };
      },
    }),
  ];
}

/** One series in a line: its labels, and its value now, or also the least and the most of a time. */
function rowOf({ labels, points: all }: ReturnType<typeof read>["series"][number], isRange: boolean): JsonObject {
  const { __name__: metric = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  const series = [metric, ...pairs].filter((text) => text !== "").join(" ") || "(no labels)";
  const values = all.flatMap(({ value }) => (value === null ? [] : [value]));
  const last = all.at(-1)?.value ?? null;
  if (!isRange) return { series, value: last };
  const of = (which: (...all: number[]) => number) => (values.length === 0 ? null : which(...values));
  return { series, now: last, least: of(Math.min), most: of(Math.max) };
}

function chosen(all: readonly AskedServer[], name: string | undefined): AskedServer | string {
  const [first] = all;
  if (first === undefined) return none;
  if (name === undefined) return first;
  const found = all.find(({ server }) => server.name === name.toLowerCase());
  return (
    found ?? `There is no Prometheus “${name}” here. There are: ${all.map(({ server }) => server.name).join(", ")}.`
  );
}
