/**
 * LinUCB with hybrid linear models as Li et al. print it (Algorithm 2), with mathjs, one observation after another: the oracle of the policies over the hybrid
 * regression, which compute the same from each artwork's sums alone.
 */
import { add, identity, inv, matrix, multiply, subtract, transpose, zeros, type Matrix } from 'mathjs';

interface Arm {
  a: Matrix;
  b: Matrix;
  rewards: Matrix;
}

export interface LiteralScore {
  readonly mean: number;
  /** s_{t,a} of line 13 */
  readonly variance: number;
}

/** z = x. λ₀ and λ generalise the paper's A₀ = I and A_a = I. */
export class LiteralHybrid {
  #sharedA: Matrix;
  #sharedB: Matrix;
  readonly #arms = new Map<number, Arm>();

  constructor(
    readonly dimension: number,
    readonly lambda: number,
    readonly lambda0: number,
  ) {
    this.#sharedA = scaled(dimension, lambda0);
    this.#sharedB = zeros(dimension, 1) as Matrix;
  }

  /** Lines 17–23. */
  learn(row: number, context: readonly number[], reward: number): void {
    const arm = this.#arm(row);
    const x = column(context);
    this.#sharedA = add(this.#sharedA, product(transpose(arm.b), inv(arm.a), arm.b));
    this.#sharedB = add(this.#sharedB, product(transpose(arm.b), inv(arm.a), arm.rewards));
    arm.a = add(arm.a, multiply(x, transpose(x)));
    arm.b = add(arm.b, multiply(x, transpose(x)));
    arm.rewards = add(arm.rewards, multiply(x, reward));
    const before = add(this.#sharedA, multiply(x, transpose(x)));
    this.#sharedA = subtract(before, product(transpose(arm.b), inv(arm.a), arm.b));
    const rewarded = add(this.#sharedB, multiply(x, reward));
    this.#sharedB = subtract(rewarded, product(transpose(arm.b), inv(arm.a), arm.rewards));
  }

  /** Lines 5 and 12–14. */
  score(row: number, context: readonly number[]): LiteralScore {
    const { a, b, rewards } = this.#arm(row);
    const [x, inverse, shared] = [column(context), inv(a), inv(this.#sharedA)];
    const beta = multiply(shared, this.#sharedB);
    const theta = multiply(inverse, subtract(rewards, multiply(b, beta)));
    const z = transpose(x);
    const variance =
      scalar(product(z, shared, x)) -
      2 * scalar(product(z, shared, transpose(b), inverse, x)) +
      scalar(product(z, inverse, x)) +
      scalar(product(z, inverse, b, shared, transpose(b), inverse, x));
    return { mean: scalar(multiply(z, beta)) + scalar(multiply(z, theta)), variance };
  }

  #arm(row: number): Arm {
    const d = this.dimension;
    const known = this.#arms.get(row);
    if (known !== undefined) return known;
    const arm: Arm = { a: scaled(d, this.lambda), b: zeros(d, d) as Matrix, rewards: zeros(d, 1) as Matrix };
    this.#arms.set(row, arm);
    return arm;
  }
}

function scaled(dimension: number, factor: number): Matrix {
  return multiply(identity(dimension) as Matrix, factor);
}

function column(values: readonly number[]): Matrix {
  return matrix(values.map((value) => [value]));
}

function product(first: Matrix, ...others: readonly Matrix[]): Matrix {
  return others.reduce((left, right) => multiply(left, right), first);
}

function scalar(one: Matrix): number {
  return (one.toArray() as number[][])[0]![0]!;
}
