import { Fault } from "../../domain/fault.ts";
import { connect, type HttpServer } from "../http/connection.ts";
import type { Figure } from "../services/sources.ts";
import { formOf, read, seconds } from "./tools.ts";

/** A PromQL query of one series as a figure over time. */
export function promFigure(server: HttpServer, query: string): Figure {
  const ask = connect(server);
  return {
    host: new URL(server.url).host,
    async over({ until, stepMs, points }, signal) {
      const from = until.getTime() - stepMs * (points - 1);
      const form = { query, start: seconds(new Date(from)), end: seconds(until), step: String(stepMs / 1000) };
      const { series } = read(server.name, query, await ask(formOf("/api/v1/query_range", form, signal)), points);
      if (series.length > 1)
        throw new Fault(
          "bad-config",
          `${query} gives ${series.length} series; make it one with sum(), avg() or max().`,
        );
      const column: (number | null)[] = Array(points).fill(null);
      for (const { at, value } of series[0]?.points ?? []) column[Math.round((Date.parse(at) - from) / stepMs)] = value;
      return column.slice(0, points);
    },
  };
}
