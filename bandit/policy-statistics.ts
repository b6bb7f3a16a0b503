import { ArmStatistics, type ArmStatisticsOptions } from './arm-statistics.js';
import type { Kernels } from './linalg/kernels.js';
import type { Policy } from './policy.js';

/**
 * Empty statistics of the shape a policy is fitted from: its dimension and its replicates.
 *
 * @param kernels as in `ArmStatistics`
 * @throws AppError `bandit/bad-setting`
 * @example statisticsOf({ dimension: 3, replicates: 8 }).replicates // => 8
 */
export function statisticsOf(
  policy: Pick<Policy, 'dimension' | 'replicates'>,
  options: Pick<ArmStatisticsOptions, 'halfLifeMs' | 'maxRows'> = {},
  kernels?: Kernels,
): ArmStatistics {
  const { dimension, replicates = 1 } = policy;
  const { halfLifeMs, maxRows } = options;
  return new ArmStatistics(
    {
      ...(halfLifeMs === undefined ? {} : { halfLifeMs }),
      ...(maxRows === undefined ? {} : { maxRows }),
      dimension,
      replicates,
    },
    kernels,
  );
}
