import type { Covered, Open } from "../domain/command.ts";
import { shortId } from "../domain/ids.ts";
import { canonical, digest, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import { callsIn } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import type { EffectAtHand } from "./store.ts";

/** How long after its approval a run may still be seeing whether what it did helps, so that nobody is asked to do it again. */
const justApproved = "15 minutes";

/** What an open gate alone is about: of two that begin at the same moment one is refused by the database, and looks again. */
export function groupOf(covers: readonly Pick<Covered, "tool" | "args">[], alike: readonly string[]): string {
  return `asked/${digest(covers.map((one) => canonical(callOf(one, alike))).sort())}`;
}

function callOf({ tool, args }: Pick<Covered, "tool" | "args">, alike: readonly string[]): JsonObject {
  return { tool, args: Object.fromEntries(alike.map((name) => [name, args[name] ?? null])) };
}

/** The run that asks for the same by these arguments with the gate `holder`, or was allowed it just now and has not failed at it; null where there is none. */
export async function askedElsewhere(
  batch: Batch,
  runId: string,
  holder: string | null,
  { covers, alike = [] }: Open,
): Promise<{ readonly run: string; readonly how: "asked" | "approved" } | null> {
  const gate = holder === null ? null : await batch.actor(holder);
  if (gate?.parentId && !gate.done && gate.parentId !== runId) return { run: shortId(gate.parentId), how: "asked" };
  const allowed = await batch.reads.query<{ runId: string; subject: string }>(
    `select g.run_id as "runId", g.subject from steward.actor a
       join steward.gate g on g.run_id = a.id and g.tenant_id = a.tenant_id
     where a.tenant_id = $1 and a.open_group is not null and not a.done and a.machine = 'plan' and a.id <> $2
       and g.state = 'approved' and g.decided_at > steward.now() - interval '${justApproved}'
       and not exists (select from steward.effect e
         where e.tenant_id = g.tenant_id and e.actor_id = a.id and e.gate_id = g.id and e.state = 'failed')
     order by g.decided_at`,
    [batch.tenant, runId],
  );
  const same = allowed.find(({ subject }) => groupOf(callsIn(subject), alike) === groupOf(covers, alike));
  return same ? { run: shortId(same.runId), how: "approved" } : null;
}

/**
 * What was done makes pointless what other runs ask about the very same call, where one of the two was begun by a system: an
 * incident and a person may have come to the same conclusion.
 */
export async function endAlike(batch: Batch, effect: EffectAtHand, tool: AnyTool): Promise<void> {
  if (effect.gateId === null || !tool.pin) return;
  const done = canonical({ tool: effect.tool, args: JSON.parse(effect.args) as Json });
  const open = await batch.reads.query<{ id: string; runId: string; subject: string; requesterId: string | null }>(
    `select g.id, g.run_id as "runId", g.subject, a.requester_id as "requesterId" from steward.gate g
       join steward.actor a on a.tenant_id = g.tenant_id and a.id = g.run_id and a.machine = 'plan'
     where g.tenant_id = $1 and g.state = 'open' and g.run_id <> $2`,
    [batch.tenant, effect.actorId],
  );
  for (const { id, runId, subject, requesterId } of open) {
    if (!isSystem(effect.requesterId) && !isSystem(requesterId)) continue;
    if (!callsIn(subject).every(({ tool: name, args }) => canonical({ tool: name, args }) === done)) continue;
    const gate = await batch.actor(id);
    if (gate?.state !== "open") continue;
    const { context } = gate.snapshot as { context: { gate: string } };
    const event = { type: "gate.elsewhere", gate: context.gate, run: shortId(effect.runId), how: "done" };
    await batch.mail(runId, `elsewhere:${id}:${effect.id}`, event);
  }
}

function isSystem(requesterId: string | null): boolean {
  return requesterId?.startsWith("system:") === true;
}
