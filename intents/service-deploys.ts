import { z } from "zod";
import { defineIntent, environmentParam, serviceParam } from "../src/domain/intent.ts";

const where = "[(in|on) {environment}]";
const deployed = "(deployed|released|shipped)";

export const serviceDeploys = defineIntent({
  name: "service-deploys",
  summary: "Show what was deployed on a service, by whom and when",
  kind: "services",
  params: z.object({
    service: serviceParam(),
    environment: environmentParam().default("production"),
  }),
  phrases: [
    `latest deploys of {service} ${where}`,
    `[show [me]] [the] [(last|latest|recent|newest)] (deploys|deployments|releases) (of|for|on|to) {service} ${where}`,
    `[show [me]] [the] (last|latest|newest) (deploy|deployment|release) (of|for|on|to) {service} ${where}`,
    `what (was|has been) [(last|recently)] ${deployed} (to|on|for) {service} [(last|recently)] ${where}`,
    `who [last] ${deployed} [to] {service} [last] ${where}`,
    `when was {service} [last] ${deployed} [last] ${where}`,
    `(which|what) version of {service} (is running|runs|is ${deployed}) ${where}`,
    `(what is|what's) the version of {service} ${where}`,
  ],
  alike: [
    "what changed on {service} [recently]",
    "did anybody (deploy|release) {service} [today]",
    "was {service} deployed [today]",
    "has {service} been (deployed|released|updated)",
    "the deploy history of {service}",
    "which versions of {service} were deployed",
    "what went out on {service}",
  ],
  command: "deploys {service} [{environment}]",
  examples: ["what was deployed to checkout?", "who deployed checkout last?"],
  question: true,
});
