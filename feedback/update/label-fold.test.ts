import { describe, expect, it } from 'vitest';
import { createPolicy, neuralLinear } from '../../bandit/policies/index.js';
import { identityRepresentation, randomReluRepresentation } from '../../bandit/representation.js';
import type { LabelEvent } from '../events/events.js';
import { decisionOf, NOON_MS, REVISIONS, SCHEMA } from '../join/joined-events.fixture.js';
import { compactDecision, labelOf } from '../join/open-join.js';
import { emptyStatistics, foldLabel, type ModelStatistics } from './label-fold.js';
import type { ModelSpec } from './model-spec.js';

const CONTEXT = { schema: SCHEMA, revisions: REVISIONS };
const xs = new Float32Array(2 * SCHEMA.dimension);

function statisticsOf(changes: Partial<ModelSpec> = {}): ModelStatistics {
  const policy = createPolicy('linear-thompson', {}, SCHEMA.dimension);
  return emptyStatistics({
    key: 'm',
    policy,
    target: 'artwork',
    learnsFrom: () => true,
    lambda: 1,
    ...changes,
  });
}

function trial(slot = 1): LabelEvent {
  return labelOf(compactDecision(decisionOf(4)), slot, NOON_MS, {
    atMs: NOON_MS,
    rewardBefore: 0,
    rewardAfter: 0,
    watchedSeconds: 0,
  });
}

function reward(before: number, after: number): LabelEvent {
  return { ...trial(), kind: 'reward', rewardBefore: before, rewardAfter: after };
}

/** S packed and b of a row */
function sums(
  statistics: ModelStatistics['arms'],
  row: number,
): { outer: Float64Array; rewarded: Float64Array } {
  const d = statistics.dimension;
  const outer = new Float64Array((d * (d + 1)) / 2);
  const rewarded = new Float64Array(d);
  statistics.readSums(row, outer, rewarded);
  return { outer, rewarded };
}

describe('a label', () => {
  it('adds xxᵀ and Δr·x of the artwork that was shown to its row and to the shared block', () => {
    const model = statisticsOf();
    for (const label of [trial(), reward(0, 0.25), reward(0.25, 1)])
      expect(foldLabel([model], CONTEXT, label, xs).kind).toBe('folded');
    // request 4, slot 1: revision (4+1) % 4 = 1, arm 4 % 3 = 1, so row 1·3 + 1; device 4 % 3 = 1; daypart 1
    const [m, a] = [decisionOf(4).memberVector, REVISIONS.revision(1)!.artworkVectors.subarray(3, 6)];
    const x = Float32Array.of(
      1,
      0,
      1,
      0,
      1,
      0,
      0,
      m[0]! * a[0]! + m[1]! * a[1]! + m[2]! * a[2]!,
      m[0]! * a[0]!,
      m[1]! * a[1]!,
      m[2]! * a[2]!,
      ...m,
    );
    for (const [statistics, row] of [
      [model.arms, 4],
      [model.shared, 0],
    ] as const) {
      const { outer, rewarded } = sums(statistics, row);
      expect(statistics.trials(row)).toBe(1);
      expect(statistics.rewardSum(row)).toBe(1);
      x.forEach((xi, i) => expect(rewarded[i]).toBeCloseTo(xi, 6));
      x.forEach((xi, i) =>
        x.slice(0, i + 1).forEach((xj, j) => expect(outer[(i * (i + 1)) / 2 + j]).toBeCloseTo(xi * xj, 5)),
      );
    }
    expect(model.arms.rows).toBe(5);
  });

  it('is learned as its representation leaves it, examined as its place was', () => {
    const relu = randomReluRepresentation({ inputDimension: SCHEMA.dimension, dimension: 5, seed: 1 });
    const policy = neuralLinear(relu, createPolicy('linear-thompson', {}, 5));
    const [plain, deep] = [statisticsOf(), statisticsOf({ policy })];
    foldLabel([plain, deep], CONTEXT, { ...trial(), examination: 0.5 }, xs);
    foldLabel([plain, deep], CONTEXT, { ...reward(0, 1), examination: 0.5 }, xs);
    const x = Float32Array.from(sums(plain.arms, 4).rewarded, (value) => value / 0.5);
    const z = new Float32Array(5);
    relu.transform(x, 1, z);
    for (const [statistics, row] of [
      [deep.arms, 4],
      [deep.shared, 0],
    ] as const) {
      expect(statistics.space).toBe('random-relu@1');
      sums(statistics, row).rewarded.forEach((value, j) => expect(value).toBeCloseTo(0.5 * z[j]!, 6));
      expect(sums(statistics, row).outer[0]).toBeCloseTo(0.25 * z[0]! * z[0]!, 6);
    }
    const narrow = neuralLinear(identityRepresentation(3), createPolicy('linear-thompson', {}, 3));
    const folded = foldLabel([statisticsOf({ policy: narrow })], CONTEXT, trial(), xs);
    expect(folded.kind === 'unlearnable' ? folded.message : '').toContain('contexts of 3 entries');
  });

  it('goes to the title’s own row where titles are ordered, and to nobody who does not learn from it', () => {
    const titles = statisticsOf({ target: 'title' });
    const others = statisticsOf({ learnsFrom: ({ variant }) => variant === 'control' });
    foldLabel([others, titles], CONTEXT, trial(), xs);
    expect([
      titles.arms.trials(1),
      titles.shared.trials(0),
      others.arms.rows,
      others.shared.trials(0),
    ]).toEqual([1, 1, 0, 0]);
  });

  it.each([
    ['another context schema', { contextSchema: 'ffffffffffff' }, 'ffffffffffff'],
    ['a revision nobody knows', { titleRevision: 99 }, 'revision 99'],
    ['an arm the title does not have', { arm: 3 }, 'arm 3'],
    ['a member vector of another size', { memberVector: new Float32Array(2) }, 'vector of 2'],
    ['a device that does not exist', { device: 3 }, 'device 3'],
    ['a member vector that is not finite', { memberVector: Float32Array.of(NaN, 0, 0) }, 'finite'],
  ])('teaches nothing when it names %s', (_what, changes: Partial<LabelEvent>, why) => {
    const model = statisticsOf();
    const folded = foldLabel([model], CONTEXT, { ...trial(), ...changes }, xs);
    expect(folded.kind === 'unlearnable' ? folded.message : '').toContain(why);
    expect(model.arms.rows).toBe(0);
  });
});

