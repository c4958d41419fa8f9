import type { Act, Actor, Outcome } from "../http/ports.ts";
import type { Reads } from "../http/reads.ts";
import { permits } from "../people/people.ts";
import type { Steward } from "../steward.ts";
import { findKey } from "../store/keys.ts";

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

/**
 * Why this caller may not do that to a run, or null: a key may steer what it began and what its owner asked for, though not pause
 * what was approved, and with the scope runs:steer everything; people by their roles, whoever a key is for as if they had asked
 * themselves. What is refused is put on record.
 */
export async function judge(
  steward: Steward,
  reads: Reads,
  runId: string,
  act: Act | "settle",
  actor: Actor,
): Promise<Outcome | null> {
  const { kernel, tenant, person, db } = steward;
  const run = await reads.run(tenant, runId);
  if (!run) return { kind: "missing" };
  const asking = run.requesterId?.startsWith("key:") ? await findKey(db, tenant, run.requesterId.slice(4)) : null;
  const requesterId = asking?.owner?.id ?? run.requesterId;
  const refuse = async (because: string, sentence: string): Promise<Outcome> => {
    await kernel.do({
      tenant,
      actors: [],
      run: (batch) => batch.record("auth", "refused", idOf(actor), { because, act, run: runId }),
    });
    return { kind: "refused", because, sentence };
  };
  const approved = run.gates.some(({ state }) => state === "approved");
  if (actor.by === null) {
    const key = await findKey(db, tenant, actor.keyId ?? "");
    if (key?.scopes.includes("runs:steer")) return null;
    const isOwn = run.requesterId === idOf(actor) || (key?.owner != null && key.owner.id === requesterId);
    if (isOwn && !(act === "pause" && approved)) return null;
    return refuse("scope", isOwn ? onlyBefore : onlyOwn);
  }
  const requester = requesterId ? await person(requesterId) : null;
  const permission = permits(actor.by, actions[act], {
    requesterId,
    requesterManagerId: requester?.managerId ?? null,
    approved,
  });
  return permission.ok ? null : refuse(permission.because, permission.sentence);
}

const onlyOwn = "This API key steers only what it began, or its owner did: for the rest it needs the scope runs:steer.";
const onlyBefore = "Now that it is approved this API key needs the scope runs:steer to pause it. It may cancel it.";

/** Who does it, as the record names them. */
export function idOf({ by, keyId }: Actor): string {
  return by?.id ?? `key:${keyId ?? ""}`;
}
