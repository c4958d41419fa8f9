import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { restarted } from "../../domain/service.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { changeOnce, pinBefore } from "./change.ts";
import {
  type Cluster,
  type Deployment,
  deploymentAt,
  type Kubernetes,
  kubernetesClient,
  type Revision,
} from "./client.ts";
import { imagesOf, restartStep, specified, withoutHash } from "./template.ts";

const timeoutMs = 30_000;
const State = z.object({
  namespace: z.string(),
  deployment: z.string(),
  images: z.array(z.string()),
  replicas: z.number(),
  ready: z.number(),
  updated: z.number(),
  generation: z.number(),
});

/** What can be done with the deployments of the named namespaces. */
export function kubernetesTools(cluster: Cluster): AnyTool[] {
  const kubernetes = kubernetesClient(cluster);
  const names = cluster.namespaces.map(({ name }) => name);
  const Place = z.object({
    namespace: z.enum(names),
    // A label of the name service: nothing in it can lead elsewhere in an address.
    deployment: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "must be the name of a deployment"),
  });
  const egress = [new URL(cluster.url).host];
  const risk = ({ namespace }: { namespace: string }) =>
    cluster.namespaces.some(({ name, production }) => name === namespace && production)
      ? ("dangerous" as const)
      : ("write" as const);
  const occupies = ({ namespace, deployment }: z.output<typeof Place>) => deploymentAt(cluster, namespace, deployment);
  const acts = [restartTool, scaleTool, rollbackTool].map((tool) => ({ ...tool(kubernetes, Place, risk), occupies }));
  return [statusTool(kubernetes, Place), ...acts].map((tool) => ({ ...tool, egress, timeoutMs }));
}

type PlaceSchema = z.ZodObject<{ namespace: z.ZodEnum<Readonly<Record<string, string>>>; deployment: z.ZodString }>;
type RiskOf = (args: { namespace: string }) => "write" | "dangerous";

function stateOf(namespace: string, { metadata, spec, status }: Deployment): z.output<typeof State> {
  return {
    namespace,
    deployment: metadata.name,
    images: imagesOf(spec.template),
    replicas: spec.replicas,
    ready: status.readyReplicas,
    updated: status.updatedReplicas,
    generation: metadata.generation ?? 0,
  };
}

