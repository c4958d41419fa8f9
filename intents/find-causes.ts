import { z } from "zod";
import { defineIntent, environmentParam, serviceParam } from "../src/domain/intent.ts";

const where = "[(in|on) {environment}]";
const bad =
  "(slow|down|broken|failing|bad|unhealthy|unstable|unavailable|unreachable|flaky|hanging|crashing|not healthy|not working|not responding|not answering|throwing errors|returning errors)";
const fails = "(fail|crash|time out|not work|not respond|not answer|throw errors|return errors|answer slowly)";
const trouble = "(errors|trouble|problems|latency|slowness|outage|failures|crashes|timeouts)";

export const findCauses = defineIntent({
  name: "find-causes",
  summary: "Find out what is wrong with a service, and why",
  kind: "services",
  params: z.object({
    service: serviceParam(),
    environment: environmentParam().default("production"),
  }),
  phrases: [
    `find out what is wrong with {service} ${where}`,
    `why is {service} (${where} [so] ${bad}|[so] ${bad} ${where})`,
    `why does {service} (${where} ${fails}|${fails} ${where})`,
    `why (are there|do we have|do I see) [so many] ${trouble} (in|on|with|of) {service} ${where}`,
    `[(what is|what's|find)] [the] [root] (cause|reason) (of|for) [the] ${trouble} (in|of|with) {service} ${where}`,
    `[(what is|what's|find)] [the] root cause (of|for) {service} ${where}`,
    `[(find out|see|tell me)] (what is|what's) wrong with {service} ${where}`,
    `what (causes|is causing|caused) [the] ${trouble} (in|of|with|on) {service} ${where}`,
    `(diagnose|investigate|troubleshoot|debug) {service} ${where}`,
  ],
  alike: [
    "what is (the matter|up) with {service}",
    "what happened to {service}",
    "why did {service} (fail|crash|go down|get slow)",
    "what broke {service}",
    "what makes {service} (slow|fail)",
    "(analyse|analyze|look into|dig into) {service}",
    "where do the errors of {service} come from",
    "any idea why {service} (is slow|fails)",
  ],
  command: "causes {service} [{environment}]",
  examples: ["why is checkout slow?", "find out what is wrong with checkout"],
  question: true,
});
