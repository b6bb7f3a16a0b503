import type { Policy } from '../../bandit/policy.js';
import { AppError, shown } from '../../core/errors.js';
import type { LabelEvent } from '../events/events.js';

/** One model to learn: what it is called, from which labels it learns, and how it is fitted. */
export interface ModelSpec {
  /** for example `home/personal` (canvas and variant): 1 to 100 of a-z A-Z 0-9 . _ - / */
  readonly key: string;
  readonly policy: Policy;
  /** the arms are a title's artworks, or the titles of a row */
  readonly target: 'artwork' | 'title';
  /**
   * Which labels it learns from: its canvas and variant, and the shared random slice. A pure function of the label: a replay asks again.
   */
  readonly learnsFrom: (label: LabelEvent) => boolean;
  /** λ > 0 of the shared block, see `priorFrom` */
  readonly lambda: number;
  /** a trial counts half after this long; undefined: nothing is forgotten */
  readonly halfLifeMs?: number;
}

/** @throws AppError `config/bad-value` on a key that repeats or has other characters */
export function checkModelSpecs(models: readonly ModelSpec[]): void {
  const seen = new Set<string>();
  for (const { key } of models) {
    if (!/^[\w./-]{1,100}$/.test(key) || seen.has(key)) {
      throw new AppError(
        'config/bad-value',
        `model key ${shown(key)}; expected 1 to 100 of a-z A-Z 0-9 . _ - /, each key once`,
      );
    }
    seen.add(key);
  }
}
