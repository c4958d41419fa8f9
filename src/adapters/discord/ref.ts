import { Fault } from "../../domain/fault.ts";
import type { Place } from "../../domain/incoming.ts";

/** A place in Discord's terms. A thread that is not there yet is "". */
export interface Site {
  readonly direct: boolean;
  readonly channel: string;
  readonly thread: string;
}

/** Where a message of this place goes. */
export function read(place: Place): Site {
  const direct = place.channel.startsWith("@");
  const channel = idOf(direct ? place.channel.slice(1) : place.channel, "channel");
  const begun = place.thread !== "" && !place.thread.startsWith("+");
  return { direct, channel, thread: begun ? idOf(place.thread, "thread") : "" };
}

/** Whatever becomes part of a route must be an id: digits. */
export function idOf(text: string, what: string): string {
  if (/^\d{1,20}$/.test(text)) return text;
  throw new Fault(
    "platform-refused",
    `Discord has no ${what} “${text}”: its ids are numbers, such as 1311790000000000001.`,
  );
}

/** A message's name: "channel/thread/message/mark", with "@" before a direct message's channel. */
export function refOf(site: Site, message: string, mark: number): string {
  return `${site.direct ? "@" : ""}${site.channel}/${site.thread}/${message}/${mark}`;
}

export function readRef(ref: string): { readonly site: Site; readonly message: string; readonly mark: number } {
  const [, at, channel = "", thread = "", message = "", mark] = /^(@?)(\d+)\/(\d*)\/(\d+)\/(\d+)$/.exec(ref) ?? [];
  if (mark === undefined) throw new Fault("platform-refused", `Discord has no message “${ref}”.`);
  return { site: { direct: at === "@", channel, thread }, message, mark: Number(mark) };
}
