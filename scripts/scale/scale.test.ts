import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ASSUMPTIONS, learning, serving, tables } from './demand.js';
import { readMeasured, readMeasurements, type Measured } from './measured.js';
import { recordSizes } from './record-sizes.js';
import { currentScalePage, SCALE_PAGE } from './write-scale-docs.js';

/** Round numbers, so that the sums below can be done in the head. */
const ROUND: Measured = {
  ...{ pageCpuUs: 800, rowCpuUs: 40, eventCpuUs: 50, artworkBytes: 500 },
  ...{ engineRowCpuUs: 20, sinkRowCpuUs: 10, tableRowBytes: 25 },
};

it('is the page on disk: after a measurement has changed, run scripts/scale/write-scale-docs.ts', () => {
  expect(readFileSync(SCALE_PAGE, 'utf8')).toBe(currentScalePage());
});

it('reads every number from the page where it was written down', () => {
  const measured = readMeasured(readMeasurements());
  for (const [id, value] of Object.entries(measured)) expect(value, id).toBeGreaterThan(0);
  expect(() => readMeasured([{ ...readMeasurements()[0]!, pattern: 'no such (\\d+) line' }])).toThrow(
    'README.md has no line that matches',
  );
});

it('multiplies as one would by hand', () => {
  // 20 M titles a second in pages of 800 are 25,000 pages; at 800 µs each 20 cores, and 40 at half load.
  expect(serving(ASSUMPTIONS, 800, ROUND.pageCpuUs, 10_000)).toEqual({
    ...{ requestsPerSecond: 25_000, decisionsPerCore: 1e6, cores: 40, recordBytesPerSecond: 250e6 },
  });
  // 1.5 M impressions and 30,000 plays; at 50 µs each 76.5 cores, 153 at half load.
  const learned = learning(ASSUMPTIONS, ROUND, { ...recordSizes(), impression: 100, play: 200 });
  expect(learned).toMatchObject({
    eventsPerSecond: 1.53e6,
    cores: 153,
    partitions: 153,
    eventsPerCore: 20_000,
  });
  expect(learned.eventBytesPerSecond).toBeCloseTo(156e6, 0);
  // 3.06 M rows at 20 and at 10 µs.
  expect(tables(ASSUMPTIONS, ROUND, learned).engineCores).toBeCloseTo(122.4, 9);
  expect(tables(ASSUMPTIONS, ROUND, learned).sinkCores).toBeCloseTo(61.2, 9);
});

it('knows how large records are', () => {
  const sizes = recordSizes();
  // 4 + 1 + 4 + 4 + 1 + 1 bytes a slot, and what is said once
  expect(sizes.decisionOfPage - sizes.decisionOfRow).toBeGreaterThan(15 * 760);
  expect(sizes.decisionOfPage).toBeLessThan(15 * 800 + 1_000);
});
