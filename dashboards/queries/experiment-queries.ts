import { addMoments, NO_MOMENTS, type RatioMoments } from '../statistics/ratio-metric.js';
import type { Buckets } from './outcome-queries.js';
import type { Ask } from './shared-questions.js';
import { sqlFile } from './sql-file.js';

/** Which members count, and what of theirs. */
export interface ExperimentQuestion {
  readonly experiment: string;
  readonly variants: readonly string[];
  /** from a member's first exposure on; what comes later is left out */
  readonly windowMs: number;
  /** members whose window closes later are left out; epoch milliseconds */
  readonly asOfMs: number;
}

/** Moments of all members whose window closed until then. */
export interface Look extends RatioMoments {
  readonly untilMs: number;
}

export interface VariantLooks {
  readonly variant: string;
  /** ascending in time, one for every bucket from the first window that closed on; the last is the state at `asOfMs` */
  readonly looks: readonly Look[];
  /** members whose window is still open */
  readonly open: number;
}

export interface ExperimentLooks {
  readonly variants: readonly VariantLooks[];
  /** members seen in more than one variant: left out everywhere */
  readonly strayMembers: number;
}

export interface SegmentMoments extends RatioMoments {
  readonly dimension: 'device' | 'country';
  /** a country's code, or a device's place in the client's list */
  readonly segment: string;
  readonly variant: string;
}

export interface DayMoments {
  readonly variant: string;
  /** days since first exposure, from 0 */
  readonly day: number;
  readonly members: number;
  readonly plays: number;
  readonly playsSquared: number;
}

/** Each answers with a handful of rows, whatever there is. @throws AppError `analytics/*` */
export interface ExperimentQueries {
  looks(question: ExperimentQuestion, buckets: Buckets): Promise<ExperimentLooks>;
  segments(question: ExperimentQuestion, most: number): Promise<readonly SegmentMoments[]>;
  days(question: ExperimentQuestion, mostDays: number): Promise<readonly DayMoments[]>;
}

const overMembers = (question: string): string =>
  `WITH members AS\n(\n${sqlFile('experiment-members')})\n${sqlFile(question)}`;
const LOOKS = overMembers('experiment-looks');
const SEGMENTS = overMembers('experiment-segments');
const DAYS = sqlFile('experiment-days');

interface ClosedRow extends RatioMoments {
  readonly variant: string;
  /** −1: windows still open */
  readonly bucket: number;
}

function looksOf(
  variant: string,
  rows: readonly ClosedRow[],
  question: ExperimentQuestion,
  buckets: Buckets,
): VariantLooks {
  const own = rows.filter((row) => row.variant === variant);
  const looks: Look[] = [];
  let sum = NO_MOMENTS;
  for (let bucket = 0; bucket < buckets.count; bucket++) {
    const closed = own.find((row) => row.bucket === bucket);
    if (closed !== undefined) sum = addMoments(sum, closed);
    const untilMs = Math.min(question.asOfMs, buckets.fromMs + (bucket + 1) * buckets.bucketMs);
    if (sum.members > 0) looks.push({ ...sum, untilMs });
  }
  return { variant, looks, open: own.find((row) => row.bucket === -1)?.members ?? 0 };
}

export function experimentQueries(ask: Ask): ExperimentQueries {
  return {
    async looks(question, buckets) {
      const { fromMs, bucketMs } = buckets;
      const rows = await ask<ClosedRow>(LOOKS, { ...question, fromMs, bucketMs });
      return {
        variants: question.variants.map((variant) => looksOf(variant, rows, question, buckets)),
        strayMembers: rows.filter((row) => row.variant === '').reduce((sum, { members }) => sum + members, 0),
      };
    },
    segments: (question, most) => ask<SegmentMoments>(SEGMENTS, { ...question, most }),
    days({ experiment, variants, asOfMs }, mostDays) {
      return ask<DayMoments>(DAYS, { experiment, variants, asOfMs, mostDays });
    },
  };
}
