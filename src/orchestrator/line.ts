import { retryTimer } from "../domain/command.ts";
import { shortId } from "../domain/ids.ts";
import { type AnyTool, inWords } from "../domain/tool.ts";
import type { Advancer } from "./advance.ts";
import type { Batch } from "./batch.ts";
import { keepLooking } from "./keep-looking.ts";
import type { EffectAtHand, KernelStore } from "./store.ts";

/** An effect that has a thing for itself, or waits for it. */
interface InLine {
  readonly effectId: string;
  readonly actorId: string;
  readonly tool: string;
  readonly args: string;
  readonly runId: string;
  readonly atWork: boolean;
  /** It needs the thing no more. One that is to be tried again does, and so does one of which nobody knows whether it happened. */
  readonly over: boolean;
  /** Its run is paused or stuck: others go first. */
  readonly halted: boolean;
}

// One whose run ended while it was at work is over when it says so itself. Looked up by key, one after the other.
const lines = `select o.tenant_id as tenant, o.thing, o.effect_id as "effectId", e.actor_id as "actorId", o.n, o.at_work as "atWork", e.tool, e.args, a.halted,
    case a.machine when 'plan' then a.id else coalesce(a.parent_id, a.id) end as "runId",
    case e.state when 'started' then false when 'pending' then a.done when 'in_doubt' then a.done
      when 'failed' then a.done or not (a.halted or exists (select from steward.timer t
        where t.tenant_id = o.tenant_id and t.actor_id = a.id and t.id = '${retryTimer("")}' || e.step))
      else true end as over
  from steward.occupant o
  cross join lateral (select * from steward.effect x where x.tenant_id = o.tenant_id and x.id = o.effect_id offset 0) e
  cross join lateral (select y.id, y.machine, y.parent_id, y.done, y.paused or y.stuck is not null as halted
    from steward.actor y where y.tenant_id = o.tenant_id and y.id = e.actor_id offset 0) a`;

function lineFor(batch: Batch, thing: string): Promise<InLine[]> {
  return batch.reads.query<InLine>(`${lines} where o.tenant_id = $1 and o.thing = $2 order by o.n`, [
    batch.tenant,
    thing,
  ]);
}

/** Whether this effect has the thing for itself. If not, it stands in the line for it, and is woken when it is its turn. */
export async function enter(batch: Batch, { id }: EffectAtHand, thing: string): Promise<boolean> {
  const line = await lineFor(batch, thing);
  const mine = line.find(({ effectId }) => effectId === id);
  if (mine) return mine.atWork;
  const isFree = line.every(({ atWork, halted }) => !atWork && halted);
  const atWork = isFree && !batch.writes.entered.some((one) => one.thing === thing);
  batch.writes.entered.push({ effectId: id, thing, atWork });
  return atWork;
}

/** An effect that will not go on leaves the line, wherever it stands in it. */
export async function leave(batch: Batch, { id }: EffectAtHand): Promise<void> {
  if ((await thingOf(batch, id)) !== null) batch.writes.wentAway.push({ effectId: id });
}

/** Says in the thread of an effect that waits whom it waits for. */
export async function sayWhoIsFirst(
  batch: Batch,
  effect: EffectAtHand,
  thing: string,
  tools: ReadonlyMap<string, AnyTool>,
): Promise<void> {
  const first = (await lineFor(batch, thing)).find(({ atWork, over }) => atWork && !over);
  if (!first || first.effectId === effect.id) return;
  const what = inWords(tools, first.tool, first.args) ?? first.tool;
  await say(batch, effect, `Waits until ${shortId(first.runId)} is done with “${what}”.`);
}

/** Where the tool will show how far it is. */
async function say(batch: Batch, { id, actorId }: Pick<EffectAtHand, "id" | "actorId">, text: string): Promise<void> {
  const actor = await batch.actor(actorId);
  if (actor?.conversationId) batch.note(actorId, `progress:${id}`, actor.conversationId, { text });
}

/** Once this effect is over, the first that waits for what it had may begin. Nothing happens while it is not. */
export async function makeRoom(batch: Batch, { id }: EffectAtHand): Promise<void> {
  const thing = await thingOf(batch, id);
  if (thing !== null) await moveUp(batch, thing);
}

/** Whoever is over makes room, and the first that waits begins where nobody is at work. Doing it twice changes nothing. */
function moveUp(batch: Batch, thing: string): Promise<void> {
  return batch.once(`line/${thing}`, async () => {
    const line = await lineFor(batch, thing);
    const there = line.filter(({ over }) => !over);
    for (const { effectId, over } of line) if (over) batch.writes.wentAway.push({ effectId });
    if (there.some(({ atWork }) => atWork)) return;
    const next = there.find(({ halted }) => !halted);
    if (next === undefined) return;
    batch.writes.movedUp.push({ effectId: next.effectId });
    const before = line.find(({ atWork, over }) => atWork && over);
    if (before) await say(batch, { ...next, id: next.effectId }, `Waited until ${shortId(before.runId)} was done.`);
    batch.jobs.push({ queue: "effect", data: { tenant: batch.tenant, effect: next.effectId } });
  });
}

async function thingOf(batch: Batch, effectId: string): Promise<string | null> {
  const [row] = await batch.reads.query<{ thing: string }>(
    "select thing from steward.occupant where tenant_id = $1 and effect_id = $2",
    [batch.tenant, effectId],
  );
  return row?.thing ?? null;
}

const everyMs = 1000;

/** Moves the lines up that nobody moved: a run was stopped between two tries, or a process ended before it did. */
export function startLines(
  store: KernelStore,
  advancer: Advancer,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  const look = async () => {
    await moveLines(store, advancer);
    return false;
  };
  return keepLooking(look, everyMs, onError);
}

async function moveLines(store: KernelStore, advancer: Advancer): Promise<void> {
  const found = await store.query<{ tenant: string; thing: string }>(
    `select distinct l.tenant, l.thing from (${lines}) l
     where l.over or (not l.halted and not exists (
       select from steward.occupant w where w.tenant_id = l.tenant and w.thing = l.thing and w.at_work))`,
    [],
    "lines",
  );
  await Promise.all(
    found.map(({ tenant, thing }) => advancer.do({ tenant, actors: [], run: (batch) => moveUp(batch, thing) })),
  );
}
