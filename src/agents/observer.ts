import { z } from "zod";
import { healthOf } from "./health.ts";
import { place } from "./input.ts";
import { objectOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const serviceHealth: Playbook = {
  order: "together",
  looks: [
    {
      id: "status",
      tool: "services.status",
      args: { service: "${{ input.service }}", environment: "${{ input.environment }}" },
    },
  ],
  report: (input, outputs) => healthOf(input, objectOf(outputs["status"])),
};

/** Looks at how things are and says so; changes nothing. */
export const observer: Specialist = {
  name: "observer",
  summary: "Looks at a service and says how it is",
  tools: ["services.status"],
  tasks: {
    "service-health": {
      summary: "How a service is now",
      line: "how is {service} in {environment}",
      input: place,
      report: z.looseObject({ summary: z.string() }) as z.ZodType<Report>,
      playbook: serviceHealth,
      plain: true,
    },
  },
  concurrency: 20,
};
