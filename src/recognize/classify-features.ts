/** A sentence as numbers: which features of a vocabulary it has, how strongly, and how many of its words were known at all. */
export interface Vector {
  readonly features: Int32Array;
  readonly strengths: Float32Array;
  /** From 0 to 1. */
  readonly knownShare: number;
}

/** The features that sentences have in common. Learnt once, then fixed. */
export interface Vocabulary {
  readonly size: number;
  /** Memory it keeps, estimated; a `Map` entry is counted as 24 bytes. */
  readonly bytes: number;
  vector(sentence: string): Vector;
}

/**
 * How much each kind counts, found on the validation sentences of CLINC150. Word and letter features are brought to length
 * one separately, so that long words do not outweigh the sentence.
 */
const kinds = {
  word: { strength: 1, letters: false },
  pair: { strength: 0.7, letters: false },
  gap: { strength: 0.5, letters: false },
  letters: { strength: 1, letters: true },
} as const;
type Kind = keyof typeof kinds;

const shortest = 2;
const longest = 4;

/** Learns the features that at least `minCount` of the sentences have; rarer ones weigh more (tf-idf). */
export function learnVocabulary(sentences: readonly string[], minCount = 2): Vocabulary {
  const counts = new Map<number, number>();
  for (const sentence of sentences) {
    const own = new Set<number>();
    eachFeature(sentence, (hash) => own.add(hash));
    for (const hash of own) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  const index = new Map<number, number>();
  const rarity: number[] = [];
  for (const [hash, count] of counts) {
    if (count < minCount) continue;
    index.set(hash, rarity.length);
    rarity.push(Math.log((1 + sentences.length) / (1 + count)) + 1);
  }
  const rarities = Float32Array.from(rarity);
  return {
    size: rarities.length,
    bytes: rarities.byteLength + index.size * 24,
    vector: (sentence) => vectorOf(sentence, index, rarities),
  };
}

function vectorOf(sentence: string, index: ReadonlyMap<number, number>, rarities: Float32Array): Vector {
  const times = new Map<number, number>();
  const kindOf = new Map<number, Kind>();
  let words = 0;
  let knownWords = 0;
  eachFeature(sentence, (hash, kind) => {
    const feature = index.get(hash);
    if (kind === "word") words++;
    if (feature === undefined) return;
    if (kind === "word") knownWords++;
    times.set(feature, (times.get(feature) ?? 0) + 1);
    kindOf.set(feature, kind);
  });
  const features = Int32Array.from(times.keys());
  const strengths = new Float32Array(features.length);
  let [wordSquares, letterSquares] = [0, 0];
  let at = 0;
  for (const [feature, count] of times) {
    const kind = kinds[kindOf.get(feature) ?? "word"];
    const strength = (1 + Math.log(count)) * (rarities[feature] as number) * kind.strength;
    strengths[at++] = strength;
    if (kind.letters) letterSquares += strength * strength;
    else wordSquares += strength * strength;
  }
  for (let i = 0; i < features.length; i++) {
    const { letters } = kinds[kindOf.get(features[i] as number) ?? "word"];
    strengths[i] = (strengths[i] as number) / Math.sqrt(letters ? letterSquares : wordSquares);
  }
  return { features, strengths, knownShare: words === 0 ? 0 : knownWords / words };
}

/** Words by their stems, neighbours, neighbours but one, and runs of letters inside each word, as 32-bit hashes. */
function eachFeature(sentence: string, take: (hash: number, kind: Kind) => void): void {
  const words = wordsOf(sentence);
  const stems = ["<", ...words.map(stem), ">"].map((word) => hashOf(word, 0, word.length, 1));
  for (let i = 1; i < stems.length; i++) {
    const [before, here] = [stems[i - 1] as number, stems[i] as number];
    if (i < stems.length - 1) take(here, "word");
    take(mixed(before, here, 2), "pair");
    if (i >= 2) take(mixed(stems[i - 2] as number, here, 3), "gap");
  }
  for (const word of words) {
    const bounded = `^${word}$`;
    for (let size = shortest; size <= longest; size++)
      for (let from = 0; from + size <= bounded.length; from++) take(hashOf(bounded, from, from + size, 4), "letters");
  }
}

/** The stems of a sentence's words. */
export function stemsIn(sentence: string): string[] {
  return wordsOf(sentence).map(stem);
}

function wordsOf(sentence: string): readonly string[] {
  return (
    sentence
      .toLowerCase()
      .replace(/’/gu, "'")
      .match(/[\p{L}\p{N}]+(?:'\p{L}+)?/gu) ?? []
  );
}

/** "restarting", "restarted" and "restarts" are one word; a word of four letters or less is left as it is. */
function stem(word: string): string {
  if (word.length <= 4)
    return word.length === 4 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
  if (word.endsWith("ing")) return word.slice(0, -3);
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.endsWith("ed") || word.endsWith("es")) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

/** FNV-1a over the letters from `start` to before `end`. */
function hashOf(text: string, start: number, end: number, kind: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(kind, 0x9e3779b1);
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finished(hash);
}

function mixed(one: number, other: number, kind: number): number {
  return finished(Math.imul(one ^ Math.imul(kind, 0x9e3779b1), 0x01000193) ^ Math.imul(other, 0x27d4eb2f));
}

/** The last step of MurmurHash3: every bit of the input moves every bit of the result. */
function finished(hash: number): number {
  let mixing = hash ^ (hash >>> 16);
  mixing = Math.imul(mixing, 0x85ebca6b);
  mixing ^= mixing >>> 13;
  mixing = Math.imul(mixing, 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}
