import { z } from "zod";
import { defineIntent, environmentParam, serviceParam } from "../src/domain/intent.ts";

export const restartService = defineIntent({
  name: "restart-service",
  summary: "Restart a service, one instance at a time",
  kind: "services",
  params: z.object({
    service: serviceParam(),
    environment: environmentParam(),
  }),
  phrases: [
    "restart [the] [{service}] [service] [(in|on) {environment}]",
    "(bounce|reboot) [the] [{service}] [service] [(in|on) {environment}]",
    "restart [the] {environment} {service} [service]",
    "give [the] {service} [service] a restart [(in|on) {environment}]",
  ],
  alike: [
    "kick {service} [in {environment}]",
    "kick it [in {environment}]",
    "turn {service} off and on again [in {environment}]",
    "{service} needs a restart [in {environment}]",
    "{service} should be restarted [in {environment}]",
    "(can|could) (someone|somebody|anyone) (restart|bounce|kick) {service} [in {environment}]",
    "{service} hangs, (restart|bounce) it",
    "{service} is stuck [in {environment}], can you restart it",
    "(cycle|recycle|relaunch|respawn) {service} [in {environment}]",
    "power cycle {service}",
    "stop and start {service} [again] [in {environment}]",
    "time for a restart of {service} [in {environment}]",
    "get {service} restarted [in {environment}]",
    "do a (rolling|clean|quick) restart of {service} [in {environment}]",
    "bring {service} back up [in {environment}]",
    "{environment} {service} (hangs|is hanging|is frozen), kick it",
    "a fresh start for {service} please",
  ],
  command: "restart {service} {environment}",
  examples: ["restart checkout in production", "bounce search on staging"],
});
