import { learnVocabulary } from "./classify-features.ts";
import { fitWeights, scoresInto, sigmoid } from "./classify-weights.ts";

/** A sentence and what it asks for; `null` is nothing we know. */
export interface Example {
  readonly text: string;
  readonly label: string | null;
  /** Sentences of one group are wordings of the same phrase: they are held out together, or not at all. */
  readonly group?: number;
}

/** What a sentence most likely asks for. */
export interface Guess {
  readonly label: string;
  /** From 0 to 1: how likely it asks for anything we know, judged from several signs. */
  readonly confidence: number;
}

export interface Classifier {
  guess(text: string): Guess;
  /** Memory of the trained model. */
  readonly bytes: number;
}

/** How often each outside sentence is shown: there are far fewer of them than of the others. */
const outsideTimes = 3;
const trustRounds = 1000;

/**
 * Learns from examples, and from held-out ones (of both kinds) how far it may be believed. Without those, every fourth
 * example plays them, and is learnt afterwards. The same examples give the same classifier. Needs sentences with and
 * without a label, and at least two labels.
 */
export function trainClassifier(examples: readonly Example[], heldOut?: readonly Example[]): Classifier {
  const model = learn(examples);
  const isHeldOut = ({ group }: Example, i: number) => (group ?? i) % 4 === 3;
  const others = heldOut ?? examples.filter(isHeldOut);
  const { read } = heldOut ? model : learn(examples.filter((each, i) => !isHeldOut(each, i)));
  const trust = fitTrust(others.map(({ text, label }) => ({ signs: read(text).signs, inside: label !== null })));
  return {
    guess(text) {
      const { label, signs } = model.read(text);
      return { label, confidence: sigmoid(trust(signs)) };
    },
    bytes: model.bytes,
  };
}

interface Model {
  readonly bytes: number;
  read(text: string): { readonly label: string; readonly signs: Signs };
}

function learn(examples: readonly Example[]): Model {
  const inside = examples.filter(({ label }) => label !== null);
  const labels = [...new Set(inside.map(({ label }) => label as string))];
  const vocabulary = learnVocabulary(inside.map(({ text }) => text));
  const shown = examples.flatMap((example): readonly Example[] =>
    example.label === null ? Array<Example>(outsideTimes).fill(example) : [example],
  );
  const weights = fitWeights(
    shown.map(({ text, label }) => ({ vector: vocabulary.vector(text), target: labels.indexOf(label ?? "") })),
    vocabulary.size,
    labels.length,
  );
  const scores = new Float32Array(labels.length);
  return {
    bytes: vocabulary.bytes + weights.weights.byteLength + weights.biases.byteLength,
    read(text) {
      const vector = vocabulary.vector(text);
      scoresInto(scores, weights, vector);
      const top = Math.max(...scores);
      const sum = scores.reduce((total, score) => total + Math.exp(score - top), 0);
      return { label: labels[scores.indexOf(top)] ?? "", signs: [-Math.log(sum), top, vector.knownShare] };
    },
  };
}

/** Signs that a sentence is one of ours: the best class's share among all, its own score, and how many words were known. */
type Signs = readonly [share: number, score: number, known: number];

/** Logistic regression on the signs. The rarer kind of sentence weighs more, by the root of how much rarer it is. */
function fitTrust(seen: readonly { signs: Signs; inside: boolean }[]): (signs: Signs) => number {
  const centre = columns((k) => mean(seen.map(({ signs }) => signs[k] as number)));
  const spread = columns(
    (k) => Math.sqrt(mean(seen.map(({ signs }) => ((signs[k] as number) - (centre[k] as number)) ** 2))) || 1,
  );
  const scaled = (signs: Signs) =>
    columns((k) => ((signs[k] as number) - (centre[k] as number)) / (spread[k] as number));
  const rows = seen.map(({ signs, inside }) => ({ x: scaled(signs), inside }));
  const outsideWeight = Math.sqrt(
    rows.filter(({ inside }) => inside).length / rows.filter(({ inside }) => !inside).length,
  );
  let [base, slopes] = [0, [0, 0, 0]];
  const trust = (x: readonly number[]) => x.reduce((sum, value, k) => sum + value * (slopes[k] as number), base);
  for (let round = 0; round < trustRounds; round++) {
    const pulls = rows.map(({ x, inside }) => (inside ? sigmoid(trust(x)) - 1 : sigmoid(trust(x)) * outsideWeight));
    slopes = columns((k) => {
      const slope = slopes[k] as number;
      return slope - mean(rows.map(({ x }, i) => (pulls[i] as number) * (x[k] as number))) - 1e-3 * slope;
    });
    base -= mean(pulls);
  }
  return (signs) => trust(scaled(signs));
}

function columns(of: (k: number) => number): number[] {
  return [0, 1, 2].map(of);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
