import { AppError, shown } from '../core/errors.js';
import { seededRng } from '../core/rng.js';

/**
 * Where a linear policy's contexts come from: z = φ(x). Fixed once made: whatever was learned in z belongs to this φ, so one that was trained further is another version, and sums are
 * then made again from the log.
 */
export interface Representation {
  /** 1 to 60 of a-z 0-9 and dashes */
  readonly name: string;
  /** integer ≥ 0 */
  readonly version: number;
  /** entries of x */
  readonly inputDimension: number;
  /** d: entries of z, at most 256 */
  readonly dimension: number;
  /**
   * Writes z of `size` contexts. Pure: the same x, the same bits, in any company.
   *
   * @param contexts shape (≥ size, inputDimension), row-major
   * @param out      shape (≥ size, d), row-major
   */
  transform(contexts: Float32Array, size: number, out: Float32Array): void;
}

const NAME = /^[a-z0-9-]{1,60}$/;

/** What statistics say of the space they live in. @example spaceOf(identityRepresentation(3)) // => 'identity@1' */
export function spaceOf({ name, version }: Pick<Representation, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** @throws AppError `bandit/bad-setting` unless name, version and dimensions are what they must be */
export function checkRepresentation({ name, version, inputDimension, dimension }: Representation): void {
  if (!NAME.test(name) || !(Number.isInteger(version) && version >= 0 && version < 2 ** 32)) {
    throw new AppError(
      'bandit/bad-setting',
      `representation ${shown(name)}, version ${shown(version)}; expected 1 to 60 of a-z 0-9 -, and an integer in [0, 2^32)`,
    );
  }
  for (const [what, value, most] of [
    ['inputDimension', inputDimension, 65_535],
    ['dimension', dimension, 256],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1 && value <= most)) {
      throw new AppError(
        'bandit/bad-setting',
        `representation.${what} is ${shown(value)}; expected an integer in [1, ${most}]`,
      );
    }
  }
}

/** z = x: a linear policy on top of it is that policy. @param dimension d in [1, 256] */
export function identityRepresentation(dimension: number): Representation {
  return {
    name: 'identity',
    version: 1,
    inputDimension: dimension,
    dimension,
    transform(contexts, size, out) {
      out.set(contexts.subarray(0, size * dimension));
    },
  };
}

export interface RandomReluOptions {
  /** entries of x */
  readonly inputDimension: number;
  /** d in [1, 256] */
  readonly dimension: number;
  /** integer in [0, 2^32): another seed is another representation, so it is its version too */
  readonly seed: number;
}

/**
 * Random ReLU features: a network of one hidden layer that is never trained.
 *
 *   z_j = √(2/d)·max(0, w_j·x),   w_j ~ N(0, I)   so that z(x)·z(y) ≈ ‖x‖‖y‖·(sin θ + (π − θ)·cos θ)/π, θ the angle between x and y
 *
 * A linear policy on top of it learns curves and interactions in a few hundred trials, where a trained network needs many more to be worth it. Scales with ‖x‖: give x an intercept.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Rahimi & Recht, Weighted Sums of Random Kitchen Sinks, NIPS 2008; the kernel: Cho & Saul, Kernel Methods for Deep Learning, NIPS 2009, eq. 6
 * @example randomReluRepresentation({ inputDimension: 3, dimension: 64, seed: 5 }).version // => 5
 */
export function randomReluRepresentation(options: RandomReluOptions): Representation {
  const { inputDimension, dimension, seed } = options;
  const shape = { name: 'random-relu', version: seed, inputDimension, dimension };
  checkRepresentation({ ...shape, transform: () => undefined });
  const rng = seededRng(seed);
  const scale = Math.sqrt(2 / dimension);
  const weights = Float32Array.from({ length: dimension * inputDimension }, () => scale * rng.normal());
  return {
    ...shape,
    transform(contexts, size, out) {
      for (let a = 0; a < size; a++) {
        for (let j = 0; j < dimension; j++) {
          let sum = 0;
          for (let i = 0; i < inputDimension; i++)
            sum += weights[j * inputDimension + i]! * contexts[a * inputDimension + i]!;
          // Not Math.max: NaN must come out as NaN, to be refused where scores are made.
          out[a * dimension + j] = sum < 0 ? 0 : sum;
        }
      }
    },
  };
}
