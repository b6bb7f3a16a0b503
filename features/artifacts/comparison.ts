import type { Artifact } from './artifact.js';

/** A metric that should not fall. */
export interface Measure {
  readonly metric: string;
  /** by how much it may be lower, absolutely; ≥ 0 */
  readonly tolerance: number;
}

export interface Comparison extends Measure {
  readonly before: number;
  readonly after: number;
  readonly worse: boolean;
}

/** Of each measure that the old artifact has. One that the new artifact lacks counts as −Infinity: what is not measured is not published. */
export function comparison(
  before: Artifact,
  after: Artifact,
  measures: readonly Measure[],
): readonly Comparison[] {
  return measures.flatMap(({ metric, tolerance }) => {
    const was = before.metrics[metric];
    if (was === undefined) return [];
    const is = after.metrics[metric] ?? -Infinity;
    return [{ metric, tolerance, before: was, after: is, worse: is < was - tolerance }];
  });
}
