import { type StewardYaml, zoneOf } from "./config/schema.ts";
import type { Card } from "./domain/card.ts";
import { Fault } from "./domain/fault.ts";
import { deriveId, newId } from "./domain/ids.ts";
import type { Person } from "./domain/incoming.ts";
import { parseQuietHours, type QuietHours, quietText, quietUntil } from "./domain/quiet.ts";
import type { AnyTool } from "./domain/tool.ts";
import type { Batch } from "./orchestrator/batch.ts";
import type { GateAsked, Kernel } from "./orchestrator/kernel.ts";
import { placesOf } from "./platforms.ts";
import { clockOf, type Database } from "./store/database.ts";
import { findPeople, holdersOf } from "./store/people.ts";
import { heldFor, isMoreHeld, isOnItsWay, saidQuiet, sayQuiet } from "./store/quiet.ts";
import { quietTools } from "./systems/messages/quiet.ts";
import { type Audience, messageTools } from "./systems/messages/tools.ts";
import { type Definition, titleOf } from "./workflow/index.ts";

interface MessengerParts {
  readonly db: Database;
  readonly yaml: StewardYaml;
  /** What is there once everything is wired. */
  kernel(): Kernel;
  morning(): Definition | undefined;
}

/** Tells people what goes on: whom, where and in which words is as steward.yaml says, and when as they say themselves. */
export interface Messenger {
  readonly tools: readonly AnyTool[];
  /** In the transaction that opens a gate: who is in their quiet hours hears of it at once if it cannot wait, else when they end. */
  asked(batch: Batch, gate: GateAsked): Promise<void>;
  /** Somebody's quiet hours as a sentence. */
  quiet: {
    of(
      tenant: string,
      person: Person,
    ): Promise<{ readonly sentence: string; readonly hours: QuietHours | null; readonly zone: string }>;
    /** Throws Fault("bad-request") with what to write instead. */
    set(tenant: string, personId: string, said: string): Promise<string>;
  };
}

const house = "00000000-0000-0000-0000-000000000000";

