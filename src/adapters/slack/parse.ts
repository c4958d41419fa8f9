import { z } from "zod";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed } from "../../messages/adapter.ts";
import {
  commandPayload,
  eventPayload,
  payloadOf,
  pressPayload,
  shortcutPayload,
  submissionPayload,
} from "./payload.ts";
import { readPress, readSubmission } from "./pressed.ts";
import { doubtOf } from "./proof.ts";
import { type Read, type Us, unsupported } from "./reading.ts";
import { readCommand, readEvent, readShortcut } from "./said.ts";

/**
 * Reads what Slack delivered: an HTTP request's raw body (proven by its signature) or a Socket Mode envelope (proven by
 * the connection it came through). Keys: a message is its channel and timestamp, in whatever event it comes; what
 * somebody does is its trigger id.
 */
export function read(delivery: Delivery, us: Us, signingSecret: string | null): Read {
  const { body } = delivery;
  if (typeof body === "string") {
    const doubt = doubtOf({ ...delivery, body }, signingSecret);
    if (doubt !== null) return { kind: "forged", because: doubt };
  }
  const payload = payloadOf(body);
  const kind = z
    .looseObject({ type: z.string().optional(), command: z.string().optional(), challenge: z.string().optional() })
    .safeParse(payload).data;
  if (kind === undefined) return unsupported("This is neither JSON nor a form that Slack sends");
  if (kind.type === "url_verification" && kind.challenge !== undefined)
    return { kind: "challenge", challenge: kind.challenge };
  if (kind.command !== undefined) return take(commandPayload, payload, (it) => readCommand(delivery.tenant, it, us));
  switch (kind.type) {
    case "event_callback":
      return take(eventPayload, payload, (it) => readEvent(delivery.tenant, it, us));
    case "block_actions":
      return take(pressPayload, payload, (it) => readPress(delivery.tenant, it, us));
    case "message_action":
      return take(shortcutPayload, payload, (it) => readShortcut(delivery.tenant, it, us));
    case "view_submission":
      return take(submissionPayload, payload, (it) => readSubmission(delivery.tenant, it, us));
    default:
      return unsupported(`Steward does nothing with what Slack calls "${cleanText(kind.type ?? "nothing")}"`);
  }
}

/** The same for `inbox` and `gates`, which know of messages and presses only. */
export function parsedOf(it: Read): Parsed {
  switch (it.kind) {
    case "said":
      return { kind: "incoming", incoming: it.incoming, by: it.origin.by };
    case "pressed":
      return { kind: "press", press: it.press };
    case "forged":
    case "unsupported":
      return { kind: it.kind, because: it.because };
    default:
      return { kind: "unsupported", because: `Slack shows "${it.kind}" itself; there is nothing to keep` };
  }
}

function take<T extends z.ZodType>(shape: T, payload: unknown, then: (it: z.output<T>) => Read): Read {
  const it = shape.safeParse(payload);
  return it.success
    ? then(it.data)
    : unsupported(`Slack sent a shape Steward does not know: ${z.prettifyError(it.error)}`);
}
