import { z } from "zod";
import { defineIntent, environmentParam } from "../src/domain/intent.ts";

export const serviceStatus = defineIntent({
  name: "service-status",
  summary: "Say how a service is",
  params: z.object({
    service: z.string().min(1).toLowerCase().describe("Which service?"),
    environment: environmentParam().default("production"),
  }),
  phrases: [
    "how is {service} [doing] [(in|on) {environment}]",
    "how's {service} [doing] [(in|on) {environment}]",
    "[what is] [the] status of [the] {service} [service] [(in|on) {environment}]",
    "what's the status of [the] {service} [service] [(in|on) {environment}]",
    "{service} status [(in|on) {environment}]",
    "is {service} (up|down|ok|okay|healthy|running|working|alive|broken) [(in|on) {environment}]",
    "check [on] {service} [(in|on) {environment}]",
    "status",
  ],
  command: "status {service} [{environment}]",
  examples: ["how is checkout?", "status of checkout in staging"],
  question: true,
});
