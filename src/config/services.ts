import { z } from "zod";
import { metricNames } from "../domain/service.ts";

const name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9._]{0,62}[a-z0-9])?$/,
    "must be lower-case letters, digits and dashes, for example checkout",
  );
const query = z.string().min(1, "must not be empty").max(4000);

const Environment = z.strictObject({
  /** Every change waits for a person, as in an environment named production. */
  protected: z.boolean().default(false),
  kubernetes: z
    .strictObject({ cluster: z.literal("main").default("main"), namespace: name, deployment: name })
    .optional(),
  /** PromQL, each of one series; percent, but for milliseconds of latency and requests a second. */
  metrics: z.partialRecord(z.enum(metricNames), query).default({}),
  /** LogQL of lines. */
  logs: query.optional(),
  /** Which of connectors.prometheus and connectors.loki are asked; otherwise the first. */
  prometheus: name.optional(),
  loki: name.optional(),
});
const Service = z.strictObject({
  name,
  environments: z.record(name, Environment).refine((all) => Object.keys(all).length > 0, "must name an environment"),
  dependsOn: z.array(name).default([]),
  repository: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "must be OWNER/NAME")
    .optional(),
});

/** The key `services` of steward.yaml: what is run, and where it can be looked at and changed. */
export const servicesSchema = z
  .array(Service)
  .default([])
  .superRefine((all, context) => {
    const names = all.map((one) => one.name);
    for (const [i, { name: own, dependsOn }] of all.entries()) {
      if (names.indexOf(own) < i)
        context.addIssue({ code: "custom", path: [i, "name"], message: `${own} is already a service above` });
      for (const [n, other] of dependsOn.entries())
        if (!names.includes(other) || other === own)
          context.addIssue({
            code: "custom",
            path: [i, "dependsOn", n],
            message: `there is no other service ${other}; services are ${names.join(", ")}`,
          });
    }
  });

export type ServiceEntry = z.output<typeof Service>;

/** What may stand at this path, for a message about a key that may not. */
export function serviceKeys(path: readonly PropertyKey[]): string[] {
  const environment = path.indexOf("environments");
  if (environment < 0) return Object.keys(Service.shape);
  if (path.includes("metrics")) return [...metricNames];
  if (path.includes("kubernetes")) return ["cluster", "namespace", "deployment"];
  return Object.keys(Environment.shape);
}
