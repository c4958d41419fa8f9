import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import type { Deployed, Running, Runtime } from "../services/sources.ts";
import { changeOnce, pinBefore } from "./change.ts";
import {
  type Cluster,
  type Deployment,
  deploymentAt,
  kubernetesClient,
  type Pod,
  type PodTemplate,
  type Revision,
} from "./client.ts";
import { imagesOf, restartStep, specified, withoutHash } from "./template.ts";

/** A deployment as the place where a service runs. */
export function deploymentRuntime(
  cluster: Cluster,
  { namespace, deployment: name }: { readonly namespace: string; readonly deployment: string },
): Runtime {
  const kubernetes = kubernetesClient(cluster);
  const releases = async (deployment: Deployment, signal?: AbortSignal) =>
    releasesOf(await kubernetes.revisions(namespace, deployment, signal));
  const pinOf = (toVersion: string | null) => async (deployment: Deployment) => {
    if (toVersion === null) return specified(deployment);
    const { to } = aim(name, await releases(deployment), toVersion);
    return { ...specified(deployment), to: { version: to.version, images: imagesOf(to.template) } };
  };
  const change = (
    effectId: string,
    signal: AbortSignal,
    toVersion: string | null,
    plan: Parameters<typeof changeOnce>[1]["plan"],
  ) => changeOnce(kubernetes, { namespace, name, effectId, signal, pinOf: pinOf(toVersion), plan });

  return {
    host: new URL(cluster.url).host,
    thing: deploymentAt(cluster, namespace, name),
    production: cluster.namespaces.find((one) => one.name === namespace)?.production ?? true,
    async look(signal) {
      const deployment = await kubernetes.deployment(namespace, name, signal);
      const [kept, pods] = await Promise.all([
        releases(deployment, signal),
        kubernetes.pods(namespace, deployment, signal),
      ]);
      return runningOf(deployment, kept, pods);
    },
    async deploys(signal) {
      const deployment = await kubernetes.deployment(namespace, name, signal);
      return (await releases(deployment, signal)).map((release, i, all) => deployedOf(deployment, release, all[i + 1]));
    },
    pin: (effectId, toVersion): Promise<Json> =>
      pinBefore(kubernetes, { namespace, name, effectId, pinOf: pinOf(toVersion) }),
    async restart(effectId, signal) {
      await change(effectId, signal, null, async ({ spec }) => ({
        steps: [restartStep(spec.template, effectId)],
        before: null,
      }));
    },
    async rollback(effectId, toVersion, signal) {
      const { before } = await change(effectId, signal, toVersion, async (now) => {
        const { from, to } = aim(name, await releases(now, signal), toVersion);
        const template = withoutHash(to.template);
        return { steps: [{ op: "replace", path: "/spec/template", value: template }], before: from.version };
      });
      return String(before);
    },
    async scale(effectId, instances, signal) {
      const { before } = await change(effectId, signal, null, async ({ spec }) => ({
        steps: [{ op: "add", path: "/spec/replicas", value: instances }],
        before: spec.replicas,
      }));
      return Number(before);
    },
  };
}

/** A template that ran, under the name people use for it. Restarts of it are the same release. */
interface Release extends Revision {
  readonly version: string;
}

const restarts = ["steward/restart", "kubectl.kubernetes.io/restartedAt"];

/** Newest first. A second template of the same image is named after its hash: another configuration. */
function releasesOf(revisions: readonly Revision[]): readonly Release[] {
  const named = new Map<Revision, string>();
  const byAge = revisions.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.number - b.number);
  const distinct: Revision[] = [];
  for (const revision of byAge) {
    const same = distinct.find((one) => isDeepStrictEqual(essence(one.template), essence(revision.template)));
    const tag = tagOf(revision.template);
    const taken = distinct.some((one) => named.get(one) === tag);
    const hash = revision.template.metadata?.labels?.["pod-template-hash"] ?? String(revision.number);
    named.set(revision, same ? (named.get(same) as string) : taken ? `${tag}+${hash}` : tag);
    if (!same) distinct.push(revision);
  }
  const seen = new Set<string>();
  return revisions.flatMap((revision) => {
    const version = named.get(revision) as string;
    if (seen.has(version)) return [];
    seen.add(version);
    return [{ ...revision, version }];
  });
}

function essence(template: PodTemplate): PodTemplate {
  const { metadata, ...rest } = withoutHash(template);
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([key]) => !restarts.includes(key));
  return { ...rest, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } };
}

/** "shop/checkout:1.4.2" is 1.4.2; a digest is its beginning. */
function tagOf(template: PodTemplate): string {
  const [image = ""] = imagesOf(template);
  const [name = "", digest] = image.split("@");
  return /:([\w][\w.-]*)$/.exec(name)?.[1] ?? digest?.replace(/^sha256:/, "").slice(0, 12) ?? "latest";
}

function deployedOf({ status }: Deployment, release: Release, before: Release | undefined): Deployed {
  const { version, template, createdAt } = release;
  // What ran before and runs again keeps the day it was made: when it came back is what the rollout says.
  if (before !== undefined && createdAt < before.createdAt) {
    const rollout = status.conditions.find(({ type }) => type === "Progressing")?.lastUpdateTime;
    return { version, by: "somebody", at: rollout ?? before.createdAt, change: "rollback" };
  }
  const images = (of: PodTemplate) => imagesOf(of).join();
  const change = before !== undefined && images(before.template) === images(template) ? "configuration" : "version";
  return { version, by: "somebody", at: createdAt, change };
}

function runningOf({ metadata, spec, status }: Deployment, [now]: readonly Release[], pods: readonly Pod[]): Running {
  return {
    version: now?.version ?? tagOf(spec.template),
    instances: pods.map(({ status: { containerStatuses: containers, startTime } }, i) => ({
      number: i + 1,
      status: containers.some(({ state }) => failing.test(state.waiting?.reason ?? ""))
        ? "failing"
        : containers.length > 0 && containers.every(({ ready }) => ready)
          ? "running"
          : "restarting",
      startedAt: containers[0]?.state.running?.startedAt || startTime,
      restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    })),
    settled:
      (status.observedGeneration ?? metadata.generation) === metadata.generation &&
      status.updatedReplicas === spec.replicas &&
      status.readyReplicas === spec.replicas &&
      (status.replicas ?? spec.replicas) === spec.replicas,
  };
}

const failing = /BackOff|Err|Invalid/;

/** From what runs now to the version that is wanted, or a Fault that names those there are. */
function aim(name: string, releases: readonly Release[], wanted: string): { from: Release; to: Release } {
  const [from, ...others] = releases;
  const to = others.find(({ version }) => version === wanted);
  if (!from || !to)
    throw new Fault(
      "bad-request",
      `${name} cannot go back to version ${wanted} from ${from?.version ?? "what runs now"}. Kept are: ${others.map(({ version }) => version).join(", ") || "none"}.`,
      { undone: true },
    );
  return { from, to };
}
