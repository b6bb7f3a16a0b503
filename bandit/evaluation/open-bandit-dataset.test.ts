import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import type { Estimator } from './index.js';
import { ipw, replay, snipw } from './index.js';

const ARMS = 34;

interface ObdRow {
  readonly item_id: string;
  readonly click: string;
  readonly propensity_score: string;
}

function obd(name: 'bts' | 'random'): ObdRow[] {
  const bytes = readFileSync(new URL(`../../test/fixtures/obd/${name}.csv.gz`, import.meta.url));
  return parse<ObdRow>(gunzipSync(bytes), { columns: true });
}

const rows = { bts: obd('bts'), random: obd('random') };

function evaluate(log: 'bts' | 'random', estimator: Estimator, target: (item: number) => number): Estimator {
  for (const row of rows[log]) {
    estimator.add({
      reward: Number(row.click),
      loggingPropensity: Number(row.propensity_score),
      targetPropensity: target(Number(row.item_id)),
      offeredArms: ARMS,
    });
  }
  return estimator;
}

const uniform = (): number => 1 / ARMS;
const linear = (item: number): number => (2 * (item + 1)) / (ARMS * (ARMS + 1));

// Oracle: the definitions of Open Bandit Pipeline's InverseProbabilityWeighting and SelfNormalizedInverseProbabilityWeighting summed in
// Python over the published sample, all positions pooled.
describe('estimators on the Open Bandit Dataset, campaign men', () => {
  it('evaluates uniform from the Thompson sampling log', () => {
    const byWeight = evaluate('bts', ipw(), uniform).estimate();
    expect(byWeight.n).toBe(10_000);
    expect(byWeight.value).toBeCloseTo(0.003008626327, 12);
    expect(byWeight.effectiveSampleSize).toBeCloseTo(655.70985, 6);
    expect(evaluate('bts', snipw(), uniform).estimate().value).toBeCloseTo(0.003189423162, 12);
  });

  it('evaluates LIN, π(a) = 2(a + 1)/(K(K + 1)), from the uniform log, with the Gaussian interval', () => {
    const byWeight = evaluate('random', ipw(), linear).estimate();
    expect(byWeight.value).toBeCloseTo(0.005011428571, 12);
    expect(byWeight.low).toBeCloseTo(0.003368596323, 12);
    expect(byWeight.high).toBeCloseTo(0.00665426082, 12);
    expect(byWeight.effectiveSampleSize).toBeCloseTo(7610.082959, 6);
    expect(evaluate('random', snipw(), linear).estimate().value).toBeCloseTo(0.005017076366, 12);
  });

  it('says of each whether it can be used', () => {
    // 69 clicks, few of them on arms that the log rarely showed: (V̂/standard error)² is about 15.
    expect(evaluate('bts', ipw(), uniform).estimate()).toMatchObject({ verdict: 'weak' });
    expect(evaluate('random', ipw(), linear).estimate()).toMatchObject({ verdict: 'usable' });
  });

  it('refuses to replay the Thompson sampling log and replays the uniform one', () => {
    expect(() => evaluate('bts', replay(seededRng(1)), uniform)).toThrow(
      expect.objectContaining({ code: 'evaluation/not-uniform' }),
    );
    const kept = evaluate('random', replay(seededRng(1)), uniform).estimate();
    // 10,000 rows kept with probability 1/34 each: 294 ± 4 standard deviations of 16.9.
    expect(Math.abs(kept.effectiveSampleSize - 10_000 / ARMS)).toBeLessThan(68);
    expect(kept.maxWeight).toBeCloseTo(ARMS, 9);
  });

  it('replay agrees with SNIPW within its own interval', () => {
    const kept = evaluate('random', replay(seededRng(2)), linear).estimate();
    const { value } = evaluate('random', snipw(), linear).estimate();
    expect(kept.low).toBeLessThan(value);
    expect(kept.high).toBeGreaterThan(value);
  });
});
