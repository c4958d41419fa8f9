import { bodyDigest, type EntryKind, newSalt, type Stream } from "../audit/entry.ts";
import type { Command, MachineEvent, Note } from "../domain/command.ts";
import { Fault } from "../domain/fault.ts";
import { deriveId, newId } from "../domain/ids.ts";
import type { Person, Place } from "../domain/incoming.ts";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import type { DurableMachine } from "./machine.ts";
import type { Job } from "./queue.ts";
import { Rows } from "./rows.ts";
import { Seen } from "./seen.ts";
import type { ActorRow, EffectAtHand, InboxRow, KernelReads, MachineName, MailRow, Writes } from "./store.ts";
import { Trail } from "./trail.ts";
import { entryOf, type NewActor, newborn, type Turn, turn } from "./turn.ts";

/** What became of a piece of mail. */
export type Taken = "taken" | "waiting" | "duplicate" | "missing";

/** What a batch needs of the rest of the house. */
export interface Surroundings {
  machine(tenant: string, name: MachineName, definitionHash: string | null): Promise<DurableMachine>;
  /** Turns a command of this actor's turn into rows of the batch. */
  obey(batch: Batch, row: ActorRow, command: Command): Promise<void>;
}

const maxTurnsInOne = 200;

/**
 * The work of one transaction: actors as they will be, and every row that goes with it. Turns are computed in memory; mail
 * told on the way is taken in the same batch.
 */
export class Batch {
  readonly tenant: string;
  /** Reads, each a statement of its own; what matters among them is guarded by the write. */
  readonly reads: KernelReads;
  /** Look before each insert: set when a first try met something that was already there. */
  readonly careful: boolean;
  readonly jobs: Job[] = [];
  readonly rows = new Rows();
  readonly #around: Surroundings;
  readonly #seen: Seen;
  readonly #trail: Trail;
  readonly #kept = new Set<string>();
  /** Turns of the deed under way: two actors that keep telling each other are stopped. */
  #turns = 0;

  get writes(): Writes {
    return this.rows.writes;
  }

  /** The one clock when this batch began: ISO, milliseconds. */
  get now(): string {
    return this.#seen.now;
  }

  constructor(tenant: string, reads: KernelReads, around: Surroundings, careful: boolean) {
    this.tenant = tenant;
    this.reads = reads;
    this.#around = around;
    this.careful = careful;
    this.#seen = new Seen(tenant, reads);
    this.#trail = new Trail(tenant, reads, this.#seen, this.writes);
  }

  /** Reads the clock, these people and these actors in one go; actors remembered from an earlier commit are not read again. */
  async preload(
    ids: readonly string[],
    people: readonly string[],
    remembered: { get(id: string): ActorRow | undefined },
  ): Promise<void> {
    if (!this.careful) this.#seen.remember(remembered);
    await this.#seen.look(ids, people);
  }

  /** These people with the roles they held when this batch began; who is unknown is left out. A decision on them is guarded by `held`. */
  people(ids: readonly string[]): Promise<Person[]> {
    return this.#seen.people(ids);
  }

  /** Something read once for the whole batch, whoever asks for it. */
  once<T>(key: string, read: () => Promise<T>): Promise<T> {
    return this.#seen.once(key, read);
  }

  actor(id: string): Promise<ActorRow | null> {
    return this.#seen.actor(id);
  }

  /** The open actor of this group, also one that begins in this very batch; null when there is none. */
  inGroup(openGroup: string): Promise<string | null> {
    return this.#seen.inGroup(openGroup);
  }

  /** Gives an actor a piece of mail; it takes it now, or when it is no longer paused or stuck. */
  async mail(actorId: string, key: string, event: MachineEvent, by = "system"): Promise<Taken> {
    const row = await this.actor(actorId);
    if (!row) return "missing";
    if (this.careful && (await this.reads.knownMail(this.tenant, [{ actorId, key }])).size > 0) return "duplicate";
    const mail = { actorId, key, event: canonical(event), salt: newSalt() };
    if (row.paused || row.stuck !== null) {
      this.writes.mail.push({ ...mail, takenSeq: null });
      this.#keep(row);
      return "waiting";
    }
    await this.#turn(row, mail, event, by, false);
    return "taken";
  }

