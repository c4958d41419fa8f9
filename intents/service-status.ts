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
  alike: [
    "what is (up|wrong|going on) with {service} [in {environment}]",
    "how are things with {service}",
    "is anything wrong with {service} [in {environment}]",
    "any (problems|trouble|issues) with {service} [in {environment}]",
    "does {service} work [in {environment}]",
    "does {service} respond",
    "is {service} still (slow|broken|down|hanging)",
    "(give|tell|show) me the (health|state|condition) of {service} [in {environment}]",
    "what shape is {service} in",
    "are there errors in {service} [in {environment}]",
    "what is the (health|state) of {service}",
    "has {service} recovered",
    "how many instances of {service} are (up|running|healthy)",
    "(look|have a look) at {service} [in {environment}]",
    "how healthy is {service} [in {environment}]",
    "is {service} reachable",
  ],
  command: "status {service} [{environment}]",
  examples: ["how is checkout?", "status of checkout in staging"],
  question: true,
});
