import type { Vector } from "./classify-features.ts";

/** Weights of one yes-or-no question for each class: "is it this one?". Row `feature * classes`, then the class. */
export interface Weights {
  readonly classes: number;
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** A sentence and its class; -1 is none of them. */
export interface Labelled {
  readonly vector: Vector;
  readonly target: number;
}

const epochs = 4;
const pace = 0.5;
/** Answers this close to the truth teach nothing: skipping them is most of the speed. */
const closeEnough = 5e-3;

/**
 * One-vs-rest logistic regression by stochastic gradients with a pace of its own for each weight (AdaGrad, Duchi et al.
 * 2011). The order is shuffled from a fixed seed: the same examples give the same weights.
 */
export function fitWeights(examples: readonly Labelled[], features: number, classes: number): Weights {
  const weights = new Float32Array(features * classes);
  const squares = new Float32Array(features * classes).fill(1e-3);
  const biases = new Float32Array(classes).fill(-3);
  const biasSquares = new Float32Array(classes).fill(1e-3);
  const model = { classes, weights, biases };
  const errors = new Float32Array(classes);
  const wrong = new Int32Array(classes);
  const order = examples.map((_, i) => i);
  const random = randomFrom(1);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (let n = 0; n < order.length; n++) {
      const { vector, target } = examples[order[n] as number] as Labelled;
      const step = pace * (1 - (epoch + n / order.length) / epochs);
      scoresInto(errors, model, vector);
      let count = 0;
      for (let c = 0; c < classes; c++) {
        const error = sigmoid(errors[c] as number) - (c === target ? 1 : 0);
        errors[c] = error;
        if (Math.abs(error) <= closeEnough) continue;
        wrong[count++] = c;
        const square = (biasSquares[c] as number) + error * error;
        biasSquares[c] = square;
        biases[c] = (biases[c] as number) - (0.3 * step * error) / Math.sqrt(square);
      }
      for (let k = 0; k < vector.features.length; k++) {
        const strength = vector.strengths[k] as number;
        const row = (vector.features[k] as number) * classes;
        for (let j = 0; j < count; j++) {
          const at = row + (wrong[j] as number);
          const gradient = (errors[wrong[j] as number] as number) * strength;
          const square = (squares[at] as number) + gradient * gradient;
          squares[at] = square;
          weights[at] = (weights[at] as number) - (step * gradient) / Math.sqrt(square);
        }
      }
    }
  }
  return model;
}

/** Writes each class's score (log-odds) into `out`. */
export function scoresInto(out: Float32Array, { classes, weights, biases }: Weights, vector: Vector): void {
  out.set(biases);
  for (let k = 0; k < vector.features.length; k++) {
    const strength = vector.strengths[k] as number;
    const row = (vector.features[k] as number) * classes;
    for (let c = 0; c < classes; c++) out[c] = (out[c] as number) + strength * (weights[row + c] as number);
  }
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function shuffle(order: number[], random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixing = Math.imul(state ^ (state >>> 15), 1 | state);
    mixing = (mixing + Math.imul(mixing ^ (mixing >>> 7), 61 | mixing)) ^ mixing;
    return ((mixing ^ (mixing >>> 14)) >>> 0) / 2 ** 32;
  };
}
