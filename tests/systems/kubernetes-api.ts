import { isDeepStrictEqual } from "node:util";
import { localSystem } from "./local-server.ts";

type Any = Record<string, never>;
// biome-ignore lint/suspicious/noExplicitAny: objects of the Kubernetes API
type Object = any;

/** An API server with one deployment, `checkout` in `shop`, that keeps a ReplicaSet for everything it ever ran. */
export async function kubernetesApi({ born = Date.parse("2026-11-21T10:00:00Z") } = {}) {
  const template = (image: string): Object => ({
    metadata: { labels: { app: "checkout" } },
    spec: { containers: [{ name: "app", image, ports: [{ containerPort: 8080 }] }] },
  });
  const deployment: Object = {
    kind: "Deployment",
    metadata: { name: "checkout", namespace: "shop", uid: "u-1", resourceVersion: "100", generation: 1 },
    spec: { replicas: 2, selector: { matchLabels: { app: "checkout" } }, template: template("shop/checkout:1") },
    status: {
      readyReplicas: 2,
      updatedReplicas: 2,
      conditions: [{ type: "Available", status: "True", message: "ok" }],
    },
  };
  const sets: { revision: number; template: Object; at: string }[] = [];
  let changes = 0;
  let broken: "before" | "after" | null = null;
  roll();

  function roll() {
    const revision = Math.max(0, ...sets.map((set) => set.revision)) + 1;
    const same = sets.find((set) => isDeepStrictEqual(set.template, deployment.spec.template));
    if (same?.revision === revision - 1 && revision > 1) return;
    if (same) same.revision = revision;
    else
      sets.push({
        revision,
        template: structuredClone(deployment.spec.template),
        at: new Date(born + sets.length * 60_000).toISOString(),
      });
  }

  function change(edit: () => void) {
    const before = structuredClone(deployment.spec);
    edit();
    deployment.metadata.resourceVersion = String(Number(deployment.metadata.resourceVersion) + 1);
    if (isDeepStrictEqual(before, deployment.spec)) return;
    deployment.metadata.generation++;
    changes++;
    roll();
  }

  const system = await localSystem(({ method, path, headers, query, body }) => {
    const base = "/apis/apps/v1/namespaces/shop";
    if (headers.authorization !== "Bearer k8s-secret")
      return { status: 401, body: { kind: "Status", message: "Unauthorized" } };
    if (path === `${base}/replicasets` && query.get("labelSelector") === "app=checkout")
      return {
        body: {
          items: sets.map(({ revision, at, template: { metadata, spec } }, index) => ({
            metadata: {
              name: `checkout-${revision}`,
              uid: `rs-${revision}`,
              resourceVersion: "1",
              creationTimestamp: at,
              annotations: { "deployment.kubernetes.io/revision": String(revision) },
              ownerReferences: [{ uid: "u-1" }],
            },
            spec: {
              template: {
                metadata: { ...metadata, labels: { ...metadata.labels, "pod-template-hash": `abc${index}` } },
                spec,
              },
            },
          })),
        },
      };
    if (path === "/api/v1/namespaces/shop/pods" && query.get("labelSelector") === "app=checkout")
      return {
        body: {
          items: Array.from({ length: deployment.spec.replicas }, (_each, n) => ({
            metadata: { name: `checkout-${n}` },
            status: {
              startTime: new Date(born).toISOString(),
              containerStatuses: [{ ready: true, restartCount: 0, state: { running: {} } }],
            },
          })),
        },
      };
    if (path !== `${base}/deployments/checkout`)
      return {
        status: 404,
        body: { kind: "Status", message: `deployments.apps "${path.split("/").at(-1)}" not found` },
      };
    if (method === "GET") return { body: deployment };
    if (broken === "before") return { cut: true };
    const version = body.find((step: Any) => step["path"] === "/metadata/resourceVersion")?.value;
    if (version !== deployment.metadata.resourceVersion)
      return { status: 409, body: { kind: "Status", message: "the object has been modified" } };
    change(() => {
      for (const step of body) put(deployment, step.path, step.value);
      deployment.status.readyReplicas = deployment.spec.replicas;
      deployment.status.updatedReplicas = deployment.spec.replicas;
    });
    return broken === "after" ? { cut: true } : { body: deployment };
  });

  return {
    ...system,
    deployment,
    /** How often its specification was changed. */
    changes: () => changes,
    breaks: (when: typeof broken) => {
      broken = when;
    },
    /** Somebody else deploys. */
    deploys: (image: string, settings: object = {}) =>
      change(() => {
        deployment.spec.template = template(image);
        Object.assign(deployment.spec.template.spec.containers[0], settings);
      }),
  };
}

/** Sets the value at a JSON Pointer (RFC 6901) whose parent must be there. */
function put(into: Object, pointer: string, value: unknown): void {
  const steps = pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() ?? "";
  const parent = steps.reduce((at, step) => at[step], into);
  parent[last] = value;
}
