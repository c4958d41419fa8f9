import type { FirstVote, Open } from "../domain/command.ts";
import { deriveId } from "../domain/ids.ts";
import type { Person } from "../domain/incoming.ts";
import { digest, type Json, type JsonObject } from "../domain/json.ts";
import { type AnyTool, contractHash, fit, riskOf } from "../domain/tool.ts";
import {
  atLeast,
  decide,
  editableArgs,
  type Gate,
  type PolicyRule,
  policyHash,
  resolvePolicy,
  subjectHash,
  subjectText,
  whyUnanswerable,
} from "../gates/gates.ts";
import { askedElsewhere, groupOf } from "./alike.ts";
import { askerOf } from "./asker.ts";
import type { Batch } from "./batch.ts";
import type { Target } from "./obey.ts";
import type { Holders } from "./people.ts";
import type { ActorRow } from "./store.ts";
import { cast } from "./vote.ts";

/** A gate as it is put to people: who holds the roles now, without those who may not approve it. */
export interface GateAsked {
  readonly id: string;
  readonly runId: string;
  readonly title: string;
  readonly expiresAt: string;
  readonly approvers: readonly Person[];
}

export interface GateTerms {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly holders: Holders;
  readonly policies: readonly PolicyRule[];
  /** Hears of every gate that is put to people, in the transaction that opens it. */
  asked(batch: Batch, gate: GateAsked): Promise<void>;
  /** Channels every gate is shown in, besides the thread it was asked for in. */
  readonly channels: readonly string[];
}

/**
 * Begins the gate an `open` asks for: its subject (every covered effect with tool contract, arguments and pinned target) and
 * its policy are fixed and hashed now. A gate that this run has opened already is not opened twice. About a call that its tool
 * would refuse nobody is asked: the run hears at once why it can never run. Nor is anybody asked what another
 * run asks already, where `alike` says by which arguments that is so.
 */
export async function openGate(
  terms: GateTerms,
  batch: Batch,
  run: ActorRow,
  open: Open,
  targets: readonly Target[],
): Promise<void> {
  const id = deriveId(run.id, open.id);
  const calls = open.covers.map((covered) => {
    const tool = terms.tools.get(covered.tool);
    return { covered, tool, fitted: tool && fit(tool, covered.args) };
  });
  for (const { covered, fitted } of calls)
    if (fitted && "misfit" in fitted) {
      const event = { type: "gate.denied", gate: open.id, by: "Steward", reason: fitted.misfit, unasked: true };
      await batch.mail(run.id, `misfit:${open.id}`, { ...event, step: covered.step });
      return;
    }
  const openGroup = open.alike && groupOf(open.covers, open.alike);
  const holder = openGroup === undefined ? null : await batch.inGroup(openGroup);
  const elsewhere = open.alike && (await askedElsewhere(batch, run.id, holder, open));
  if (elsewhere) {
    await batch.mail(run.id, `elsewhere:${open.id}`, { type: "gate.elsewhere", gate: open.id, ...elsewhere });
    return;
  }
  const effects = calls.map(({ covered, tool, fitted }, i) => {
    // What cannot be judged is dangerous; `perform` will say what is wrong with it.
    const risk = riskOf(tool, covered.args, covered.tainted ?? []);
    const taken = fitted && "args" in fitted ? fitted.args : null;
    // Judged as the tool takes it: what is left out counts as what it stands for.
    const judged = { tool: covered.tool, risk, args: taken ?? covered.args };
    return {
      effectId: deriveId(run.id, covered.step, covered.generation),
      step: covered.step,
      tool: covered.tool,
      args: covered.args,
      judged,
      editable: editableArgs(terms.policies, judged),
      contractHash: tool ? contractHash(tool) : "",
      pin: targets[i]?.pin ?? null,
      dryRun: targets[i]?.dryRun ?? null,
      tainted: covered.tainted ?? [],
      origins: { ...byAgent(run, covered.tainted ?? []), ...covered.origins },
      steered: riskOf(tool, covered.args, []) !== risk,
      risk,
      describes: tool && taken ? tool.describe(taken) : covered.tool,
      ...(tool?.asks && { asks: tool.asks }),
      ...(tool?.wording && { wording: tool.wording }),
    };
  });
  const policy = atLeast(
    resolvePolicy(
      terms.policies,
      effects.map(({ judged }) => judged),
    ),
    open.floor ?? [],
  );
  const barred = [...new Set([...run.barred, ...(open.barred ?? [])])];
  const subject = subjectText(effects);
  const { manager, ...requester } = await askerOf(batch, run.requesterId);
  const roles = policy.require.map(({ role }) => role);
  const approvers =
    roles.length > 0
      ? await batch.once(`holders:${roles.join()}`, () => terms.holders(batch.reads, batch.tenant, roles))
      : [];
  const unanswerable = whyUnanswerable({ policy, barred, holders: approvers, manager });
  const expiresAt = new Date(Date.parse(batch.now) + policy.expireAfterMs).toISOString();
  const reason = await reasonOf(batch, run);
  const surfaces = [...(run.conversationId ? ["thread"] : []), ...terms.channels.map((channel) => ({ channel }))];
  const input = {
    gate: open.id,
    runId: run.id,
    // Once it was changed, the name it was asked by says something else.
    title: open.changed ? `${open.title}, changed by ${open.changed.join(", ")}` : open.title,
    requester,
    managerId: manager?.id ?? null,
    managerName: manager?.name ?? null,
    approverNames: approvers
      .filter((person) => !barred.includes(person.id))
      .map((person) => person.name)
      .join(", "),
    ...(unanswerable !== null && { unanswerable }),
    barred,
    ...(open.barred && { changers: open.barred }),
    subject,
    subjectHash: subjectHash(subject),
    policy,
    policyHash: policyHash(policy),
    effects: effects.map(({ judged: _, contractHash: __, pin: ___, origins, steered, ...shown }) => ({
      ...shown,
      ...(shown.tainted.length > 0 && { origins }),
      ...(steered && { steered }),
    })),
    surfaces,
    expiresAt,
    ...(open.changed && { changed: open.changed }),
    ...(open.fields && { fields: open.fields }),
    ...(reason !== null && { reason }),
    ...(open.says === undefined ? {} : { says: open.says }),
    ...(run.machine === "agent" ? { agent: run.id } : {}),
  };
  batch.writes.gates.push({
    id,
    runId: run.id,
    subject,
    subjectHash: input.subjectHash,
    policy: JSON.stringify(policy),
    policyHash: input.policyHash,
    barred,
    state: "new",
    expiresInMs: policy.expireAfterMs,
  });
  const fresh = await batch.begin({
    id,
    machine: "gate",
    parentId: run.id,
    name: open.title,
    requesterId: run.requesterId,
    barred,
    conversationId: run.conversationId,
    priority: run.priority,
    ...(openGroup !== undefined && holder === null && { openGroup }),
    input: input as unknown as JsonObject,
  });
  if (!fresh)
    batch.writes.gates.splice(
      batch.writes.gates.findIndex((gate) => gate.id === id),
      1,
    );
  else {
    if (open.vote) await firstVote(batch, id, open.vote, effects);
    if ((await batch.actor(id))?.state !== "open") return;
    const asked = { id, runId: run.id, title: open.title, expiresAt };
    await terms.asked(batch, { ...asked, approvers: approvers.filter((person) => !barred.includes(person.id)) });
  }
}

