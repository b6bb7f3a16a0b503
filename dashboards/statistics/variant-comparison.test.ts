import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { addMoments, NO_MOMENTS, type RatioMoments } from './ratio-metric.js';
import { compareVariants, PLAYS, TAKE_FRACTION } from './variant-comparison.js';

const options = { confidence: 0.95, minMembers: 30, tightestAt: 5_000, guardrailMargin: 0.02 };

/** Members who see 1 to 8 titles and play each with one probability. */
function drawn(members: number, takeFraction: number, rng: ReturnType<typeof seededRng>): RatioMoments {
  let [impressions, plays, impressionsSquared, playsSquared, playsTimesImpressions] = [0, 0, 0, 0, 0];
  for (let m = 0; m < members; m++) {
    const n = 1 + rng.below(8);
    let y = 0;
    for (let i = 0; i < n; i++) y += rng.uniform() < takeFraction ? 1 : 0;
    impressions += n;
    plays += y;
    impressionsSquared += n * n;
    playsSquared += y * y;
    playsTimesImpressions += n * y;
  }
  return { members, impressions, plays, impressionsSquared, playsSquared, playsTimesImpressions };
}

describe('compareVariants', () => {
  it('names no winner and no loser in A/A data, however often it is asked: at most 5 in 100 experiments of three variants', () => {
    const rng = seededRng(11);
    let wrong = 0;
    for (let experiment = 0; experiment < 100; experiment++) {
      let groups = [NO_MOMENTS, NO_MOMENTS, NO_MOMENTS];
      let found = false;
      for (let look = 0; look < 30; look++) {
        groups = groups.map((sum) => addMoments(sum, drawn(40, 0.2, rng)));
        const compared = compareVariants(groups[0]!, groups.slice(1), options);
        found ||= compared.some(({ verdict }) => verdict.kind !== 'undecided');
      }
      if (found) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(5);
  });

  it('finds a planted lift and a planted loss', () => {
    const rng = seededRng(12);
    const [base, better, worse] = [0.2, 0.3, 0.1].map((p) => drawn(3_000, p, rng));
    const [up, down] = compareVariants(base!, [better!, worse!], options);
    expect(up!.verdict).toEqual({ kind: 'ship', reason: 'superior' });
    expect(down!.verdict).toMatchObject({ kind: 'do-not-ship' });
    expect(up!.plays!.sequence.low).toBeGreaterThan(0);
    // What may be watched is wider than what is right once.
    expect(up!.plays!.sequence.low).toBeLessThan(up!.plays!.welch.low);
  });

  it('does not ship more plays that come of more impressions while the take fraction falls', () => {
    const rng = seededRng(13);
    const base = drawn(4_000, 0.2, rng);
    const spread = drawn(4_000, 0.3, rng);
    const crowded = { ...spread, impressions: spread.impressions * 2 };
    const squares = { impressionsSquared: spread.impressionsSquared * 4 };
    const products = { playsTimesImpressions: spread.playsTimesImpressions * 2 };
    const [compared] = compareVariants(base, [{ ...crowded, ...squares, ...products }], options);
    expect(compared!.plays!.sequence.low).toBeGreaterThan(0);
    expect(compared!.verdict).toEqual({ kind: 'do-not-ship', reason: 'guardrail', metric: TAKE_FRACTION });
  });

  it('says nothing of an empty group, of one member, or of data that are not to be trusted', () => {
    const rng = seededRng(14);
    const base = drawn(100, 0.2, rng);
    for (const few of [NO_MOMENTS, drawn(1, 0.5, rng), drawn(29, 0.5, rng)])
      expect(compareVariants(base, [few], options)[0]).toEqual({
        ...{ plays: undefined, takeFraction: undefined, adjustedP: 1 },
        verdict: { kind: 'undecided', metric: PLAYS },
      });
    const [judged] = compareVariants(base, [drawn(9_000, 0.9, rng)], options, 'the split is off');
    expect(judged!.verdict).toEqual({ kind: 'unhealthy', reason: 'the split is off' });
  });
});
