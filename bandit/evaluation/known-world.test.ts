import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { TRUE_VALUE, worldLog, type LoggingName } from '../../test/support/bandit-world.js';
import {
  dm,
  dr,
  drGiven,
  dros,
  ipw,
  mips,
  replay,
  sndr,
  snipw,
  switchDr,
  type Estimate,
  type Estimator,
  type LoggedOutcome,
} from './index.js';

function evaluated(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimate {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate();
}

describe('in a world whose value is known', () => {
  it('is what the world says by hand', () => expect(TRUE_VALUE).toBeCloseTo(0.38, 14));

  const cases: readonly {
    name: string;
    logging: LoggingName;
    model: 'perfect' | 'blind';
    create: () => Estimator;
  }[] = [
    { name: 'ipw', logging: 'skewed', model: 'blind', create: ipw },
    { name: 'snipw', logging: 'skewed', model: 'blind', create: snipw },
    { name: 'mips', logging: 'skewed', model: 'blind', create: mips },
    { name: 'dr', logging: 'skewed', model: 'blind', create: dr },
    { name: 'drGiven, blind q̂', logging: 'skewed', model: 'blind', create: drGiven },
    { name: 'drGiven, perfect q̂', logging: 'skewed', model: 'perfect', create: drGiven },
    { name: 'sndr', logging: 'skewed', model: 'blind', create: sndr },
    { name: 'switchDr, perfect q̂', logging: 'skewed', model: 'perfect', create: () => switchDr({ tau: 2 }) },
    { name: 'dros, perfect q̂', logging: 'skewed', model: 'perfect', create: () => dros({ lambda: 4 }) },
    { name: 'replay', logging: 'uniform', model: 'blind', create: () => replay(seededRng(7)) },
    {
      name: 'snipw by position',
      logging: 'skewed',
      model: 'blind',
      create: () => snipw({ byPosition: true }),
    },
    { name: 'dm, perfect q̂', logging: 'skewed', model: 'perfect', create: dm },
  ];
  it.each(cases)(
    '$name on a $logging log is unbiased, and its 95 % interval holds the truth as often',
    (world) => {
      const runs = 400;
      const rng = seededRng(20_11);
      let held = 0;
      let sum = 0;
      let squares = 0;
      for (let run = 0; run < runs; run++) {
        const { value, low, high } = evaluated(world.create(), worldLog(rng, { ...world, rows: 400 }));
        if (low <= TRUE_VALUE && TRUE_VALUE <= high) held++;
        sum += value;
        squares += value * value;
      }
      const mean = sum / runs;
      const error = Math.sqrt((squares / runs - mean * mean) / runs);
      expect(Math.abs(mean - TRUE_VALUE)).toBeLessThan(4 * error);
      // Binomial(400, 0.95): mean 380, standard deviation 4.4; four of them.
      expect(Math.abs(held - 380)).toBeLessThan(18);
    },
  );

  it('the direct method with a blind q̂ is biased, Switch-DR and clipping are on the way there', () => {
    const log = worldLog(seededRng(5), { logging: 'skewed', rows: 20_000, model: 'blind' });
    expect(evaluated(dm(), log).value).toBeCloseTo(0.3, 12);
    const off = (estimator: Estimator): number => Math.abs(evaluated(estimator, log).value - TRUE_VALUE);
    expect(off(switchDr({ tau: 2 }))).toBeGreaterThan(0.03);
    expect(off(ipw({ clip: 2 }))).toBeGreaterThan(0.03);
    expect(off(drGiven())).toBeLessThan(0.03);
  });
});