  /** Begins an actor: its first snapshot and its first turn, on {type: "begin"}. False when it exists already. */
  async begin(fresh: NewActor, by = "system"): Promise<boolean> {
    if ((this.careful || this.#seen.has(fresh.id)) && (await this.actor(fresh.id))) return false;
    const machine = await this.#around.machine(this.tenant, fresh.machine, fresh.definitionHash ?? null);
    const row = newborn(this.tenant, machine, fresh);
    this.#seen.begins(row);
    const event: MachineEvent = { type: "begin" };
    // The body of the first entry is what the actor was given.
    const mail = {
      actorId: fresh.id,
      key: "begin",
      event: canonical({ type: "begin", input: fresh.input }),
      salt: newSalt(),
    };
    await this.#turn(row, mail, event, by, false);
    return true;
  }

  /** Pauses, resumes or marks an actor: an entry of its own in its stream. */
  async mark(
    actorId: string,
    kind: "pause" | "resume" | "stuck",
    change: Partial<Pick<ActorRow, "paused" | "stuck">>,
    by: string,
    data: JsonObject = {},
  ): Promise<void> {
    const row = await this.actor(actorId);
    if (!row) return;
    this.#trail.advance({ ...row, ...change }, { kind, by, body: null, data });
  }

  /** Parks an actor over mail of whose turn nothing can come, whoever computes it: the mail waits, and people are told. */
  async park(actorId: string, key: string, event: MachineEvent, because: Error): Promise<void> {
    const row = await this.actor(actorId);
    if (row) await this.#stick(row, { actorId, key, event: canonical(event), salt: newSalt() }, event, false, because);
  }

  /** The letter a stuck actor is stuck on is put away unread: an entry says by whom. False when there is none. */
  async putAway(actorId: string, by: string): Promise<boolean> {
    const row = await this.actor(actorId);
    if (row?.stuck == null) return false;
    const [letter] = await this.reads.waitingMail(this.tenant, actorId);
    if (!letter) return false;
    const { type } = JSON.parse(letter.event) as MachineEvent;
    const body = bodyDigest(letter.salt, letter.event);
    const { seq } = this.#trail.advance(row, { kind: "skip", by, body, data: { key: letter.key, event: type } });
    this.writes.taken.push({ actorId, key: letter.key, seq });
    return true;
  }

  /** Takes the mail that waited, in the order it came, but for what this batch has taken or put away already. */
  async takeWaiting(actorId: string): Promise<void> {
    for (const mail of await this.reads.waitingMail(this.tenant, actorId)) {
      if (this.writes.taken.some((taken) => taken.actorId === actorId && taken.key === mail.key)) continue;
      const row = await this.actor(actorId);
      if (!row || row.paused || row.stuck !== null) return;
      const event = JSON.parse(mail.event) as MachineEvent;
      await this.#turn(row, mail, event, "system", true);
    }
  }

  /** An entry in a stream that is no actor's (auth, admin, ingress, process), with an erasable body. */
  record(stream: Stream, kind: EntryKind, by: string, data: JsonObject, body: JsonObject | null = null): Promise<void> {
    return this.#trail.record(stream, kind, by, data, body);
  }

  /** An entry in an actor's own stream that is no turn: something was begun that may not come back. */
  async entry(actorId: string, kind: "effect.started", data: JsonObject): Promise<void> {
    const row = await this.actor(actorId);
    if (row) this.#trail.advance(row, { kind, by: "system", body: null, data });
  }

  /** Another deed of this batch begins. */
  nextDeed(): void {
    this.#turns = 0;
  }

  /** Has a card visible in a conversation. */
  note(
    actorId: string,
    key: string,
    conversationId: string,
    card: Note["card"],
    more: { privateTo?: string | undefined; account?: string | null | undefined; urgent?: boolean | undefined } = {},
  ): void {
    this.rows.message({
      // New ones keep the order of time, in which the courier shows them; a message that is there keeps its own.
      id: newId(),
      actorId,
      conversationId,
      key,
      wanted: card,
      privateTo: more.privateTo ?? null,
      account: more.account ?? null,
      urgent: more.urgent ?? false,
    });
    this.jobs.push({
      queue: "courier",
      data: { tenant: this.tenant, conversation: conversationId },
      key: conversationId,
    });
  }

  /** The conversation at a place; made when it is new. Its id follows from the place. */
  conversation(place: Place): string {
    const id = conversationAt(this.tenant, place);
    this.rows.place({ id, ...place });
    return id;
  }

  /** The inbox row that caused this; false when the delivery is known. */
  async inbox(row: InboxRow): Promise<boolean> {
    if (this.careful && (await this.reads.delivered(this.tenant, row.source, row.deliveryKey))) return false;
    this.writes.inbox.push(row);
    return true;
  }

  /** An effect moves on from the state it was seen in. */
  effectState(
    effect: Pick<EffectAtHand, "id" | "attempt">,
    state: Writes["effectStates"][number]["state"],
    from: readonly EffectAtHand["state"][],
    forget = false,
  ): void {
    this.rows.settle({ id: effect.id, attempt: effect.attempt, state, from, forget });
  }

  /** Everything as rows: what the store is to write. */
  finish(): { readonly writes: Writes; readonly jobs: readonly Job[] } {
    const ended = new Set<string>();
    for (const { row, was, from } of this.#seen.actors()) {
      if (from === null) this.writes.begun.push(row);
      else if (row.seq !== from || this.#kept.has(row.id)) this.writes.moved.push({ row, from });
      else this.writes.unmoved.push({ id: row.id, seq: from });
      // A gate has nothing but timers, and it cancels those itself.
      if (row.done && !was.done && row.machine !== "gate") ended.add(row.id);
    }
    return { writes: this.rows.finish(ended), jobs: dedupe(this.jobs) };
  }

  /** The row is written back as it is, so that whoever changed it meanwhile is noticed. */
  #keep(row: ActorRow): void {
    this.#kept.add(row.id);
  }

  async #turn(
    row: ActorRow,
    mail: Omit<MailRow, "takenSeq">,
    event: MachineEvent,
    by: string,
    waited: boolean,
  ): Promise<void> {
    if (++this.#turns > maxTurnsInOne)
      throw new Error(`More than ${maxTurnsInOne} turns in one transaction: two actors keep telling each other.`);
    let next: Turn;
    try {
      next = turn(await this.#around.machine(this.tenant, row.machine, row.definitionHash), row, event);
    } catch (error) {
      // This process is too old for it; another can take it.
      if (error instanceof Fault && error.code === "machine-outdated") throw error;
      await this.#stick(row, mail, event, waited, error as Error);
      return;
    }
    const moved = this.#trail.advance(next.row, { by, ...entryOf(mail, event, row.state, next) });
    if (waited) this.writes.taken.push({ actorId: row.id, key: mail.key, seq: moved.seq });
    else this.writes.mail.push({ ...mail, takenSeq: moved.seq });
    if (row.machine === "gate" && moved.state !== row.state) this.rows.gateState(row.id, moved.state);
    for (const command of next.commands) await this.#around.obey(this, moved, command);
  }

  async #stick(
    row: ActorRow,
    mail: Omit<MailRow, "takenSeq">,
    event: MachineEvent,
    waited: boolean,
    error: Error,
  ): Promise<void> {
    if (!waited) this.writes.mail.push({ ...mail, takenSeq: null });
    const stuck = this.#trail.advance(
      { ...row, stuck: error.message },
      { kind: "stuck", by: "system", body: null, data: { key: mail.key, event: event.type } },
    );
    const what = row.machine === "agent" ? `The agent ${row.name}` : "This run";
    const page = row.machine === "agent" ? row.parentId : row.id;
    if (row.conversationId)
      this.note(
        row.id,
        "stuck",
        row.conversationId,
        {
          text: `${what} is stuck: ${error.message}. Nothing is lost; it goes on when somebody presses Resume on ${row.machine === "agent" ? "the run's" : "its"} page.`,
          link: `/runs/${page}`,
        },
        { urgent: true },
      );
    if (row.parentId === null) return;
    // Whoever waits for it does not wait for ever.
    const machine = await this.#around.machine(this.tenant, row.machine, row.definitionHash);
    const told = machine.parked?.(row.snapshot as Json, error.message);
    if (told) await this.mail(row.parentId, `stuck:${row.id}:${stuck.seq}`, told);
  }
}

/** The id of the conversation at a place. */
export function conversationAt(tenant: string, place: Place): string {
  return deriveId("00000000-0000-0000-0000-000000000000", tenant, place.platform, place.channel, place.thread);
}

function dedupe(jobs: readonly Job[]): Job[] {
  const keyed = new Set<string>();
  return jobs.filter(
    (job) => !job.key || (!keyed.has(`${job.queue}/${job.key}`) && keyed.add(`${job.queue}/${job.key}`)),
  );
}