export function createMessenger({ db, yaml, kernel, morning }: MessengerParts): Messenger {
  const alone = () => {
    if (yaml.routes.alone !== undefined) return yaml.routes.alone;
    throw new Fault(
      "bad-request",
      "steward.yaml names no channel in routes, as alone: CHANNEL, where people are told alone.",
    );
  };
  const personOf = async (tenant: string, id: string): Promise<Person> => {
    const [person] = await findPeople(db, tenant, [id]);
    if (person !== undefined) return person;
    throw new Fault("not-found", `There is no person ${id} here.`);
  };
  const hoursIn = (said: ReadonlyMap<string, QuietHours | null>, id: string) =>
    said.get(id) ?? (said.has(id) ? null : (yaml.quietHours ?? null));
  const untilFor = async (tenant: string, id: string) => {
    const [said, now] = await Promise.all([saidQuiet(db, tenant, [id]), clockOf(db)]);
    return { now, until: quietUntil(hoursIn(said, id), now, zoneOf(yaml, id)) };
  };
  const show = (
    batch: Batch,
    message: { runId: string; key: string; card: Card },
    channel: string,
    privateTo?: string,
  ) => {
    for (const place of placesOf(yaml, channel))
      batch.note(message.runId, message.key, batch.conversation(place), message.card, { privateTo });
  };
  /** A run that tells somebody what was kept, when their quiet hours end: one for each end, and another where that is over. */
  const wakeAt = async (batch: Batch, person: Person, until: Date, ...after: string[]) => {
    const definition = morning();
    if (definition === undefined) return;
    const id = deriveId(
      house,
      "morning",
      batch.tenant,
      person.id,
      ...(after.length > 0 ? after : [until.toISOString()]),
    );
    const isOver = after.length === 0 && (await batch.actor(id))?.done === true;
    const requester = { id: person.id, name: person.name };
    const input = { quiet: Math.max(0, until.getTime() - Date.parse(batch.now)) };
    await kernel().beginRun(
      batch,
      {
        tenant: batch.tenant,
        runId: isOver ? deriveId(id, batch.now) : id,
        definition: { name: definition.name, hash: definition.hash },
        title: titleOf(definition, input, requester),
        input,
        requester,
        barred: [person.id],
        place: null,
      },
      "system",
    );
  };
  const wake = (tenant: string, person: Person, until: Date) =>
    kernel().do({ tenant, actors: [], run: (batch) => wakeAt(batch, person, until) });

  const of: Messenger["quiet"]["of"] = async (tenant, { id }) => {
    const said = await saidQuiet(db, tenant, [id]);
    const hours = hoursIn(said, id);
    const zone = zoneOf(yaml, id);
    if (hours === null) return { hours, zone, sentence: "You have no quiet hours: everything reaches you at once." };
    const whose = said.has(id) ? "Your quiet hours" : "Everybody's quiet hours, and so yours,";
    const sentence = `${whose} are ${quietText(hours)} (${zone}). What is for you alone and not urgent is kept until they end, and told in one message.`;
    return { hours, zone, sentence };
  };
  const set: Messenger["quiet"]["set"] = async (tenant, personId, said) => {
    const person = await personOf(tenant, personId);
    if (said.trim() === "") return (await of(tenant, person)).sentence;
    const hours = parseQuietHours(said);
    if (hours === null)
      throw new Fault(
        "bad-request",
        "Quiet hours are a stretch of the day, such as 22:00 to 7:00, or off. Nothing was changed.",
      );
    alone();
    const wanted = hours === "off" ? null : hours;
    await sayQuiet(db, tenant, personId, wanted);
    await kernel().do({
      tenant,
      actors: [],
      run: (batch) =>
        batch.record("admin", "quiet.set", personId, { from: wanted?.from ?? null, to: wanted?.to ?? null }),
    });
    const { now, until } = await untilFor(tenant, personId);
    const kept = await heldFor(db, tenant, personId);
    if (kept.length > 0) await wake(tenant, person, until ?? now);
    return (await of(tenant, person)).sentence;
  };

  return {
    quiet: { of, set },
    tools: [
      ...messageTools({
        audiences: audiencesIn(yaml),
        channels: yaml.channels.map(({ name }) => name),
        person: async (tenant, id) => (await findPeople(db, tenant, [id]))[0] ?? null,
        holders: (tenant, role) => holdersOf(db, tenant, [role]),
        toChannel: (channel, message) =>
          kernel().do({ tenant: message.tenant, actors: [], run: async (batch) => show(batch, message, channel) }),
        async toPerson(person, message, urgent) {
          const { tenant, runId, key, card } = message;
          await kernel().do({
            tenant,
            actors: [],
            async run(batch) {
              // An earlier try may have been cut off before it was on record; what it kept is told by the run begun with it.
              if (await isOnItsWay(batch.reads, tenant, { personId: person.id, runId, key })) return;
              const said = await saidQuiet(batch.reads, tenant, [person.id]);
              const until = quietUntil(hoursIn(said, person.id), new Date(batch.now), zoneOf(yaml, person.id));
              if (!urgent && until !== null) {
                batch.writes.kept.push({ id: newId(), personId: person.id, key, text: card.text });
                await wakeAt(batch, person, until);
              } else show(batch, message, alone(), person.id);
            },
          });
        },
      }),
      ...quietTools({
        set,
        async kept(tenant, personId) {
          const { until } = await untilFor(tenant, personId);
          const items = await heldFor(db, tenant, personId);
          return { quietUntil: until?.toISOString() ?? null, items };
        },
        async tell({ tenant, runId, personId, key, text, ids }) {
          const person = await personOf(tenant, personId);
          const { until } = await untilFor(tenant, personId);
          if (until !== null) {
            await wake(tenant, person, until);
            return false;
          }
          const card = { title: "After your quiet hours", text };
          await kernel().do({
            tenant,
            actors: [],
            async run(batch) {
              show(batch, { runId, key, card }, alone(), personId);
              batch.writes.keptTold.push(...ids.map((id) => ({ id, personId })));
              if (await isMoreHeld(batch.reads, tenant, personId, ids))
                await wakeAt(batch, person, new Date(batch.now), "after", runId);
            },
          });
          return true;
        },
      }),
    ],
    async asked(batch, { id, runId, title, approvers, expiresAt }) {
      if (yaml.routes.alone === undefined || approvers.length === 0) return;
      const ids = approvers.map((person) => person.id);
      const said = await batch.once(`quiet:${ids.join()}`, () => saidQuiet(batch.reads, batch.tenant, ids));
      for (const person of approvers) {
        const hours = hoursIn(said, person.id);
        const until = quietUntil(hours, new Date(batch.now), zoneOf(yaml, person.id));
        if (until === null || hours === null) continue;
        await wakeAt(batch, person, until);
        if (Date.parse(expiresAt) >= until.getTime()) continue;
        const text = `This does not wait until your quiet hours (${quietText(hours)}) are over: ${title}. It asks for your approval until ${expiresAt}.`;
        show(
          batch,
          { runId, key: `quiet:${id}:${person.id}`, card: { text, link: `/gates/${id}` } },
          alone(),
          person.id,
        );
      }
    },
  };
}

function audiencesIn({ audiences }: StewardYaml): Audience[] {
  return Object.entries(audiences).map(([name, { channel, role, words, urgent }]) => ({
    name,
    channel: channel ?? null,
    role: role ?? null,
    words,
    urgent,
  }));
}
