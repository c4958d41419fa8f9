import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import type { ChannelPlace, Incoming, Person, Place, Platform } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import type { Press, Sender } from "../messages/adapter.ts";
import type { ChatPlatform, Intake, Standing, Taken } from "../messages/platform.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import { accept, inThread, type KnownThread } from "./accept.ts";
import type { Rejection } from "./refuse.ts";

/** A deciding button as it was stored when its card was made. */
export interface KnownButton {
  readonly gateId: string;
  readonly decision: "approve" | "deny" | "change";
  /** What the platform calls the message it is on; null while that is not recorded. */
  readonly ref: string | null;
  /** The platform and channel of its conversation. */
  readonly platform: Platform;
  readonly channel: string;
}

export interface TakeParts {
  readonly kernel: Kernel;
  personBehind(tenant: string, who: Sender): Promise<Person | null>;
  /** Reads anew the roles that groups of chat platforms bring this person. Throws a Fault where that cannot be known now. */
  freshenRoles(tenant: string, personId: string): Promise<void>;
  /** Whether steward.yaml says that this channel is there to ask for help. */
  isForHelp(place: ChannelPlace): boolean;
  threadAt(tenant: string, place: Place): Promise<KnownThread | null>;
  buttonOf(tenant: string, token: string): Promise<KnownButton | null>;
  /** Somebody typed the code of a link that was asked for elsewhere. Returns what to tell them. */
  claim(tenant: string, who: Sender, code: string): Promise<string>;
  refuse(rejection: Rejection): Promise<void>;
}

const names: Readonly<Record<Platform, string>> = {
  web: "the web",
  slack: "Slack",
  teams: "Teams",
  discord: "Discord",
};

/**
 * What all chat platforms have in common when something arrives: the same way to find the person, to store what was said,
 * and to decide. Nothing is kept that was said neither to Steward nor in a channel for help.
 */
export function createTake(
  parts: TakeParts,
  { adapter, standing }: Pick<ChatPlatform, "adapter" | "standing">,
): Intake["take"] {
  const { platform } = adapter;

  return async (delivery) => {
    const parsed = adapter.parse(delivery);
    const { tenant } = delivery;
    if (parsed.kind === "forged")
      await refuse(tenant, "ingress", "forged", null, { what: parsed.because.slice(0, 200) });
    if (parsed.kind === "incoming") return hear(parsed.incoming, parsed.by);
    if (parsed.kind === "press") return decide(parsed.press);
    return parsed;
  };

  async function hear(incoming: Incoming, by: Sender): Promise<Taken> {
    const { tenant } = incoming;
    // In the thread of something open a word to Steward needs no mention; what it does not understand there was not for it.
    const known = incoming.place === null ? null : await parts.threadAt(tenant, incoming.place);
    const isHeard = known?.open || (incoming.place !== null && parts.isForHelp(incoming.place));
    if (!incoming.addressed && !isHeard) return { kind: "silent" };
    const code = /^link\s+(\S{4,40})$/i.exec(incoming.text)?.[1];
    const person = await parts.personBehind(tenant, by);
    if (person === null && code !== undefined)
      return { kind: "stranger", sentence: await parts.claim(tenant, by, code) };
    if (person === null) return incoming.addressed ? stranger(tenant, by) : { kind: "silent" };
    const { duplicate } = await accept(parts.kernel, {
      ...inThread(incoming, known),
      personId: person.id,
      account: by.userId,
    });
    return { kind: "stored", duplicate };
  }

  async function decide({ tenant, by, token, values, deliveryKey, ref, channel }: Press): Promise<Taken> {
    const person = await parts.personBehind(tenant, by);
    if (person === null) return stranger(tenant, by);
    const button = await parts.buttonOf(tenant, token);
    if (button === null) {
      await refuse(tenant, "auth", "unknown-button", person.id);
      return { kind: "missing", sentence: "This button is no card of mine, so nothing was decided." };
    }
    const elsewhere =
      button.platform !== platform ||
      (channel !== undefined && button.channel !== channel) ||
      (ref !== undefined && button.ref !== null && button.ref !== ref);
    if (elsewhere) {
      await refuse(tenant, "auth", "copied-card", person.id, { gate: button.gateId });
      return { kind: "missing", sentence: "This is a copy of a card. Decide on the card itself." };
    }
    const now = await standingNow(tenant, by, person);
    if ("kind" in now) return now;
    const outcome = await parts.kernel.press({
      tenant,
      gateId: button.gateId,
      answer: button.decision,
      values,
      reason: values["reason"]?.trim() ? values["reason"].trim().slice(0, 1000) : null,
      by: person.id,
      surface: platform,
      conversationId: null,
      inbox: {
        id: newId(),
        source: `${platform}-press`,
        deliveryKey: `${person.id}:${deliveryKey}`,
        kind: "press",
        personId: person.id,
        body: canonical({ gate: button.gateId, decision: button.decision, values }),
        outcome: null,
      },
    });
    switch (outcome.kind) {
      case "needs-reason":
        return {
          kind: "form",
          form: {
            title: "Deny",
            token,
            fields: [{ name: "reason", label: "Why not? Whoever asked will see this.", required: true, longest: 1000 }],
          },
        };
      case "needs-change":
        return { kind: "form", form: { title: "Change and approve", token, fields: outcome.fields } };
      case "missing":
        return { kind: "missing", sentence: "What this card asked is gone, so nothing was decided." };
      case "decided":
        return { kind: "decided", sentence: outcome.sentence };
      case "refused":
        return outcome;
    }
  }

  /** Roles that come from the platform are read now; who is no member there decides nothing, and neither does anyone while it cannot be asked. */
  async function standingNow(tenant: string, by: Sender, person: Person): Promise<{ ok: true } | Taken> {
    let found: Standing;
    try {
      found = await standing(by);
      if (found.kind === "member") await parts.freshenRoles(tenant, person.id);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await refuse(tenant, "auth", "standing-unknown", person.id);
      return {
        kind: "refused",
        because: "not-yet",
        sentence: `${names[platform]} cannot say just now who you are there, so nothing was decided. Try again in a minute, or decide on another surface.`,
      };
    }
    if (found.kind !== "member") {
      await refuse(tenant, "auth", found.kind, person.id);
      return {
        kind: "refused",
        because: found.kind,
        sentence: `Only full members may decide, and in ${names[platform]} you are ${found.kind === "outsider" ? "from another organisation" : `a ${found.kind}`}. Ask a colleague.`,
      };
    }
    return { ok: true };
  }

  async function stranger(tenant: string, { workspace, userId }: Sender): Promise<Taken> {
    await refuse(tenant, "auth", "stranger", null, { user: userId, workspace });
    return {
      kind: "stranger",
      sentence: `I do not know you yet, so I did nothing. If you are known to me elsewhere, write “link” to me there and follow it; otherwise ask whoever runs me to add you (${platform} user ${userId}).`,
    };
  }

  function refuse(
    tenant: string,
    stream: Rejection["stream"],
    because: string,
    by: string | null,
    about: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    return parts.refuse({ tenant, stream, because, by, door: platform, about });
  }
}
