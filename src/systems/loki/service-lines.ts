import { connect, type HttpServer } from "../http/connection.ts";
import type { Lines } from "../services/sources.ts";
import { linesOf, mostBytes, nanoseconds } from "./tools.ts";

/** A LogQL query as the log of a service. */
export function lokiLines(server: HttpServer, query: string): Lines {
  const ask = connect(server);
  return {
    host: new URL(server.url).host,
    async search({ since, until, limit }, signal) {
      const span = { start: nanoseconds(since), end: nanoseconds(until) };
      const answer = await ask({
        path: "/loki/api/v1/query_range",
        query: { query, ...span, limit: limit + 1, direction: "backward" },
        signal,
        maxBytes: mostBytes,
      });
      return linesOf(server.name, answer, limit).lines.map(({ at, line }) => ({ at, line }));
    },
  };
}
