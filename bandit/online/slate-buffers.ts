import { AppError, shown } from '../../core/errors.js';
import { sharedKernels } from '../linalg/kernels.js';
import type { SlateScores } from '../policy.js';
import type { Arm, ArmDirectory } from './arm-directory.js';

/** A context vector, shape (d): numbers that are finite as float32, which is what they are rounded to. */
export type Context = ArrayLike<number>;

/** One vector that every arm is offered with, or a vector for each of the arms that are offered. */
export type Contexts = Context | Readonly<Record<string, Context>> | ReadonlyMap<string, Context>;

/** The arms of one decision, laid out for a policy. Reused from decision to decision. */
export class SlateBuffers {
  readonly #directory: ArmDirectory;
  readonly #dimension: number;
  size = 0;
  readonly rows: Int32Array;
  readonly contexts: Float32Array;
  readonly hashes: Uint32Array;
  readonly ids: string[] = [];
  readonly scores: SlateScores;

  constructor(directory: ArmDirectory, dimension: number, maxArms: number) {
    const kernels = sharedKernels();
    this.#directory = directory;
    this.#dimension = dimension;
    this.rows = kernels.int32(maxArms, this);
    this.contexts = kernels.float32(maxArms * dimension, this);
    this.hashes = new Uint32Array(maxArms);
    this.scores = {
      means: kernels.float64(maxArms, this),
      deviations: kernels.float64(maxArms, this),
      propensities: kernels.float64(maxArms, this),
    };
  }

  /** @throws AppError `bandit/empty-slate` | `bandit/unknown-arm` | `bandit/bad-shape` */
  fill(contexts: Contexts): void {
    this.size = 0;
    if (isVector(contexts)) this.#fillAll(contexts);
    else if (contexts instanceof Map)
      for (const [id, x] of contexts as ReadonlyMap<string, Context>) this.#offer(id, x);
    else for (const id of Object.keys(contexts)) this.#offer(id, (contexts as Record<string, Context>)[id]!);
    // Emptying an array gives its memory away: only what a longer slate has left behind goes.
    if (this.ids.length > this.size) this.ids.length = this.size;
    if (this.size === 0) throw new AppError('bandit/empty-slate', 'no arm is offered; expected at least 1');
  }

  #fillAll(x: Context): void {
    const d = this.#dimension;
    for (const arm of this.#directory.list) {
      if (this.size === 0) writeContext(x, d, this.contexts, 0);
      else this.contexts.copyWithin(this.size * d, 0, d);
      this.#add(arm);
    }
  }

  #offer(id: string, x: Context): void {
    const arm = this.#directory.get(id);
    writeContext(x, this.#dimension, this.contexts, this.size * this.#dimension);
    this.#add(arm);
  }

  #add(arm: Arm): void {
    this.rows[this.size] = arm.row;
    this.hashes[this.size] = arm.hash;
    this.ids[this.size] = arm.id;
    this.size++;
  }
}

/** Rounds a context to float32. @throws AppError `bandit/bad-shape`; `out` may then be half written */
export function writeContext(x: Context, dimension: number, out: Float32Array, at: number): void {
  if (!isVector(x) || x.length !== dimension) {
    throw new AppError('bandit/bad-shape', `context is ${shown(x)}; expected ${dimension} numbers`);
  }
  let size = 0;
  for (let i = 0; i < dimension; i++) {
    out[at + i] = x[i]!;
    size += Math.abs(out[at + i]!);
  }
  // float32 magnitudes cannot overflow a float64 sum, so a sum that is not finite means an entry that is not.
  if (!(size < Infinity)) {
    throw new AppError(
      'bandit/bad-shape',
      `context has an entry that is not finite: ${shown([...(x as number[])])}; expected ${dimension} finite numbers`,
    );
  }
}

function isVector(value: unknown): value is Context {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
