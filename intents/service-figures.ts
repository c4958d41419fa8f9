import { z } from "zod";
import { defineIntent, environmentParam, serviceParam, spanParam } from "../src/domain/intent.ts";
import { FigureName } from "../src/domain/service.ts";

const where = "[(in|on) {environment}]";
const when = "[(over|in|for) {last}]";
const which = `(${where} ${when}|${when} ${where})`;

export const serviceFigures = defineIntent({
  name: "service-figures",
  summary: "Show how a service's figures went: CPU, memory, disk, error rate, latency, requests",
  kind: "services",
  params: z.object({
    service: serviceParam(),
    environment: environmentParam().default("production"),
    last: spanParam("the last 1 hour"),
    figure: FigureName.meta({
      description: "Which figure?",
      synonyms: {
        "cpu usage": "cpu",
        "cpu load": "cpu",
        ram: "memory",
        "memory usage": "memory",
        "memory use": "memory",
        "disk usage": "disk",
        "disk use": "disk",
        "disk space": "disk",
        "error rates": "error rate",
        "failure rate": "error rate",
        latencies: "latency",
        "response time": "latency",
        "response times": "latency",
        "number of requests": "request rate",
        "requests per second": "request rate",
        traffic: "request rate",
        throughput: "request rate",
        steal: "cpu steal",
      },
    }).optional(),
  }),
  phrases: [
    `{figure} of {service} ${which}`,
    `figures of {service} ${which}`,
    `[show [me]] [the] {figure} (of|for|in|on) [the] {service} [service] ${which}`,
    `[show [me]] [the] {service}'s {figure} ${which}`,
    `(what is|what's|how is|how's|what was|how was) the {figure} (of|for|in) {service} ${which}`,
    `[(show|plot|draw) [me]] [the] (figures|metrics|charts|graphs) (of|for) {service} ${which}`,
    `(chart|graph|plot|draw) [the] {figure} (of|for) {service} ${which}`,
  ],
  alike: [
    "[show me the] {service} (cpu|memory|disk|latency|error rate|metrics|figures) [(over|in) {last}]",
    "how (high|low) is the {figure} of {service}",
    "how much {figure} does {service} (use|have|need|get)",
    "how has the {figure} of {service} (developed|changed|gone)",
    "did the {figure} of {service} (rise|fall|change|go up|go down)",
    "(give|get) me the {figure} of {service}",
    "a (chart|graph|picture) of the {figure} of {service}",
  ],
  command: "figures {service} [{environment}]",
  examples: ["cpu of checkout over the last 2 hours", "error rate of search in staging", "figures of checkout"],
  question: true,
});
