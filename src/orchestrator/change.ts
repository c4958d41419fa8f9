import type { Person } from "../domain/incoming.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import { callsIn, changeFields, type Gate, readChanges, type ShownEffect } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import type { GatePress, PressOutcome } from "./gate-press.ts";
import type { ActorRow } from "./store.ts";

/** A gate's memory, as far as a change needs it. */
type Asked = Gate & { readonly gate: string; readonly effects: readonly ShownEffect[] };

/**
 * Changes what a gate asks, for a person who may approve it. The gate is superseded with all its votes; the run asks again,
 * with the new arguments and at least as many people as before. The editor's vote is the new gate's first if they may vote
 * there. Who made it more than was asked for, or something else, has made a request of their own, which somebody else must approve.
 */
export async function change(
  tools: ReadonlyMap<string, AnyTool>,
  batch: Batch,
  press: GatePress,
  by: Person,
  row: ActorRow,
): Promise<PressOutcome> {
  const asked = (row.snapshot as { context: Asked }).context;
  const fields = changeFields(asked.effects);
  if (fields.length === 0 || row.parentId === null)
    return {
      kind: "refused",
      because: "invalid",
      sentence: "Nothing of this may be changed: approve it as it is, or deny it.",
    };
  const { values = {} } = press;
  if (!fields.some(({ name }) => Object.hasOwn(values, name))) return { kind: "needs-change", fields };
  const read = readChanges(asked.effects, values);
  if (read.kind === "wrong")
    return { kind: "refused", because: "invalid", sentence: `${read.sentence} Nothing was changed.` };
  if (read.kind === "same")
    return {
      kind: "refused",
      because: "invalid",
      sentence: "That is what it says already, so nothing was changed. Press Approve for it as it is.",
    };
  const sees: Record<string, JsonObject> = {};
  const pins = new Map(callsIn(asked.subject).map(({ effectId, pin }) => [effectId, pin]));
  let lessens = true;
  for (const { step, tool: name, args, effectId } of asked.effects) {
    const tool = tools.get(name);
    const wanted = { ...args, ...read.edits[step] };
    const parsed = tool?.params.safeParse(wanted);
    if (parsed?.success !== true)
      return { kind: "refused", because: "invalid", sentence: refusalOf(name, parsed?.error.issues ?? []) };
    if (read.beyondWords.includes(step))
      lessens &&= tool?.lessens?.(tool.params.parse(args), parsed.data, pins.get(effectId) ?? null) === true;
    sees[step] = wanted;
  }
  batch.writes.held.push({ id: by.id, active: by.active, kind: by.kind, roles: by.roles });
  const key = `change:${press.inbox.id}`;
  const words = `Changed by ${by.name} at ${batch.now} (${read.words})`;
  const superseded = { type: "supersede", by: by.id, name: by.name, change: words, what: read.words };
  await batch.mail(press.gateId, key, superseded, by.id);
  const event = {
    type: "gate.superseded",
    gate: asked.gate,
    by: by.name,
    change: {
      edits: read.edits,
      barred: lessens ? [] : [by.id],
      floor: asked.policy.require as unknown as Json,
      changed: [`${by.name} (${read.words})`],
    },
    vote: { by: by.id, surface: press.surface, sees },
  };
  await batch.mail(row.parentId, key, event as { type: string } & JsonObject, by.id);
  return outcomeOf(batch, row, by, lessens);
}

/** What to say to somebody who filled in a form of changes and then pressed Approve, which is for it as it was; null when they did not. */
export function mistaken({ answer, values = {} }: GatePress, row: ActorRow): string | null {
  if (answer !== "approve" || Object.keys(values).length === 0) return null;
  const { effects } = (row.snapshot as { context: Asked }).context;
  if (readChanges(effects, values).kind === "same") return null;
  return "You changed something and pressed Approve, which is for it as it was, so nothing was decided. Press “Change and approve”.";
}

/** How the new question stands; it may open a moment later, when its target has been read or the run goes on. */
async function outcomeOf(batch: Batch, old: ActorRow, by: Person, lessens: boolean): Promise<PressOutcome> {
  const opened = batch.writes.gates.findLast(({ runId, id }) => runId === old.parentId && id !== old.id);
  const now = opened ? await batch.actor(opened.id) : null;
  const voted = batch.writes.votes.some(({ gateId, personId }) => gateId === opened?.id && personId === by.id);
  if (now?.state === "approved")
    return {
      kind: "decided",
      outcome: "approved",
      sentence: "Changed and approved. Nothing more is needed, it goes ahead now.",
    };
  if (voted)
    return {
      kind: "decided",
      outcome: "counted",
      sentence: "Changed. Your approval counts on the new card; it still needs others.",
    };
  const sentence = lessens
    ? "Changed. A new card asks for it: your approval is not on it yet."
    : "Changed. Since this is more than was asked for, or something else, somebody other than you has to approve it: a new card asks.";
  return { kind: "decided", outcome: "changed", sentence };
}

function refusalOf(
  tool: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const why = issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`).join("; ");
  return `${tool} cannot take that${why === "" ? "" : ` (${why})`}. Nothing was changed.`;
}
