import { z } from "zod";
import { defineIntent, environmentParam, serviceParam, spanParam, wordsParam } from "../src/domain/intent.ts";

const where = "[(in|on) {environment}]";
const when = "[(over|in|for) {last}]";
const about = "(about|with) {about}";
/** Where, from when, and about what, in every order. */
const which = `(${where} ${when}|${when} ${where}|${about} ${where} ${when}|${where} ${about} ${when}|${where} (over|in|for) {last} ${about})`;

export const serviceLogs = defineIntent({
  name: "service-logs",
  summary: "Show what stands in a service's log",
  kind: "services",
  params: z.object({
    service: serviceParam(),
    environment: environmentParam().default("production"),
    last: spanParam("the last 1 hour"),
    level: z
      .enum(["errors", "warnings"])
      .meta({ description: "Errors or warnings?", synonyms: { error: "errors", warning: "warnings" } })
      .optional(),
    about: wordsParam("What is to stand in it?").optional(),
  }),
  phrases: [
    `logs of {service} ${where} ${when}`,
    `{level} in the log of {service} ${where} ${when}`,
    `[show [me]] [the] (log|logs) (of|from|for) {service} ${which}`,
    `[show [me]] [the] (log|logs) (of|from|for) the {service} [service] ${where} ${when}`,
    `[show [me]] [the] {level} (in|of) {service} [(log|logs)] ${which}`,
    `[show [me]] [the] {level} (in|from|of) [the] (log|logs) of {service} ${where} ${when}`,
    `[show [me]] [[the] {level} (in|from|of)] {service}'s (log|logs) ${where} ${when}`,
    `(what is|what's) in the (log|logs) of {service} ${where} ${when}`,
    "logs",
  ],
  alike: [
    "[show me the] {service} (log|logs) [(over|in) {last}]",
    "what does the log of {service} say",
    "what does {service} (log|write) [now]",
    "anything (odd|unusual|interesting) in the logs of {service}",
    "(search|grep|look through) the (log|logs) of {service}",
    "(read|get|give|pull up) [me] the (log|logs) of {service}",
    "tail the log of {service}",
    "which errors does {service} (log|write|throw)",
    "(latest|newest|recent) log lines of {service}",
  ],
  command: "logs {service} [{environment}]",
  examples: ["logs of checkout in the last 2 hours", "errors in the log of checkout", "logs of checkout about timeout"],
  question: true,
});
