import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { Json } from "../domain/json.ts";

/** The body of an output that was too large for a run's context, if it belongs to that run. */
export type ReadArtifact = (tenant: string, runId: string, id: string) => Promise<string | null>;

const Reference = z.strictObject({ artifact: z.uuid(), bytes: z.number() });

/** A value as it is, or what the run keeps apart under the reference that it is. Throws Fault "not-found" for what is not this run's. */
export async function whole(artifact: ReadArtifact, tenant: string, runId: string, value: Json): Promise<Json> {
  const reference = Reference.safeParse(value).data;
  if (reference === undefined) return value;
  const body = await artifact(tenant, runId, reference.artifact);
  if (body === null)
    throw new Fault(
      "not-found",
      `This run has no artifact ${reference.artifact}: give what a tool of this run returned.`,
    );
  return JSON.parse(body) as Json;
}