function statusTool(kubernetes: Kubernetes, Place: PlaceSchema) {
  return defineTool({
    name: "kubernetes.status",
    summary: "Images, replicas and conditions of a deployment, and the revisions it can go back to",
    params: Place,
    result: State.extend({
      conditions: z.array(z.string()),
      revisions: z.array(z.object({ revision: z.number(), images: z.array(z.string()) })),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    describe: ({ namespace, deployment }) => `Look at ${deployment} in ${namespace}`,
    async run({ args: { namespace, deployment: name }, signal }) {
      const deployment = await kubernetes.deployment(namespace, name, signal);
      const revisions = await kubernetes.revisions(namespace, deployment, signal);
      return {
        ...stateOf(namespace, deployment),
        conditions: deployment.status.conditions.map(({ type, status, message }) => `${type} is ${status}: ${message}`),
        revisions: revisions.map(({ number, template }) => ({ revision: number, images: imagesOf(template) })),
      };
    },
  });
}

function restartTool(kubernetes: Kubernetes, Place: PlaceSchema, risk: RiskOf) {
  const pinOf = async (deployment: Deployment) => specified(deployment);
  return defineTool({
    name: "kubernetes.restart",
    final: restarted,
    summary: "Restart the pods of a deployment, a few at a time as it is configured",
    params: Place,
    result: State,
    risk: (args) => risk(args),
    risks: ["write", "dangerous"],
    effect: "keyed",
    timeoutMs,
    describe: ({ namespace, deployment }) => `Restart ${deployment} in ${namespace}`,
    pin: ({ args: { namespace, deployment: name }, effectId }) =>
      pinBefore(kubernetes, { namespace, name, effectId, pinOf }),
    async dryRun({ args: { namespace, deployment: name } }) {
      const { spec } = await kubernetes.deployment(namespace, name);
      return `${spec.replicas} pods of ${imagesOf(spec.template).join(", ")} would be replaced.`;
    },
    async run({ args: { namespace, deployment: name }, effectId, signal }) {
      const { deployment } = await changeOnce(kubernetes, {
        namespace,
        name,
        effectId,
        signal,
        pinOf,
        // What `kubectl rollout restart` does: another annotation makes another template, and so other pods.
        plan: async ({ spec }) => ({ steps: [restartStep(spec.template, effectId)], before: null }),
      });
      return stateOf(namespace, deployment);
    },
  });
}

function scaleTool(kubernetes: Kubernetes, Place: PlaceSchema, risk: RiskOf) {
  const pinOf = async (deployment: Deployment) => specified(deployment);
  return defineTool({
    name: "kubernetes.scale",
    summary: "Change how many replicas a deployment has",
    params: Place.extend({ replicas: z.int().min(0).max(100) }),
    result: State.extend({ before: z.number() }),
    risk: (args) => risk(args),
    risks: ["write", "dangerous"],
    effect: "keyed",
    timeoutMs,
    describe: ({ namespace, deployment, replicas }) => `Scale ${deployment} in ${namespace} to ${replicas} replicas`,
    compensate: ({ namespace, deployment }, { before }) => ({
      tool: "kubernetes.scale",
      args: { namespace, deployment, replicas: before },
    }),
    pin: ({ args: { namespace, deployment: name }, effectId }) =>
      pinBefore(kubernetes, { namespace, name, effectId, pinOf }),
    async dryRun({ args: { namespace, deployment: name, replicas } }) {
      const { spec, status } = await kubernetes.deployment(namespace, name);
      return `It has ${spec.replicas} replicas, ${status.readyReplicas} of them ready; it would have ${replicas}.`;
    },
    async run({ args: { namespace, deployment: name, replicas }, effectId, signal }) {
      const { deployment, before } = await changeOnce(kubernetes, {
        namespace,
        name,
        effectId,
        signal,
        pinOf,
        plan: async ({ spec }) => ({
          steps: [{ op: "add", path: "/spec/replicas", value: replicas }],
          before: spec.replicas,
        }),
      });
      return { ...stateOf(namespace, deployment), before: Number(before) };
    },
  });
}

function rollbackTool(kubernetes: Kubernetes, Place: PlaceSchema, risk: RiskOf) {
  const pinOf = (namespace: string, toRevision: number | undefined) => async (deployment: Deployment) => {
    const revisions = await kubernetes.revisions(namespace, deployment);
    const { to } = aim(deployment.metadata.name, revisions, toRevision);
    return { ...specified(deployment), to: { revision: to.number, images: imagesOf(to.template) } };
  };
  return defineTool({
    name: "kubernetes.rollback",
    summary: "Let a deployment run what it ran before",
    params: Place.extend({ toRevision: z.int().min(1).optional() }),
    result: State.extend({ before: z.number() }),
    risk: (args) => risk(args),
    risks: ["write", "dangerous"],
    effect: "keyed",
    timeoutMs,
    describe: ({ namespace, deployment, toRevision }) =>
      `Roll ${deployment} in ${namespace} back to ${toRevision ? `revision ${toRevision}` : "the revision before"}`,
    compensate: ({ namespace, deployment }, { before }) => ({
      tool: "kubernetes.rollback",
      args: { namespace, deployment, toRevision: before },
    }),
    pin: ({ args: { namespace, deployment: name, toRevision }, effectId }) =>
      pinBefore(kubernetes, { namespace, name, effectId, pinOf: pinOf(namespace, toRevision) }),
    async dryRun({ args: { namespace, deployment: name, toRevision } }) {
      const deployment = await kubernetes.deployment(namespace, name);
      const { from, to } = aim(name, await kubernetes.revisions(namespace, deployment), toRevision);
      return `It would go from ${imagesOf(from.template).join(", ")} (revision ${from.number}) to ${imagesOf(to.template).join(", ")} (revision ${to.number}).`;
    },
    async run({ args: { namespace, deployment: name, toRevision }, effectId, signal }) {
      const { deployment, before } = await changeOnce(kubernetes, {
        namespace,
        name,
        effectId,
        signal,
        pinOf: pinOf(namespace, toRevision),
        async plan(now) {
          const { from, to } = aim(name, await kubernetes.revisions(namespace, now, signal), toRevision);
          return {
            steps: [{ op: "replace", path: "/spec/template", value: withoutHash(to.template) }],
            before: from.number,
          };
        },
      });
      return { ...stateOf(namespace, deployment), before: Number(before) };
    },
  });
}

/** From what runs now to the revision that is wanted, or a Fault that names those there are. */
function aim(
  name: string,
  revisions: readonly Revision[],
  wanted: number | undefined,
): { from: Revision; to: Revision } {
  const [from, before] = revisions;
  const to = wanted === undefined ? before : revisions.find((revision) => revision.number === wanted);
  if (!from || !to || to === from)
    throw new Fault(
      "bad-request",
      `${name} cannot go back ${wanted === undefined ? "" : `to revision ${wanted} `}from revision ${from?.number ?? "?"}. Kept are: ${revisions.map(({ number }) => number).join(", ") || "none"}.`,
      { undone: true },
    );
  return { from, to };
}
