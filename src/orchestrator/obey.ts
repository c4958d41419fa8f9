import type { Command, MachineEvent, Note, Open, Perform } from "../domain/command.ts";
import { deriveId } from "../domain/ids.ts";
import type { Place } from "../domain/incoming.ts";
import { canonical, type Json } from "../domain/json.ts";
import { type AnyTool, contractHash, isSteered, riskOf } from "../domain/tool.ts";
import type { Batch } from "./batch.ts";
import type { ActorRow } from "./store.ts";

/** What a covered effect would act on, and what it would do now, in words. */
export interface Target {
  readonly pin: Json;
  readonly dryRun: string | null;
}

/** What commands need of the rest of the house. */
export interface Means {
  readonly tools: ReadonlyMap<string, AnyTool>;
  /** The places a channel's name stands for. */
  places(channel: string): readonly Place[];
  /** Channels in which approvals are mirrored. */
  readonly gateChannels: readonly string[];
  /** Begins the gate actor for an `open` whose targets are pinned. */
  openGate(batch: Batch, run: ActorRow, open: Open, targets: readonly Target[]): Promise<void>;
}

/** Turns one command of an actor's turn into rows of its batch. */
export async function obey(means: Means, batch: Batch, row: ActorRow, command: Command): Promise<void> {
  switch (command.type) {
    case "perform":
      return perform(means, batch, row, command.params);
    case "open":
      return open(means, batch, row, command.params);
    case "start": {
      const { id, machine, name, input } = command.params;
      await batch.begin({
        id: deriveId(row.id, id),
        machine,
        name,
        definitionHash: name,
        input,
        parentId: row.id,
        requesterId: row.requesterId,
        barred: row.barred,
        conversationId: row.conversationId,
      });
      return;
    }
    case "tell":
      return tell(batch, row, command.params);
    case "note": {
      const { id, card, to, privateTo, account, urgent } = command.params;
      const where =
        to === "thread"
          ? row.conversationId === null
            ? []
            : [row.conversationId]
          : placesFor(means, to).map((place) => batch.conversation(place));
      for (const each of where) batch.note(row.id, id, each, withLinks(card, row), { privateTo, account, urgent });
      return;
    }
    case "timer": {
      const { id, event, delayMs } = command.params;
      batch.rows.timer({
        actorId: row.id,
        id,
        delayMs: Math.round(delayMs),
        event: canonical(event),
        mailKey: `timer:${id}:${row.seq}`,
      });
      return;
    }
    case "cancelTimer":
      return batch.rows.timer({ actorId: row.id, id: command.params.id });
    default:
      command satisfies never;
  }
}

/** The places of a channel, but one that is told already; or everywhere approvals are mirrored. */
function placesFor(means: Means, to: Exclude<Note["to"], "thread">): readonly Place[] {
  if (to === "approvals") return means.gateChannels.flatMap((channel) => means.places(channel));
  const { except } = to;
  return means
    .places(to.channel)
    .filter(({ platform, channel }) => platform !== except?.platform || channel !== except.channel);
}

function perform(means: Means, batch: Batch, row: ActorRow, wish: Perform): void {
  const id = deriveId(row.id, wish.step, wish.generation);
  const tool = means.tools.get(wish.tool);
  batch.rows.ask({
    tenant: batch.tenant,
    id,
    actorId: row.id,
    step: wish.step,
    generation: wish.generation,
    tool: wish.tool,
    contractHash: tool ? contractHash(tool) : "",
    class: tool?.effect ?? "opaque",
    risk: riskOf(tool, wish.args, wish.tainted ?? []),
    args: canonical(wish.args),
    tainted: wish.tainted ?? [],
    gateId: wish.gate === null ? null : deriveId(row.id, wish.gate),
  });
  batch.jobs.push({ queue: "effect", data: { tenant: batch.tenant, effect: id } });
}

async function open(means: Means, batch: Batch, row: ActorRow, wish: Open): Promise<void> {
  const tools = wish.covers.map((covered) => means.tools.get(covered.tool));
  // Who changed it while approving it has read how it stands; their vote counts at once.
  if (!tools.some((tool, i) => tool?.pin || (!wish.vote && tool && looksAhead(tool, wish.covers[i]?.tainted))))
    return means.openGate(
      batch,
      row,
      wish,
      tools.map(() => ({ pin: null, dryRun: null })),
    );
  // Reading a target is I/O, which a transaction must not wait for: a job reads it and opens the gate then.
  batch.jobs.push({ queue: "effect", data: { tenant: batch.tenant, run: row.id, open: canonical(wish) } });
}

/**
 * Whether a tool says before the approval what it would do. Where what came from outside would choose what is looked at, it
 * does so only if its target is read anyway: whoever is asked has not seen the name yet, and a name can carry a secret out.
 */
export function looksAhead(tool: AnyTool, tainted: readonly string[] = []): boolean {
  return tool.dryRun !== undefined && (tool.pin !== undefined || !isSteered(tool, tainted));
}

async function tell(
  batch: Batch,
  row: ActorRow,
  { id, to, event }: { id: string; to: string; event: MachineEvent },
): Promise<void> {
  if (to === "inbox")
    return batch.rows.expect(
      event.type === "expect"
        ? {
            actorId: row.id,
            id,
            name: String(event["name"]),
            match: canonical(event["match"] ?? {}),
            roles: (event["roles"] ?? []) as string[],
          }
        : { actorId: row.id, id },
    );
  const target = to === "parent" ? row.parentId : deriveId(row.id, to);
  if (target) await batch.mail(target, `tell:${row.id}:${row.seq}:${id}`, event);
}

/** Machines do not know their own id: "self" in a link or a button's gate stands for it. */
function withLinks(card: Note["card"], row: ActorRow): Note["card"] {
  return {
    ...card,
    ...(card.link ? { link: card.link.replace("/self", `/${row.id}`) } : {}),
    ...(card.buttons
      ? {
          buttons: card.buttons.map((button) =>
            "gate" in button && button.gate === "self" ? { ...button, gate: row.id } : button,
          ),
        }
      : {}),
  };
}
