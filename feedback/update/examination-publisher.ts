import {
  examinationCurve,
  type ExaminationCurve,
  type ExaminationOptions,
} from '../../bandit/examination.js';
import type { Clock } from '../../core/clock.js';
import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';
import type { PublishedStatistics } from './published-statistics.js';

/** How much places of a page are looked at, relative to its first row and column. */
export interface ExaminationCurves {
  readonly columns: ExaminationCurve;
  readonly rows: ExaminationCurve;
}

export interface ExaminationPublisherOptions {
  readonly statistics: Pick<PublishedStatistics, 'examinationMoved' | 'mergedExamination'>;
  readonly store: KeyValueStore;
  /** what is expected of the store, where others may write curves too */
  readonly guard?: readonly Expectation[];
  readonly clock: Clock;
  /** the curves are fitted anew at most so often */
  readonly intervalMs: number;
  readonly prior: ExaminationOptions;
  readonly onExamination: (curves: ExaminationCurves) => void;
}

const KEY = 'examination/curves';

/** Fits the examination curves to what all partitions know, hands them out and leaves them in the store for processes that only serve. */
export class ExaminationPublisher {
  #publishedAtMs = -Infinity;
  /** the store lacks the last ones */
  #isOwed = false;

  constructor(readonly options: ExaminationPublisherOptions) {}

  /** Fits and hands out the curves if anything was learned about them and the last time is long enough ago. @param force do it anyway */
  async publish(force: boolean): Promise<void> {
    const { statistics, clock, intervalMs, store, guard, prior, onExamination } = this.options;
    const isResting = clock.nowMs() - this.#publishedAtMs < intervalMs;
    if (!force && (isResting || !(statistics.examinationMoved() || this.#isOwed))) return;
    this.#publishedAtMs = clock.nowMs();
    this.#isOwed = true;
    const merged = statistics.mergedExamination();
    const curves = {
      columns: examinationCurve(merged.columns, prior),
      rows: examinationCurve(merged.rows, prior),
    };
    onExamination(curves);
    await store.write({ ...(guard && { expect: guard }), puts: [[KEY, encodeCurves(curves)]] });
    this.#isOwed = false;
  }
}

/** The curves a learner left in its store; undefined when it left none, or none that can be read: then nothing is corrected for. */
export async function readExaminationCurves(store: KeyValueStore): Promise<ExaminationCurves | undefined> {
  const [bytes] = await store.getMany([KEY]);
  if (bytes === undefined) return undefined;
  try {
    const { columns, rows } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<
      keyof ExaminationCurves,
      Record<keyof ExaminationCurve, readonly number[]>
    >;
    return { columns: curveOf(columns), rows: curveOf(rows) };
  } catch {
    return undefined;
  }
}

function encodeCurves(curves: ExaminationCurves): Uint8Array {
  return Buffer.from(
    JSON.stringify(curves, (_key, value: unknown) => (value instanceof Float64Array ? [...value] : value)),
  );
}

function curveOf(stored: Record<keyof ExaminationCurve, readonly number[]>): ExaminationCurve {
  return {
    examination: Float64Array.from(stored.examination),
    standardErrors: Float64Array.from(stored.standardErrors),
    plays: Float64Array.from(stored.plays),
  };
}
