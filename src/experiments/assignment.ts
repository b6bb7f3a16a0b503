import { createHash } from 'node:crypto';
import type { Config } from '../config-schema.js';

/** Served uniformly, in no variant, learned from by every variant. */
export const RANDOM_SLICE = 'random-slice';

export interface Assignment {
  /** a variant's id, or {@link RANDOM_SLICE} */
  readonly variant: string;
}

/**
 * Member → variant, by hash: no state, the same everywhere, independent between experiments.
 *
 *   u(purpose) = first 48 bits of SHA-256("marquee:" purpose ":" experiment ":" member) ÷ 2⁴⁸, uniform on [0, 1)
 *
 * u("slice") below the slice's share: the random slice. Else u("variant") falls in one of the variants' shares of [0, 1), laid end to end in the
 * order of the configuration. Two purposes, so the slice is a fair sample of every variant's would-be members.
 */
export function assign(experiment: Config['experiment'], memberId: string): Assignment {
  if (unit('slice', experiment.id, memberId) < experiment.randomSlice) return { variant: RANDOM_SLICE };
  const total = experiment.variants.reduce((sum, v) => sum + v.weight, 0);
  let at = unit('variant', experiment.id, memberId) * total;
  const weighted = experiment.variants.filter((v) => v.weight > 0);
  for (const variant of weighted) {
    at -= variant.weight;
    if (at < 0) return { variant: variant.id };
  }
  return { variant: weighted.at(-1)!.id };
}

function unit(purpose: string, experimentId: string, memberId: string): number {
  return (
    createHash('sha256').update(`marquee:${purpose}:${experimentId}:${memberId}`).digest().readUIntBE(0, 6) /
    2 ** 48
  );
}
