/** Channels that are an audience's, by name without #, each with the name of its audience. */
export type Audiences = ReadonlyMap<string, string>;

/** The audience whose channel this is, written with or without #; null when it is nobody's. */
export function audienceAt(place: string, audiences: Audiences | undefined): string | null {
  return audiences?.get(place.replace(/^#/, "")) ?? null;
}

/** Why a channel, named without #, is told nothing but by the tool that sends to its audience, without a full stop; null when it is nobody's. */
export function whyNotTold(channel: string, audiences: Audiences | undefined): string | null {
  const audience = audienceAt(channel, audiences);
  return audience === null
    ? null
    : `#${channel} is the audience “${audience}”, which is told only what was drafted and agreed to: write “draft a message to #${channel} about …”`;
}
