import { z } from "zod";
import { defineIntent, environmentParam } from "../src/domain/intent.ts";

export const restartService = defineIntent({
  name: "restart-service",
  summary: "Restart a service, one instance at a time",
  params: z.object({
    service: z.string().min(1).toLowerCase().describe("Which service?"),
    environment: environmentParam(),
  }),
  phrases: [
    "restart [the] [{service}] [service] [(in|on) {environment}]",
    "(bounce|reboot) [the] [{service}] [service] [(in|on) {environment}]",
    "restart [the] {environment} {service} [service]",
    "give [the] {service} [service] a restart [(in|on) {environment}]",
  ],
  command: "restart {service} {environment}",
  examples: ["restart checkout in production", "bounce search on staging"],
});