describe('a label from a place that is looked at less', () => {
  const e = 0.625;
  const [low, play] = [
    { ...trial(), examination: e },
    { ...reward(0, 1), examination: e },
  ];

  it('enters a linear model as e·x: S by e², b by e, n and Σr as they are', () => {
    const [plain, corrected] = [statisticsOf(), statisticsOf()];
    for (const label of [trial(), reward(0, 1)]) foldLabel([plain], CONTEXT, label, xs);
    for (const label of [low, play]) foldLabel([corrected], CONTEXT, label, xs);
    const [was, is] = [sums(plain.arms, 4), sums(corrected.arms, 4)];
    is.outer.forEach((value, i) => expect(value).toBeCloseTo(e * e * was.outer[i]!, 6));
    is.rewarded.forEach((value, i) => expect(value).toBeCloseTo(e * was.rewarded[i]!, 6));
    expect([corrected.arms.trials(4), corrected.arms.rewardSum(4)]).toEqual([1, 1]);
  });

  it('is e of a trial to a policy that counts', () => {
    const model = statisticsOf({ policy: createPolicy('best-unpersonalised', {}, 0) });
    for (const label of [low, play, trial()]) foldLabel([model], CONTEXT, label, xs);
    expect([model.arms.trials(4), model.arms.rewardSum(4)]).toEqual([1 + e, 1]);
  });

  it('is corrected once per label, however many models learn from it', () => {
    const models = [statisticsOf(), statisticsOf(), statisticsOf({ target: 'title' })];
    foldLabel(models, CONTEXT, low, xs);
    expect(models[1]!.arms.equals(models[0]!.arms)).toBe(true);
    expect(sums(models[2]!.arms, 1).outer[0]).toBeCloseTo(e * e, 6);
  });

  it('teaches nothing when its examination is no number above 0', () => {
    for (const examination of [0, -1, NaN, Infinity]) {
      const folded = foldLabel([statisticsOf()], CONTEXT, { ...trial(), examination }, xs);
      expect(folded.kind).toBe('unlearnable');
    }
  });
});
