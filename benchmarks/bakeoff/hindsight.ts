import { seededRng } from '../../core/rng.js';
import { shuffledIndices } from './problem.js';

const EPOCHS = 20;
const RATE = 0.3;

/** Rows of a table and the class of each. */
export interface Labelled {
  readonly rows: number;
  readonly dimension: number;
  /** shape (rows, d) */
  readonly contexts: Float32Array;
  /** shape (rows): in [0, classCount) */
  readonly classes: Int32Array;
  readonly classCount: number;
}

/**
 * Average reward of the comparator for classification tables: the share of rows that a multinomial logistic regression gets right, fitted to the class of *every* row (20
 * epochs of AdaGrad, no regularisation) and judged on those same rows. It is a linear policy that has seen every answer, so a learner that pays for each one is not
 * expected to reach it; being a surrogate for the very best linear policy, it can in principle be beaten.
 */
export function linearHindsight(table: Labelled): number {
  const { rows, dimension, contexts, classes, classCount } = table;
  const weights = Array.from({ length: classCount }, () => new Float64Array(dimension));
  const squares = Array.from({ length: classCount }, () => new Float64Array(dimension).fill(1e-8));
  const scores = new Float64Array(classCount);
  const rng = seededRng(0);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const row of shuffledIndices(rows, (n) => rng.below(n))) {
      const x = contexts.subarray(row * dimension, (row + 1) * dimension);
      softmaxOf(weights, x, scores);
      for (let k = 0; k < classCount; k++) {
        const error = scores[k]! - (classes[row] === k ? 1 : 0);
        adagradStep(weights[k]!, squares[k]!, x, error);
      }
    }
  }
  let right = 0;
  for (let row = 0; row < rows; row++) {
    softmaxOf(weights, contexts.subarray(row * dimension, (row + 1) * dimension), scores);
    if (scores.indexOf(Math.max(...scores)) === classes[row]) right++;
  }
  return right / rows;
}

function softmaxOf(weights: readonly Float64Array[], x: Float32Array, scores: Float64Array): void {
  for (let k = 0; k < weights.length; k++) {
    let score = 0;
    for (let i = 0; i < x.length; i++) score += weights[k]![i]! * x[i]!;
    scores[k] = score;
  }
  const highest = Math.max(...scores);
  let total = 0;
  for (let k = 0; k < scores.length; k++) total += scores[k] = Math.exp(scores[k]! - highest);
  for (let k = 0; k < scores.length; k++) scores[k] = scores[k]! / total;
}

function adagradStep(weights: Float64Array, squares: Float64Array, x: Float32Array, error: number): void {
  for (let i = 0; i < x.length; i++) {
    const slope = error * x[i]!;
    squares[i] = squares[i]! + slope * slope;
    weights[i] = weights[i]! - (RATE * slope) / Math.sqrt(squares[i]!);
  }
}
