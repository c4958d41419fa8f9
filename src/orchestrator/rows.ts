import { type EffectRow, Moved, type Writes } from "./store.ts";

type Row<K extends keyof Writes> = Writes[K][number];
type Timer = Row<"timers">;
type Expectation = Row<"expectations">;

/**
 * What one batch writes. Its statement changes a row once, and no part of it sees what another does; so what is wished about
 * the same row on the way (opened and closed, asked and ended, failed and asked again) becomes here the one write that leaves
 * the row as the last wish would.
 */
export class Rows {
  /** Rows that only one deed can be about. */
  readonly writes: Writes = {
    begun: [],
    moved: [],
    unmoved: [],
    mail: [],
    taken: [],
    audit: [],
    facts: [],
    effects: [],
    renewed: [],
    effectStates: [],
    entered: [],
    wentAway: [],
    movedUp: [],
    gates: [],
    gateStates: [],
    votes: [],
    timers: [],
    fired: [],
    held: [],
    keys: [],
    keysRevoked: [],
    identities: [],
    identitiesGone: [],
    linksGone: [],
    timersGone: [],
    messages: [],
    conversations: [],
    artifacts: [],
    kept: [],
    keptTold: [],
    expectations: [],
    expectationsGone: [],
    ended: [],
    inbox: [],
    inboxDone: [],
  };
  readonly #effects = new Map<string, Row<"effects">>();
  readonly #renewed = new Map<string, Row<"renewed">>();
  readonly #settled = new Map<string, Row<"effectStates">>();
  readonly #gateStates = new Map<string, string>();
  readonly #timers = new Map<string, Timer | { readonly actorId: string; readonly id: string }>();
  readonly #waits = new Map<string, Expectation | { readonly actorId: string; readonly id: string }>();
  readonly #messages = new Map<string, Row<"messages">>();
  readonly #places = new Map<string, Row<"conversations">>();

  /** An effect is wanted. One that failed in this very batch is the same effect, one attempt later; one that did not is there. */
  ask(effect: EffectRow): void {
    const { state, from, attempt } = this.#settled.get(effect.id) ?? {};
    if (state === undefined || from === undefined || attempt === undefined)
      this.#effects.set(effect.id, { ...effect, state: "pending" });
    else if (state === "failed") this.#renewed.set(effect.id, { ...effect, from, attempt });
  }

  /** An effect moves on from one of the states it was seen in. Throws Moved when another deed of this batch moves it too. */
  settle(effect: Row<"effectStates">): void {
    if (this.#settled.has(effect.id)) throw new Moved(`two deeds settle effect ${effect.id}`);
    this.#settled.set(effect.id, effect);
  }

  gateState(id: string, state: string): void {
    this.#gateStates.set(id, state);
  }

  /** A timer is set, anew if it is there; without a time it is cancelled. */
  timer(timer: Timer | { readonly actorId: string; readonly id: string }): void {
    this.#timers.set(`${timer.actorId}/${timer.id}`, timer);
  }

  /** Something is expected; without a name no longer. */
  expect(wait: Expectation | { readonly actorId: string; readonly id: string }): void {
    this.#waits.set(`${wait.actorId}/${wait.id}`, wait);
  }

  /** Whether this very batch ends what is expected there. */
  forgets(actorId: string, id: string): boolean {
    const wait = this.#waits.get(`${actorId}/${id}`);
    return wait !== undefined && !("name" in wait);
  }

  message(message: Row<"messages">): void {
    const key = `${message.actorId}/${message.key}/${message.conversationId}`;
    // Wanted anew before it was ever written, it keeps its place in the order.
    this.#messages.set(key, { ...message, id: this.#messages.get(key)?.id ?? message.id });
  }

  /** What this batch wants to have shown under an actor's key; null when that is nothing new. */
  noted(actorId: string, key: string): Row<"messages">["wanted"] | null {
    for (const message of this.#messages.values())
      if (message.actorId === actorId && message.key === key) return message.wanted;
    return null;
  }

  place(place: Row<"conversations">): void {
    this.#places.set(place.id, place);
  }

  /** Everything, once, when these actors have ended: nothing of theirs fires, is expected or begins any more. */
  finish(ended: ReadonlySet<string>): Writes {
    const w = this.writes;
    w.ended.push(...ended);
    for (const effect of this.#effects.values())
      w.effects.push(ended.has(effect.actorId) ? { ...effect, state: "cancelled" } : effect);
    for (const effect of this.#renewed.values())
      if (!ended.has(effect.actorId)) {
        w.renewed.push(effect);
        this.#settled.delete(effect.id);
      }
    w.effectStates.push(...this.#settled.values());
    for (const [id, state] of this.#gateStates) {
      const fresh = w.gates.findIndex((gate) => gate.id === id);
      const gate = w.gates[fresh];
      if (gate) w.gates[fresh] = { ...gate, state };
      else w.gateStates.push({ id, state });
    }
    for (const timer of this.#timers.values())
      if (ended.has(timer.actorId)) continue;
      else if ("event" in timer) w.timers.push(timer);
      else w.timersGone.push(timer);
    for (const wait of this.#waits.values())
      if (ended.has(wait.actorId)) continue;
      else if ("name" in wait) w.expectations.push(wait);
      else w.expectationsGone.push(wait);
    w.messages.push(...this.#messages.values());
    w.conversations.push(...this.#places.values());
    return w;
  }
}
