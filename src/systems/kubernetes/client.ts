import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { faultOfStatus, retryAfterOf } from "../answer.ts";
import { concealing } from "../http/conceal.ts";
import { guardedFetch } from "../http/guard.ts";

export interface Cluster {
  /** "https://10.0.0.1:6443" */
  readonly url: string;
  readonly token: string;
  /** The certificate authority of the API server, PEM; null: one that this machine trusts. */
  readonly ca: string | null;
  /** Where Steward may act, and where that is dangerous. */
  readonly namespaces: readonly { readonly name: string; readonly production: boolean }[];
}

/** A deployment under the one name that all tools have for it: "kubernetes/10.0.0.1:6443/shop/checkout". */
export function deploymentAt({ url }: Cluster, namespace: string, name: string): string {
  return `kubernetes/${new URL(url).host}/${namespace}/${name}`;
}

const Labels = z.record(z.string(), z.string());
const Meta = z.looseObject({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  annotations: Labels.optional(),
});
const Template = z.looseObject({
  metadata: z.looseObject({ labels: Labels.optional(), annotations: Labels.optional() }).optional(),
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string() })) }),
});
const Deployment = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    replicas: z.number().default(1),
    selector: z.looseObject({ matchLabels: Labels.default({}) }),
    template: Template,
  }),
  status: z
    .looseObject({
      readyReplicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      /** All there are, of whatever template. */
      replicas: z.number().optional(),
      observedGeneration: z.number().optional(),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            message: z.string().default(""),
            lastUpdateTime: z.string().optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});
const ReplicaSets = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: Meta.extend({ ownerReferences: z.array(z.looseObject({ uid: z.string() })).default([]) }),
      spec: z.looseObject({ template: Template }),
    }),
  ),
});

const Pods = z.object({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.looseObject({
        startTime: z.string().default(""),
        containerStatuses: z
          .array(
            z.looseObject({
              ready: z.boolean(),
              restartCount: z.number(),
              state: z.looseObject({
                waiting: z.looseObject({ reason: z.string().default("") }).optional(),
                running: z.looseObject({ startedAt: z.string().default("") }).optional(),
              }),
            }),
          )
          .default([]),
      }),
    }),
  ),
});

export type Deployment = z.output<typeof Deployment>;
export type PodTemplate = z.output<typeof Template>;

/** What a deployment ran at some time: a ReplicaSet that is kept. */
export interface Revision {
  readonly number: number;
  readonly template: PodTemplate;
  /** ISO instant: when it ran first. */
  readonly createdAt: string;
}

export type Pod = z.output<typeof Pods>["items"][number];

/** One step of a JSON Patch (RFC 6902). */
export interface PatchStep {
  readonly op: "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

export interface Kubernetes {
  deployment(namespace: string, name: string, signal?: AbortSignal): Promise<Deployment>;
  /** Newest first; the first is what runs now. */
  revisions(namespace: string, deployment: Deployment, signal?: AbortSignal): Promise<readonly Revision[]>;
  /** Those that are not being ended. */
  pods(namespace: string, deployment: Deployment, signal?: AbortSignal): Promise<readonly Pod[]>;
  /** Throws Fault("conflict") when it is no longer the deployment that was read. */
  patch(namespace: string, read: Deployment, steps: readonly PatchStep[], signal: AbortSignal): Promise<Deployment>;
}

/**
 * The few calls Steward makes of the Kubernetes API. Its client library would bring a second way out of the house, past the
 * guard, for what is a GET and a PATCH.
 */
export function kubernetesClient({ url, token, ca }: Cluster): Kubernetes {
  const base = url.replace(/\/$/, "");
  const way = guardedFetch({
    hosts: [{ origin: new URL(url).origin, private: true }],
    timeoutMs: 20_000,
    ...(ca === null ? {} : { ca }),
  });
  const send = concealing(way, [token]);

  async function ask(path: string, init: RequestInit): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", ...init.headers };
    const response = await send(`${base}/${path}`, { ...init, headers });
    const text = await response.text();
    if (response.ok) return parseJson(text);
    const said = z.looseObject({ message: z.string() }).safeParse(parseJson(text, true));
    throw faultOfStatus({
      system: "Kubernetes",
      status: response.status,
      said: said.success ? said.data.message : "",
      retryAfterMs: retryAfterOf(response.headers.get("retry-after")),
      credential: "the service account of connectors.kubernetes",
    });
  }

  const apps = (namespace: string) => `apis/apps/v1/namespaces/${namespace}`;
  const selectorOf = ({ spec }: Deployment) =>
    encodeURIComponent(
      Object.entries(spec.selector.matchLabels)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
    );

  return {
    async deployment(namespace, name, signal) {
      return read(Deployment, await ask(`${apps(namespace)}/deployments/${name}`, { ...(signal ? { signal } : {}) }));
    },
    async revisions(namespace, deployment, signal) {
      const { metadata } = deployment;
      const path = `${apps(namespace)}/replicasets?labelSelector=${selectorOf(deployment)}`;
      const { items } = read(ReplicaSets, await ask(path, { ...(signal ? { signal } : {}) }));
      return items
        .filter((set) => set.metadata.ownerReferences.some((owner) => owner.uid === metadata.uid))
        .map((set) => ({
          number: Number(set.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0),
          template: set.spec.template,
          createdAt: set.metadata.creationTimestamp ?? "",
        }))
        .sort((a, b) => b.number - a.number);
    },
    async pods(namespace, deployment, signal) {
      const path = `api/v1/namespaces/${namespace}/pods?labelSelector=${selectorOf(deployment)}`;
      const { items } = read(Pods, await ask(path, { ...(signal ? { signal } : {}) }));
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    },
    async patch(namespace, { metadata }, steps, signal) {
      // A patch that carries another version than the current one is refused: nobody's change is overwritten unseen.
      const version: PatchStep = { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion };
      const answer = await ask(`${apps(namespace)}/deployments/${metadata.name}?fieldManager=steward`, {
        method: "PATCH",
        headers: { "content-type": "application/json-patch+json" },
        body: JSON.stringify([version, ...steps]),
        signal,
      });
      return read(Deployment, answer);
    },
  };
}

function parseJson(text: string, lenient = false): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (lenient) return null;
    throw new Fault("tool-failed", "Kubernetes answered with something that is not JSON.", {
      cause: error,
      retryAfterMs: 5000,
    });
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Fault("tool-failed", `Kubernetes answered in an unknown form: ${issue?.path.join(".")} ${issue?.message}.`);
}
