import { deriveId, shortId } from "../domain/ids.ts";
import type { Incoming, Place } from "../domain/incoming.ts";
import { digest } from "../domain/json.ts";
import type { Batch } from "../orchestrator/batch.ts";
import type { HeldJob } from "../orchestrator/queue.ts";
import { fits, type Heard, toldFirst } from "../workflow/index.ts";
import type { RouteParts, Startable } from "./letter.ts";

interface EventLetter {
  readonly id: string;
  readonly incoming: Incoming;
  readonly job: HeldJob;
}

/** A system may tell thousands at once: so many runs hear of it in one transaction. */
const atOnce = 50;

/**
 * What a system tells goes to every run that waits for it, and to the one that is open for its group; where none is, it begins
 * one. Of those that come at the same moment one begins the run, here or on another replica, and the others are told to it.
 * The job is settled with the last of them: after a crash all are told again, and who heard of it already takes it once.
 * What is older than another of its `series` begins nothing in its group, and the run that is open there does not hear of it.
 */
export async function routeEvent(parts: RouteParts, letter: EventLetter): Promise<void> {
  const { id, incoming, job } = letter;
  const { tenant, text: name } = incoming;
  const data = incoming.data ?? {};
  const waiting = async () =>
    (await parts.expectations(tenant, `event:${name}`, (match) => fits(match, data))).map(({ actorId }) => actorId);
  const hears = parts.definitions().flatMap((definition) =>
    definition.hears({ name, data }).map((heard) => {
      const openGroup = heard.group === null ? null : `${definition.name}/${digest(heard.group)}`;
      return { definition, heard, openGroup };
    }),
  );
  /** The runs whose group has heard of something newer: this is no news to them. Null: it is the newest there is. */
  const past = async (batch: Batch): Promise<ReadonlySet<string> | null> => {
    if (!(await isOutdated(batch, letter))) return null;
    const open = await Promise.all(
      hears.map(({ openGroup }) => (openGroup === null ? null : batch.inGroup(openGroup))),
    );
    return new Set(open.filter((one) => one !== null));
  };
  const early = new Set<string>();
  for (let actors = await waiting(); actors.length > atOnce; actors = actors.slice(atOnce)) {
    const some = actors.slice(0, atOnce);
    await parts.kernel.do({
      tenant,
      actors: some,
      async run(batch) {
        const over = await past(batch);
        for (const actorId of some) if (!over?.has(actorId) && (await tell(batch, letter, actorId))) early.add(actorId);
      },
    });
  }
  return parts.kernel.do({
    tenant,
    actors: [],
    job,
    async run(batch) {
      const told = new Set(early);
      const over = await past(batch);
      for (const actorId of await waiting())
        if (!told.has(actorId) && !over?.has(actorId) && (await tell(batch, letter, actorId))) told.add(actorId);
      for (const { definition, heard, openGroup } of hears) {
        if (over !== null && openGroup !== null) continue;
        const open = openGroup === null ? null : await batch.inGroup(openGroup);
        if (open !== null && (told.has(open) || (await tell(batch, letter, open)))) told.add(open);
        else if (heard.begins && (await isNew(batch, incoming, openGroup))) {
          const runId = await begin(parts, batch, letter, definition, heard, openGroup);
          if (runId !== null) told.add(runId);
        } else if (open === null && openGroup !== null && data["status"] === "resolved")
          await sayEnded(parts, batch, letter, openGroup);
      }
      const [first] = told;
      batch.writes.inboxDone.push({ id, outcome: first === undefined ? "ignored" : `run:${first}` });
    },
  });
}

/** Whether a later one of the same `series`, by their `order`, was told before: builds end, and are told, in any order. */
async function isOutdated(batch: Batch, { id, incoming }: EventLetter): Promise<boolean> {
  const { tenant, source, data } = incoming;
  const { series, order } = data ?? {};
  if (typeof series !== "string" || typeof order !== "number") return false;
  const others = await batch.reads.query<{ body: string }>(
    `select body from steward.inbox where tenant_id = $1 and source = $2 and kind = 'event' and id <> $3 and strpos(body, $4) > 0
     order by id desc limit 100`,
    [tenant, source, id, JSON.stringify(series)],
  );
  return others.some(({ body }) => {
    const { data: other = {} } = JSON.parse(body) as Incoming;
    return other["series"] === series && Number(other["order"]) > order;
  });
}

/** A late copy is told again for so long after its run has ended; what is told after that is not over. */
const copiesFor = "5 minutes";

