import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelEvent } from '../events/events.js';
import { DEFAULT_JOIN_SETTINGS } from '../join/join-outcome.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  playOf,
  playRecord,
  type TopicRecord,
} from '../join/joined-events.fixture.js';
import { PartitionJoin } from '../join/partition-join.js';
import { readRecord } from '../join/record-reading.js';
import { rewardExpression } from '../join/reward-expression.js';
import { emptyExamination, foldExamination, type ExaminationStatistics } from './examination-fold.js';

/** Two rows, 2 + 1 slots: P(slots 0, 1 the other way round) = 0.5, P(the rows the other way round) = 0.25. */
const PAGE = decisionOf(0, {
  rowPropensities: Float32Array.of(0.75, 1),
  rowSwaps: Float32Array.of(0.25, 0),
  columnExamination: Float32Array.of(1, 0.75),
  rowExamination: Float32Array.of(1, 0.5),
});

function labelsOf(records: readonly TopicRecord[]): LabelEvent[] {
  const join = new PartitionJoin(DEFAULT_JOIN_SETTINGS, rewardExpression('min(1, watchedSeconds / 600)'));
  return records.flatMap(({ topic, key, value }, offset) =>
    join
      .take(readRecord({ topic, key, value, offset }))
      .flatMap((outcome) => ('label' in outcome ? [outcome.label] : [])),
  );
}

function folded(records: readonly TopicRecord[]): ExaminationStatistics {
  const statistics = emptyExamination();
  for (const label of labelsOf(records)) foldExamination(statistics, label);
  return statistics;
}

const pairSums = ({ columns, rows }: ExaminationStatistics): number[] =>
  [columns, rows].flatMap((axis) => {
    const sum = (from: number): number =>
      axis
        .table()
        .subarray(from, from + axis.groups)
        .reduce((a, b) => a + b, 0);
    return [sum(0), sum(axis.groups)];
  });

const opened = decisionRecord(PAGE);
const impressions = [0, 1, 2].map((slot) => impressionRecord(impressionOf(0, slot)));
const plays = [
  playOf(0, 0, 300),
  playOf(0, 0, 600, { playId: '2' }),
  playOf(0, 1, 150),
  playOf(0, 2, 450),
].map(playRecord);

describe('what labels say of examination', () => {
  it('is each reward at its slot, by the probability that it and its neighbour stood the other way round', () => {
    // By hand: rewards 1, 0.25, 0.75. Columns 0 and 1 of the first row; rows 0 and 1 of the first column.
    expect(pairSums(folded([opened, ...impressions, ...plays]))).toEqual([
      0.5 * 1,
      0.5 * 0.25,
      0.25 * 1,
      0.25 * 0.75,
    ]);
  });

  it('is the same in whatever order the page’s events come, with repeats', () => {
    const expected = pairSums(folded([opened, ...impressions, ...plays]));
    const all = [opened, ...impressions, ...plays, ...impressions, ...plays];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }), (records) => {
        expect(pairSums(folded(records))).toEqual(expected.map((sum) => expect.closeTo(sum, 12) as number));
      }),
      { seed: 41, numRuns: 200 },
    );
  });

  it('counts a pair only where both were displayed', () => {
    expect(pairSums(folded([opened, impressions[0]!, impressions[2]!, ...plays]))).toEqual([
      0,
      0,
      0.25,
      0.25 * 0.75,
    ]);
    expect(pairSums(folded([opened, impressions[1]!, impressions[2]!, ...plays]))).toEqual([0, 0, 0, 0]);
  });

  it('says nothing where rows stand as they were given', () => {
    const given = decisionRecord(decisionOf(0));
    expect(pairSums(folded([given, ...impressions, ...plays])).slice(2)).toEqual([0, 0]);
  });

  it('gives trial and late reward the examination that the decision recorded, column by row, the last holding beyond', () => {
    const labels = labelsOf([opened, ...impressions, ...plays]);
    const of = (slot: number): number[] => labels.filter((l) => l.slot === slot).map((l) => l.examination);
    expect([of(0), of(1), of(2)]).toEqual([
      [1, 1, 1],
      [0.75, 0.75],
      [0.5, 0.5],
    ]);
    const short = decisionRecord({ ...PAGE, columnExamination: Float32Array.of(0.5) });
    expect(labelsOf([short, ...impressions]).map((l) => l.examination)).toEqual([0.5, 0.5, 0.25]);
  });
});
