import { z } from "zod";
import { codeParam, defineIntent, optionalSpan } from "../src/domain/intent.ts";

export const queryMetrics = defineIntent({
  name: "query-metrics",
  summary: "Ask Prometheus with PromQL, now or over a time",
  kind: "work",
  params: z.object({
    server: z.string().min(1).toLowerCase().describe("Which Prometheus?").optional(),
    query: codeParam("What is the query?"),
    /** Left out, the value now is asked for. */
    last: optionalSpan(),
  }),
  phrases: [
    "promql {server}: {query} over {last}",
    "promql {server}: {query}",
    "promql {query} over {last}",
    "promql {query}",
  ],
  examples: ["promql up", "promql rate(http_requests_total[5m]) over the last 2 hours"],
  question: true,
  needs: "prometheus.query",
});