/** Whether this is no late copy of what a run heard that has just ended. What `repeats` was told before, under that delivery key. */
async function isNew(batch: Batch, { tenant, source, data }: Incoming, openGroup: string | null): Promise<boolean> {
  const repeats = data?.["repeats"];
  if (typeof repeats !== "string") return true;
  const first = await batch.reads.delivered(tenant, source, repeats);
  const runId = /^run:(.+)$/.exec(first?.outcome ?? "")?.[1];
  if (runId === undefined || openGroup === null) return false;
  const [ended] = await batch.reads.query<{ long: boolean }>(
    `select ended_at < steward.now() - interval '${copiesFor}' as long from steward.actor where tenant_id = $1 and id = $2`,
    [tenant, runId],
  );
  return ended?.long === true;
}

/** The run hears of it, unless it is over. */
async function tell(batch: Batch, { id, incoming }: EventLetter, actorId: string): Promise<boolean> {
  const actor = await batch.actor(actorId);
  if (!actor || actor.done) return false;
  const event = { type: "event", name: incoming.text, data: incoming.data ?? {}, by: incoming.source, at: batch.now };
  await batch.mail(actorId, `event:${id}`, event, systemOf(incoming).id);
  return true;
}

/** A run of its own, in a thread of its own. What the definition cannot begin with goes on record. */
async function begin(
  parts: RouteParts,
  batch: Batch,
  { id, incoming }: EventLetter,
  definition: Startable,
  heard: Heard,
  openGroup: string | null,
): Promise<string | null> {
  const { tenant, data: event = {} } = incoming;
  const requester = { ...systemOf(incoming), name: parts.systemName(incoming.source) };
  const begun = definition.begin(heard.input, requester);
  if ("problems" in begun) {
    const because = begun.problems.join(" ").slice(0, 500);
    await batch.record("ingress", "rejected", requester.id, { because, door: incoming.source, inbox: id });
    return null;
  }
  const runId = deriveId(id, definition.name);
  const before = openGroup === null ? null : await endedLately(batch, openGroup);
  await parts.kernel.beginRun(
    batch,
    {
      tenant,
      runId,
      definition,
      title: begun.title,
      input: begun.input,
      requester,
      barred: [requester.id],
      place: threadIn(parts.places(heard.channel.replace(/^#/, "")), runId),
      event: toldFirst(event, before && shortId(before.id)),
      ...(openGroup === null ? {} : { openGroup }),
    },
    requester.id,
  );
  if (before?.conversation) {
    const text = `${requester.name} tells of this again: ${shortId(runId)} goes on with it.`;
    batch.note(before.id, `again:${runId}`, before.conversation, { text, link: `/runs/${runId}` });
  }
  return runId;
}

/** The run was closed before what began it had ended, and nobody has heard of it since: now its thread does. */
async function sayEnded(parts: RouteParts, batch: Batch, letter: EventLetter, openGroup: string): Promise<void> {
  const { source, data } = letter.incoming;
  const before = data?.["repeats"] === undefined ? await endedLately(batch, openGroup) : null;
  if (!before?.conversation) return;
  const text = `${parts.systemName(source)} tells that this has ended.`;
  batch.note(before.id, `ended:${letter.id}`, before.conversation, { text });
}

/** What is told after so long is another matter. */
const sameMatterFor = "1 day";

/** The run of this group that ended last, not long ago, and where its thread is; null where there is none. */
async function endedLately(
  batch: Batch,
  openGroup: string,
): Promise<{ readonly id: string; readonly conversation: string | null } | null> {
  const [ended] = await batch.reads.query<{ id: string; conversation: string | null }>(
    `select id, conversation_id as conversation from steward.actor
     where tenant_id = $1 and machine = 'plan' and done and ended_at > steward.now() - interval '${sameMatterFor}'
       and event_group = $2 order by ended_at desc limit 1`,
    [batch.tenant, openGroup],
  );
  return ended ?? null;
}

/** No person's id has a colon: nobody can be taken for a system, nor a system for somebody. */
function systemOf({ source }: Incoming): { id: string } {
  return { id: `system:${source}` };
}

/** A thread that our first message begins: on the chat platform, where the channel is on one, otherwise in the web chat. */
function threadIn(places: readonly Place[], runId: string): Place | null {
  const place = places.find(({ platform }) => platform !== "web") ?? places[0];
  return place === undefined ? null : { ...place, thread: `+${runId}` };
}
