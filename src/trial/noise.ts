const sameMs = 10_000;

/** From -1 to 1, the same for ten seconds, and for the same seed and name always. */
export function noise(seed: string, at: number, what: string): number {
  return draw(`${seed}/${what}/${Math.floor(at / sameMs)}`) * 2 - 1;
}

/** From 0 to just under 1, spread evenly (FNV-1a, mixed as in MurmurHash3). */
export function draw(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
