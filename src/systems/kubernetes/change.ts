import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import type { Deployment, Kubernetes, PatchStep } from "./client.ts";

/** On the deployment itself: which of our effects it has seen, what it was before each and what was approved. The newest last. */
const annotation = "steward/effects";
const kept = 10;
const Effects = z.array(z.object({ id: z.string(), before: z.json(), pin: z.json() }));

interface Change {
  readonly namespace: string;
  readonly name: string;
  readonly effectId: string;
  readonly signal: AbortSignal;
  /** What an approval of this is bound to, of the deployment as it is. */
  pinOf(deployment: Deployment): Promise<Json>;
  /** What to change in the deployment as it is, and what of it must be known to take that back. */
  plan(deployment: Deployment): Promise<{ steps: readonly PatchStep[]; before: Json }>;
}

/**
 * Changes a deployment once for each effect: its id is written into the deployment by the same patch, so that a second try
 * finds it and changes nothing. Somebody else's change in between is a conflict, and worth another try.
 */
export async function changeOnce(
  kubernetes: Kubernetes,
  { namespace, name, effectId, signal, plan, pinOf }: Change,
): Promise<{ deployment: Deployment; before: Json }> {
  const deployment = await kubernetes.deployment(namespace, name, signal);
  const effects = effectsOf(deployment);
  const done = effects.find(({ id }) => id === effectId);
  if (done) return { deployment, before: done.before as Json };
  const { steps, before } = await plan(deployment);
  const entry = { id: effectId, before, pin: await pinOf(deployment) };
  const value = JSON.stringify([...effects, entry].slice(-kept));
  const note: PatchStep = deployment.metadata.annotations
    ? { op: "add", path: `/metadata/annotations/${annotation.replace("/", "~1")}`, value }
    : { op: "add", path: "/metadata/annotations", value: { [annotation]: value } };
  return { deployment: await kubernetes.patch(namespace, deployment, [...steps, note], signal), before };
}

/** The pin as it was before this effect: a second try must find what was approved, not what the first try made of it. */
export async function pinBefore(
  kubernetes: Kubernetes,
  { namespace, name, effectId, pinOf }: Pick<Change, "namespace" | "name" | "effectId" | "pinOf">,
): Promise<Json> {
  const deployment = await kubernetes.deployment(namespace, name);
  const done = effectsOf(deployment).find(({ id }) => id === effectId);
  return done ? (done.pin as Json) : pinOf(deployment);
}

function effectsOf({ metadata }: Deployment): z.output<typeof Effects> {
  const text = metadata.annotations?.[annotation];
  if (text === undefined) return [];
  try {
    return Effects.parse(JSON.parse(text));
  } catch (error) {
    throw new Fault(
      "conflict",
      `Somebody edited the annotation ${annotation} of ${metadata.name}; without it nobody can tell what was done. Remove it to go on.`,
      { cause: error, undone: true },
    );
  }
}
