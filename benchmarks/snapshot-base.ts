import { ArmStatistics } from '../bandit/arm-statistics.js';
import { createPolicy } from '../bandit/policies/index.js';
import { emptyPrior } from '../bandit/prior.js';
import { DEFAULT_THEMES } from '../features/default-themes.js';
import { contextSchema } from '../features/context-vector.js';
import type { Snapshot } from '../feedback/update/snapshot.js';

export const BASE_KEY = 'home/variant/personal';
/** under which the base is kept in one value too, for loading in one go */
export const WHOLE_KEY = 'whole';
export const BASE_SCHEMA = contextSchema(DEFAULT_THEMES);
/** keeps a covariance per artwork: 2,244 bytes each at d = 32 */
export const BASE_POLICY = createPolicy('linear-thompson', {}, BASE_SCHEMA.dimension);

/** as many as a learner fits at a time */
const ROWS_PER_PART = 64;

/** A base of about that many bytes, every artwork of which has had one trial. */
export function baseOfSize(bytes: number): Snapshot {
  const { dimension } = BASE_SCHEMA;
  const prior = emptyPrior(dimension);
  const parts = [BASE_POLICY.fit(new ArmStatistics({ dimension }), prior)];
  let size = 0;
  for (let first = 0; size < bytes; first += ROWS_PER_PART) {
    const rows = Int32Array.from({ length: ROWS_PER_PART }, (_, i) => first + i);
    const statistics = new ArmStatistics({ dimension });
    for (const row of rows) {
      const x = Float32Array.from({ length: dimension }, (_, i) => Math.sin(row + i));
      statistics.addTrial(row, x, 0, 1, 0);
    }
    const part = BASE_POLICY.fit(statistics, prior, rows);
    size += part.length;
    parts.push(part);
  }
  return {
    ...{ kind: 'base', modelKey: BASE_KEY, policy: BASE_POLICY.name, contextSchema: BASE_SCHEMA.hash },
    ...{ version: 1, parentVersion: 0, parts },
  };
}
