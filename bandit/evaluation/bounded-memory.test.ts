import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { worldLog } from '../../test/support/bandit-world.js';
import { dm, dr, drGiven, dros, ipw, mips, replay, sndr, snipw, switchDr } from './index.js';

/** Bytes held once everything that can be forgotten is. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// Ten million rows of this are `make proof`, part off-policy; here a sample of them.
it('what the estimators hold does not grow with the rows', () => {
  const rng = seededRng(8);
  const bootstrap = { replicates: 50 };
  const estimators = [
    ipw({
      intervals: ['clopper-pearson', 'empirical-bernstein', 'bootstrap', 'anytime-valid'],
      weightBound: 4,
      bootstrap,
    }),
    snipw({ byPosition: true, intervals: ['bootstrap'], bootstrap }),
    replay(rng.fork('target'), { intervals: ['clopper-pearson'] }),
    ...[dm, dr, drGiven, sndr, switchDr, dros, mips].map((create) => create()),
  ];
  let member = 0;
  const feed = (rows: number): void => {
    for (let fed = 0; fed < rows; fed += 1000) {
      for (const row of worldLog(rng, { logging: 'uniform', rows: 1000 })) {
        // Every row is a member that was never seen before: what grows with members would show.
        const outcome = { ...row, clusterId: `member-${member++}` };
        for (const estimator of estimators) estimator.add(outcome);
      }
    }
  };
  feed(10_000);
  const early = heldBytes();
  feed(60_000);
  // 60,000 rows as objects would be some 20 MB, their member ids alone 3 MB, in each estimator.
  expect(heldBytes() - early).toBeLessThan(1 << 20);
  for (const estimator of estimators) expect(estimator.estimate().n).toBe(70_000);
});
