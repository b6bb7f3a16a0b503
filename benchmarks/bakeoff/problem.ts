/** What is met at each step, and all that a player is given. */
export interface Stream {
  /** the table it was made from */
  readonly table: string;
  /** which shuffle, or which draw, of that table */
  readonly seed: number;
  /** n ≥ 1 */
  readonly steps: number;
  /** d, intercept included */
  readonly dimension: number;
  /** K, arms that are offered sooner or later */
  readonly arms: number;
  /** shape (n, d), row-major; the last column is the intercept, 1 */
  readonly contexts: Float32Array;
  /** shape (n, K), row-major: 1 where the arm would be rewarded, else 0 */
  readonly rewards: Uint8Array;
  /** shape (K): the first step at which the arm is offered */
  readonly arrivals: Int32Array;
  /** shape (n): so many steps after the decision its reward becomes known; 0 is before the next decision */
  readonly delays: Int32Array;
}

/**
 * A bandit problem of which everything is known: what every arm would have earned at every step. A system sees the context of a step, chooses one of the arms
 * offered, and later that arm's reward; all systems meet the same steps in the same order with the same rewards.
 */
export interface Problem extends Stream {
  /** average reward of the comparator that regret is measured against: see hindsight.ts and made-problems.ts */
  readonly hindsightReward: number;
}

/** A random order of 0 … n − 1 (Fisher–Yates). @param below integer in [0, n) */
export function shuffledIndices(n: number, below: (n: number) => number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
