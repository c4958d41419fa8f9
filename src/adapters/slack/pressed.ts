import type { z } from "zod";
import { cleanText } from "../../domain/text.ts";
import type { Press } from "../../messages/adapter.ts";
import type { PressPayload, submissionPayload } from "./payload.ts";
import { doneBy, type Origin, type Read, said, strayOf, type Us, unsupported } from "./reading.ts";
import { refOf } from "./ref.ts";

/** One button that somebody pressed, on a message of ours or in a modal. */
export function readPress(tenant: string, it: PressPayload, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team?.id], us);
  if (stray) return stray;
  const [action, ...more] = it.actions;
  if (action === undefined || more.length > 0)
    return {
      kind: "forged",
      because: `One press has ${it.actions.length} actions, and nobody can press two buttons at once`,
    };
  if (it.message?.bot_id !== undefined && it.message.bot_id !== us.botId)
    return { kind: "forged", because: "The button is on a message that Steward did not write" };
  const { container } = it;
  const channel = container.channel_id ?? it.channel?.id ?? null;
  const origin: Origin = {
    ...doneBy(it, us),
    door: "button",
    channel,
    thread: container.thread_ts ?? null,
    view: it.view?.id ?? null,
  };
  const [does] = action.action_id.split(":");
  if (does === "whole") return { kind: "whole", token: action.value, label: action.text?.text ?? "", origin };
  if (does === "decide") {
    const ref =
      it.message && channel && container.message_ts
        ? { ref: refOf(channel, container.message_ts, container.thread_ts ?? it.message.thread_ts) }
        : {};
    const press: Press = {
      tenant,
      deliveryKey: `press:${it.trigger_id}`,
      by: origin.by,
      token: action.value,
      ...ref,
      values: {},
    };
    return { kind: "pressed", press, origin };
  }
  if (channel === null || container.message_ts === undefined)
    return unsupported(`Steward has no button "${cleanText(action.action_id)}" here`);
  if (does === "opinion") {
    const about = refOf(channel, container.message_ts, container.thread_ts);
    return { kind: "opinion", about, liked: action.value === "liked", by: origin.by };
  }
  if (does !== "say") return unsupported(`Steward has no button "${cleanText(action.action_id)}"`);
  return said(tenant, origin, {
    key: `say:${it.trigger_id}`,
    kind: "message",
    text: cleanText(action.value).trim(),
    empty: null,
    thread: container.thread_ts ?? container.message_ts,
    addressed: true,
  });
}

/** A form that was filled in: the press it was asked for, with its values. */
export function readSubmission(tenant: string, it: z.output<typeof submissionPayload>, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team?.id], us);
  if (stray) return stray;
  if (it.view.callback_id !== "form") return unsupported(`Steward has no form "${cleanText(it.view.callback_id)}"`);
  const values = Object.entries(it.view.state?.values ?? {}).map(([name, inputs]) => [
    cleanText(name),
    cleanText(Object.values(inputs)[0]?.value ?? ""),
  ]);
  const origin: Origin = { ...doneBy(it, us), door: "modal", channel: null, thread: null, view: it.view.id };
  const press: Press = {
    tenant,
    deliveryKey: `form:${it.trigger_id}`,
    by: origin.by,
    token: it.view.private_metadata,
    values: Object.fromEntries(values),
  };
  return { kind: "pressed", press, origin };
}
