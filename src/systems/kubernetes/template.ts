import type { Deployment, PatchStep, PodTemplate } from "./client.ts";

export function imagesOf(template: PodTemplate): string[] {
  return template.spec.containers.map(({ image }) => image);
}

/** What an approval is bound to: this very deployment, as it is specified now. Readiness comes and goes meanwhile. */
export function specified({ metadata, spec }: Deployment) {
  return {
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    images: imagesOf(spec.template),
    instances: spec.replicas,
  };
}

export function restartStep({ metadata }: PodTemplate, effectId: string): PatchStep {
  const root = "/spec/template/metadata";
  if (!metadata) return { op: "add", path: root, value: { annotations: { "steward/restart": effectId } } };
  if (!metadata.annotations) return { op: "add", path: `${root}/annotations`, value: { "steward/restart": effectId } };
  return { op: "add", path: `${root}/annotations/steward~1restart`, value: effectId };
}

/** A ReplicaSet's template carries a label that the deployment's must not. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
