import type { Act, Actor, Outcome } from "../http/ports.ts";
import type { Reads } from "../http/reads.ts";
import { permits } from "../people/people.ts";
import type { Steward } from "../steward.ts";

/** What the doors ask permission for, in the words of `people`. */
export const actions = {
  cancel: "run.cancel",
  pause: "run.pause",
  resume: "run.resume",
  skip: "run.resume",
  again: "run.again",
  settle: "run.settle",
  "start-run": "run.start",
  "see-runs": "run.read",
  "read-audit": "audit.read",
  "break-service": "trial.break",
} as const;

/** Why this caller may not do that to a run, or null: keys with the scope may, people by their roles. What is refused is put on record. */
export async function judge(
  { kernel, tenant, person }: Steward,
  reads: Reads,
  runId: string,
  act: Act | "settle",
  { by }: Actor,
): Promise<Outcome | null> {
  const run = await reads.run(tenant, runId);
  if (!run) return { kind: "missing" };
  if (by === null) return null;
  const requester = run.requesterId ? await person(run.requesterId) : null;
  const permission = permits(by, actions[act], {
    requesterId: run.requesterId,
    requesterManagerId: requester?.managerId ?? null,
    approved: run.gates.some(({ state }) => state === "approved"),
  });
  if (permission.ok) return null;
  await kernel.do({
    tenant,
    actors: [],
    run: (batch) => batch.record("auth", "refused", by.id, { because: permission.because, act, run: runId }),
  });
  return { kind: "refused", because: permission.because, sentence: permission.sentence };
}

/** Who does it, as the record names them. */
export function idOf({ by, keyId }: Actor): string {
  return by?.id ?? `key:${keyId ?? ""}`;
}
