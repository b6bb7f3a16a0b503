import { AppError, shown } from '../core/errors.js';

const MAX_DIMENSION = 256;
const MAX_REPLICATES = 64;
const DEFAULT_MAX_ROWS = 2 ** 22;

export interface ArmStatisticsOptions {
  /** d, integer in [0, 256]; 0 keeps counts alone */
  readonly dimension: number;
  /** a trial counts half after this many milliseconds, > 0; undefined or Infinity: nothing is forgotten */
  readonly halfLifeMs?: number;
  /** B, integer in [1, 64]: sets of sums per row, see `Policy.replicates`; default 1 */
  readonly replicates?: number;
  /** names the space x is in where that is not the context itself, see representation.ts; default ''. Sums of different spaces are never mixed */
  readonly space?: string;
  /** rows are integers in [0, maxRows); default 4,194,304 */
  readonly maxRows?: number;
}

/** Options with their defaults. @throws AppError `bandit/bad-setting` */
export function checkOptions(options: ArmStatisticsOptions): Required<ArmStatisticsOptions> {
  const {
    dimension,
    halfLifeMs = Infinity,
    replicates = 1,
    space = '',
    maxRows = DEFAULT_MAX_ROWS,
  } = options;
  if (!(Number.isInteger(dimension) && dimension >= 0 && dimension <= MAX_DIMENSION)) {
    throw new AppError(
      'bandit/bad-setting',
      `dimension is ${shown(dimension)}; expected an integer in [0, ${MAX_DIMENSION}]`,
    );
  }
  if (!(halfLifeMs > 0)) {
    throw new AppError(
      'bandit/bad-setting',
      `halfLifeMs is ${halfLifeMs}; expected > 0, or Infinity to forget nothing`,
    );
  }
  if (!(Number.isInteger(replicates) && replicates >= 1 && replicates <= MAX_REPLICATES)) {
    throw new AppError(
      'bandit/bad-setting',
      `replicates is ${shown(replicates)}; expected an integer in [1, ${MAX_REPLICATES}]`,
    );
  }
  if (!(Number.isInteger(maxRows) && maxRows > 0 && maxRows <= 2 ** 30)) {
    throw new AppError('bandit/bad-setting', `maxRows is ${maxRows}; expected an integer in [1, 2^30]`);
  }
  return { dimension, halfLifeMs, replicates, space, maxRows };
}

/** @throws AppError `bandit/bad-shape` unless x, weight and time can be learned from */
export function checkTrial(
  x: Float32Array,
  offset: number,
  dimension: number,
  weight: number,
  atMs: number,
): void {
  if (!(weight >= 0 && weight < Infinity)) {
    throw new AppError('bandit/bad-shape', `weight is ${weight}; expected a finite number ≥ 0`);
  }
  if (!Number.isFinite(atMs)) {
    throw new AppError('bandit/bad-shape', `time is ${atMs}; expected milliseconds since the epoch`);
  }
  if (!(Number.isInteger(offset) && offset >= 0 && offset + dimension <= x.length)) {
    throw new AppError(
      'bandit/bad-shape',
      `x has ${x.length} entries, read from ${shown(offset)}; expected ${dimension} from there`,
    );
  }
  let size = 0;
  for (let i = 0; i < dimension; i++) size += Math.abs(x[offset + i]!);
  // float32 magnitudes cannot overflow a float64 sum, so a sum that is not finite means an entry that is not.
  if (!(size < Infinity)) {
    throw new AppError(
      'bandit/bad-shape',
      `x has an entry that is not finite; expected ${dimension} finite numbers`,
    );
  }
}
