/** Channels that are an audience's, by name without #, each with the name of its audience. */
export type Audiences = ReadonlyMap<string, string>;

/** The audience whose channel this is, written with or without #; null when it is nobody's. */
export function audienceAt(place: string, audiences: Audiences | undefined): string | null {
  return audiences?.get(place.replace(/^#/, "")) ?? null;
}
