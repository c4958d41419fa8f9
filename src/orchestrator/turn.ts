import { bodyDigest, type EntryKind } from "../audit/entry.ts";
import type { Command, MachineEvent } from "../domain/command.ts";
import { Fault } from "../domain/fault.ts";
import { digest, type Json, type JsonObject } from "../domain/json.ts";
import { begin, type DurableMachine, hasEnded, persist, restore, stateOf, step, takes } from "./machine.ts";
import type { ActorRow, MachineName, MailRow } from "./store.ts";
import { noHead } from "./trail.ts";

/** A new actor, before its first turn. */
export interface NewActor {
  readonly id: string;
  readonly machine: MachineName;
  readonly definitionHash?: string | null;
  readonly parentId?: string | null;
  readonly name: string;
  readonly requesterId?: string | null;
  readonly barred?: readonly string[];
  readonly conversationId?: string | null;
  readonly priority?: string;
  /** What this actor alone is about while it is open: no second one begins with the same. */
  readonly openGroup?: string;
  readonly input: JsonObject;
}

/** One piece of mail taken by one actor: the actor after it, and what it wants done. */
export interface Turn {
  readonly row: ActorRow;
  readonly commands: readonly Command[];
}

/** A new actor as it is before its first turn. Pure. */
export function newborn(tenant: string, machine: DurableMachine, fresh: NewActor): ActorRow {
  const { snapshot } = begin(machine.logic, fresh.input);
  return {
    tenant,
    id: fresh.id,
    machine: fresh.machine,
    machineVersion: machine.version,
    definitionHash: fresh.definitionHash ?? null,
    parentId: fresh.parentId ?? null,
    seq: 0,
    head: noHead,
    snapshot: persist(snapshot),
    state: stateOf(snapshot),
    done: false,
    paused: false,
    stuck: null,
    name: fresh.name,
    requesterId: fresh.requesterId ?? null,
    barred: fresh.barred ?? [],
    conversationId: fresh.conversationId ?? null,
    priority: fresh.priority ?? "normal",
    ...(fresh.openGroup === undefined ? {} : { openGroup: fresh.openGroup }),
  };
}

/**
 * Takes an event. Pure: the same actor and event always give the same turn. Throws Fault("machine-outdated") where another
 * process can take it; any other error says why nothing can come of it: no state takes it, or the machine broke on it.
 */
export function turn(machine: DurableMachine, row: ActorRow, event: MachineEvent): Turn {
  const before = restore(machine.logic, current(machine, row));
  const taken = takes(before, event);
  if (!taken && !row.done && before.status === "active" && !machine.ignores.includes(event.type))
    throw new Error(`the state ${stateOf(before)} does not take ${event.type}`);
  const { snapshot, commands } = taken ? step(machine.logic, before, event) : { snapshot: before, commands: [] };
  return {
    row: {
      ...row,
      machineVersion: machine.version,
      snapshot: persist(snapshot),
      state: stateOf(snapshot),
      done: hasEnded(snapshot),
    },
    commands,
  };
}

/** What the audit says of a turn: digests of what was taken and asked for, and no text. */
export function entryOf(
  mail: Pick<MailRow, "key" | "event" | "salt">,
  event: MachineEvent,
  from: string,
  { row, commands }: Turn,
): { readonly kind: EntryKind; readonly body: string; readonly data: JsonObject } {
  return {
    kind: "turn",
    body: bodyDigest(mail.salt, mail.event),
    data: {
      key: mail.key,
      event: event.type,
      from,
      to: row.state,
      commands: commands.map(({ type, params }) => ({ type, id: params.id, digest: digest(params) })),
    },
  };
}

function current(machine: DurableMachine, row: ActorRow): unknown {
  if (row.machineVersion === machine.version) return row.snapshot;
  if (row.machineVersion > machine.version || !machine.upgrade)
    throw new Fault(
      "machine-outdated",
      `${row.name} was last moved by version ${row.machineVersion} of its machine, and this Steward has ${machine.version}.`,
      { retryAfterMs: 5000 },
    );
  return machine.upgrade(row.snapshot as Json, row.machineVersion);
}