/** Why it was asked for, in the words of whoever asked for the run; a task's is that of the run which gave it. */
async function reasonOf(batch: Batch, { machine, snapshot, parentId }: ActorRow): Promise<string | null> {
  if (machine === "plan") return (snapshot as { context: { reason?: string } }).context.reason ?? null;
  return batch.once(`reason:${parentId}`, async () => {
    const [run] = await batch.reads.query<{ reason: string | null }>(
      "select snapshot::json#>>'{context,reason}' as reason from steward.actor where tenant_id = $1 and id = $2",
      [batch.tenant, parentId],
    );
    return run?.reason ?? null;
  });
}

/** What a model chose that had read something from outside may be what that wanted. */
function byAgent(run: ActorRow, tainted: readonly string[]): Record<string, string> {
  if (run.machine !== "agent") return {};
  const origin = `the agent ${run.name}, which had read what came from outside`;
  return Object.fromEntries(tainted.map((name) => [name, origin]));
}

/**
 * The vote of whoever changed it to this, if they may vote here and it is exactly what they saw: their arguments, and no
 * target that was read since.
 */
async function firstVote(
  batch: Batch,
  id: string,
  { by, surface, sees }: FirstVote,
  effects: readonly { step: string; args: JsonObject; pin: Json; dryRun: string | null }[],
): Promise<void> {
  const same = effects.every(
    ({ step, args, pin, dryRun }) => pin === null && dryRun === null && digest(args) === digest(sees[step] ?? null),
  );
  const [voter] = await batch.people([by]);
  const row = await batch.actor(id);
  if (!same || !voter || row?.state !== "open") return;
  const gate = { ...(row.snapshot as { context: Gate }).context, state: "open" as const };
  const press = { answer: "approve", by: voter, subjectHash: gate.subjectHash, surface, at: batch.now } as const;
  const decision = decide(gate, press);
  if (decision.kind === "approved" || decision.kind === "counted") await cast(batch, row, voter, decision.vote);
}
