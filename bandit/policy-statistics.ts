import { ArmStatistics, type ArmStatisticsOptions } from './arm-statistics.js';
import type { Kernels } from './linalg/kernels.js';
import { spaceOf, type Representation } from './representation.js';

/** What a policy says of the statistics it is fitted from. */
export interface StatisticsShape {
  readonly dimension: number;
  readonly replicates?: number | undefined;
  readonly representation?: Representation | undefined;
}

/**
 * Empty statistics of the shape a policy is fitted from: its dimension, its replicates and the space its contexts are in.
 *
 * @param kernels as in `ArmStatistics`
 * @throws AppError `bandit/bad-setting`
 * @example statisticsOf({ dimension: 3, replicates: 8 }).replicates // => 8
 */
export function statisticsOf(
  policy: StatisticsShape,
  options: Pick<ArmStatisticsOptions, 'halfLifeMs' | 'maxRows'> = {},
  kernels?: Kernels,
): ArmStatistics {
  const { dimension, replicates = 1, representation } = policy;
  const { halfLifeMs, maxRows } = options;
  return new ArmStatistics(
    {
      ...(halfLifeMs === undefined ? {} : { halfLifeMs }),
      ...(maxRows === undefined ? {} : { maxRows }),
      dimension,
      replicates,
      space: representation === undefined ? '' : spaceOf(representation),
    },
    kernels,
  );
}
