import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { packedLength } from './linalg/packed.js';

const D = 4;
const DAY_MS = 86_400_000;

interface Trial {
  readonly row: number;
  readonly x: Float32Array;
  readonly weight: number;
  readonly reward: number;
  readonly atMs: number;
}

const trial: fc.Arbitrary<Trial> = fc.record({
  row: fc.nat(40),
  x: fc.float32Array({ minLength: D, maxLength: D, min: -2, max: 2, noNaN: true }),
  weight: fc.double({ min: 0, max: 3, noNaN: true }),
  reward: fc.double({ min: -1, max: 1, noNaN: true }),
  atMs: fc.integer({ min: 0, max: 60 * DAY_MS }),
});
const trials = fc.array(trial, { maxLength: 40 });

/** Every sum of every row, so that two statistics can be compared within a tolerance. */
function sums(statistics: ArmStatistics): number[] {
  const outer = new Float64Array(packedLength(D));
  const rewarded = new Float64Array(D);
  return Array.from({ length: statistics.rows }, (_, row) => {
    statistics.readSums(row, outer, rewarded);
    return [
      statistics.trials(row),
      statistics.rewardSum(row),
      statistics.asOfMs(row) ?? -1,
      ...outer,
      ...rewarded,
    ];
  }).flat();
}

function learned(events: readonly Trial[], halfLifeMs?: number): ArmStatistics {
  const statistics = new ArmStatistics({ dimension: D, ...(halfLifeMs === undefined ? {} : { halfLifeMs }) });
  for (const { row, x, weight, reward, atMs } of events) {
    statistics.addTrial(row, x, 0, weight, atMs);
    statistics.addReward(row, x, 0, reward, weight, atMs);
  }
  return statistics;
}

function expectClose(actual: ArmStatistics, expected: ArmStatistics): void {
  const [a, b] = [sums(actual), sums(expected)];
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(b[i]!)));
  });
}

const halfLife = fc.constantFrom(undefined, Infinity, 3 * DAY_MS, 30 * DAY_MS);

describe('sums', () => {
  it('are Σw, Σw·r, Σw·xxᵀ and Σw·r·x (closed form, by hand)', () => {
    const statistics = new ArmStatistics({ dimension: 2 });
    const x = Float32Array.of(9, 1, 2, 3, -1);
    statistics.addTrial(5, x, 1, 1, 0);
    statistics.addTrial(5, x, 3, 2, 0);
    statistics.addReward(5, x, 3, 0.5, 2, 0);
    const outer = new Float64Array(3);
    const rewarded = new Float64Array(2);
    statistics.readSums(5, outer, rewarded);
    expect([statistics.trials(5), statistics.rewardSum(5)]).toEqual([3, 1]);
    // 1·[1, 2; 2, 4] + 2·[9, −3; −3, 1]
    expect([...outer]).toEqual([19, -4, 6]);
    expect([...rewarded]).toEqual([3, -1]);
  });

  it('halve once per half-life, and a trial that arrives late enters weighted down', () => {
    const statistics = new ArmStatistics({ dimension: 1, halfLifeMs: DAY_MS });
    const x = Float32Array.of(2);
    statistics.addTrial(0, x, 0, 1, 0);
    statistics.addTrial(0, x, 0, 1, 2 * DAY_MS);
    expect(statistics.trials(0)).toBe(1.25);
    statistics.addTrial(0, x, 0, 1, DAY_MS);
    expect(statistics.trials(0)).toBe(1.75);
    const outer = new Float64Array(1);
    statistics.readSums(0, outer, new Float64Array(1));
    expect(outer[0]).toBe(7);
    expect(statistics.asOfMs(0)).toBe(2 * DAY_MS);
  });

  it('are those of the weights 2^(−(asOf − t)/halfLife), whatever the order of arrival', () => {
    fc.assert(
      fc.property(trials, fc.integer(), (events, seed) => {
        const half = 5 * DAY_MS;
        const statistics = learned(shuffled(events, seed), half);
        for (let row = 0; row < statistics.rows; row++) {
          const own = events.filter((event) => event.row === row);
          const asOf = Math.max(...own.map((event) => event.atMs));
          const expected = own.reduce(
            (sum, event) => sum + event.weight * Math.pow(0.5, (asOf - event.atMs) / half),
            0,
          );
          expect(statistics.trials(row)).toBeCloseTo(expected, 9);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const rng = seededRng(seed);
  const keyed = items.map((item) => ({ item, key: rng.uniform() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe('laws', () => {
  it('a late reward equals an early one', () => {
    fc.assert(
      fc.property(trials, halfLife, fc.integer(), (events, half, seed) => {
        const late = new ArmStatistics({ dimension: D, ...(half === undefined ? {} : { halfLifeMs: half }) });
        for (const { row, x, weight, atMs } of events) late.addTrial(row, x, 0, weight, atMs);
        for (const { row, x, weight, reward, atMs } of shuffled(events, seed))
          late.addReward(row, x, 0, reward, weight, atMs);
        expectClose(late, learned(events, half));
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('merge(A, B) equals learning together, both ways round', () => {
    fc.assert(
      fc.property(trials, trials, halfLife, (first, second, half) => {
        const together = learned([...first, ...second], half);
        const forward = learned(first, half);
        forward.merge(learned(second, half));
        const backward = learned(second, half);
        backward.merge(learned(first, half));
        expectClose(forward, together);
        expectClose(backward, together);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('a reward taken back leaves what was there', () => {
    fc.assert(
      fc.property(trials, trial, (events, extra) => {
        const statistics = learned(events);
        statistics.addTrial(extra.row, extra.x, 0, 1, 0);
        const before = sums(statistics);
        statistics.addReward(extra.row, extra.x, 0, extra.reward, 1, 0);
        statistics.addReward(extra.row, extra.x, 0, -extra.reward, 1, 0);
        sums(statistics).forEach((value, i) => {
          expect(value).toBeCloseTo(before[i]!, 10);
        });
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('replaying the same events is bit-identical; a clone is equal and goes its own way', () => {
    fc.assert(
      fc.property(trials, trial, halfLife, (events, extra, half) => {
        const statistics = learned(events, half);
        expect(statistics.equals(learned(events, half))).toBe(true);
        const copy = statistics.clone();
        expect(copy.equals(statistics)).toBe(true);
        expect(copy.drainTouched()).toEqual(statistics.clone().drainTouched());
        copy.addTrial(extra.row, extra.x, 0, 1, 90 * DAY_MS);
        expect(copy.equals(statistics)).toBe(false);
        expect(statistics.equals(learned(events, half))).toBe(true);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('rows survive encoding bit for bit', () => {
    fc.assert(
      fc.property(trials, halfLife, (events, half) => {
        const statistics = learned(events, half);
        const restored = learned([], half);
        for (let row = statistics.rows - 1; row >= 0; row--)
          restored.decodeRow(row, statistics.encodeRow(row));
        expect(restored.equals(statistics)).toBe(true);
        expect(restored.totals()).toEqual(statistics.totals());
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('drains each changed row once, ascending', () => {
    fc.assert(
      fc.property(trials, trials, (first, second) => {
        const statistics = learned(first);
        const rowsOf = (events: readonly Trial[]): number[] =>
          [...new Set(events.map(({ row }) => row))].sort((a, b) => a - b);
        expect([...statistics.drainTouched()]).toEqual(rowsOf(first));
        for (const { row, x } of second) statistics.addTrial(row, x, 0, 1, 0);
        expect([...statistics.drainTouched()]).toEqual(rowsOf(second));
        expect(statistics.drainTouched().length).toBe(0);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe('sparse rows', () => {
  it('take no memory between them and answer 0 where nothing was learned', () => {
    const statistics = new ArmStatistics({ dimension: 32 });
    const x = new Float32Array(32).fill(1);
    statistics.addTrial(4_000_000, x, 0, 1, 0);
    statistics.addTrial(2, x, 0, 1, 0);
    expect(statistics.byteLength).toBeLessThan(200_000);
    expect(statistics.rows).toBe(4_000_001);
    expect([statistics.has(2), statistics.has(3), statistics.trials(3), statistics.asOfMs(3)]).toEqual([
      true,
      false,
      0,
      undefined,
    ]);
  });

  it('count without contexts at d = 0', () => {
    const statistics = new ArmStatistics({ dimension: 0 });
    const none = new Float32Array(0);
    statistics.addTrial(1, none, 0, 1, 0);
    statistics.addReward(1, none, 0, 1, 1, 0);
    expect(statistics.totals()).toEqual({ trials: 1, rewardSum: 1 });
  });
});

describe('version 1 of an encoded row', () => {
  it('is these bytes', () => {
    const statistics = new ArmStatistics({ dimension: 1 });
    statistics.addTrial(0, Float32Array.of(2), 0, 1, 1000);
    statistics.addReward(0, Float32Array.of(2), 0, 0.5, 1, 1000);
    // u8 1 · u8 1 · u16 1 · u32 0 · f64 n = 1 · Σr = 0.5 · asOf = 1000 · S = 4 · b = 1, little-endian IEEE 754
    const hex = [
      '0101010000000000',
      '000000000000f03f',
      '000000000000e03f',
      '0000000000408f40',
      '0000000000001040',
      '000000000000f03f',
    ].join('');
    expect(Buffer.from(statistics.encodeRow(0)).toString('hex')).toBe(hex);
  });

  it('is refused when anything about it is wrong, and changes nothing', () => {
    const statistics = learned([{ row: 0, x: new Float32Array(D).fill(1), weight: 1, reward: 1, atMs: 0 }]);
    const good = statistics.encodeRow(0);
    const nan = good.slice();
    new DataView(nan.buffer).setFloat64(16, NaN, true);
    const negative = good.slice();
    new DataView(negative.buffer).setFloat64(8, -1, true);
    const bad = [new Uint8Array(0), good.subarray(1), Uint8Array.of(...good, 0), nan, negative];
    for (const at of [0, 1, 2, 4]) bad.push(good.with(at, 9));
    for (const bytes of bad) {
      expect(() => {
        statistics.decodeRow(0, bytes);
      }).toThrow(expect.objectContaining({ code: 'checkpoint/corrupt' }));
    }
    expect(statistics.encodeRow(0)).toEqual(good);
  });
});

describe('bad input', () => {
  const x = new Float32Array(D).fill(1);
  const bad: [string, string, (s: ArmStatistics) => void][] = [
    [
      'a negative row',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(-1, x, 0, 1, 0);
      },
    ],
    [
      'a fractional row',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(1.5, x, 0, 1, 0);
      },
    ],
    [
      'a huge row',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(2 ** 22, x, 0, 1, 0);
      },
    ],
    [
      'x too short',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(0, x, 1, 1, 0);
      },
    ],
    [
      'a negative offset',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(0, x, -1, 1, 0);
      },
    ],
    [
      'NaN in x',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(0, Float32Array.of(1, NaN, 1, 1), 0, 1, 0);
      },
    ],
    [
      'Infinity in x',
      'bandit/bad-shape',
      (s) => {
        s.addReward(0, Float32Array.of(1, -Infinity, 1, 1), 0, 1, 1, 0);
      },
    ],
    [
      'a negative weight',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(0, x, 0, -1, 0);
      },
    ],
    [
      'a NaN weight',
      'bandit/bad-shape',
      (s) => {
        s.addReward(0, x, 0, 1, NaN, 0);
      },
    ],
    [
      'no time',
      'bandit/bad-shape',
      (s) => {
        s.addTrial(0, x, 0, 1, NaN);
      },
    ],
    [
      'a reward change over 1',
      'bandit/bad-reward',
      (s) => {
        s.addReward(0, x, 0, 1.01, 1, 0);
      },
    ],
    [
      'a reward change under −1',
      'bandit/bad-reward',
      (s) => {
        s.addReward(0, x, 0, -1.01, 1, 0);
      },
    ],
    [
      'a NaN reward',
      'bandit/bad-reward',
      (s) => {
        s.addReward(0, x, 0, NaN, 1, 0);
      },
    ],
    [
      'statistics of another d',
      'bandit/bad-shape',
      (s) => {
        s.merge(new ArmStatistics({ dimension: D + 1 }));
      },
    ],
    [
      'statistics of another half-life',
      'bandit/bad-shape',
      (s) => {
        s.merge(new ArmStatistics({ dimension: D, halfLifeMs: 5 }));
      },
    ],
  ];
  it.each(bad)('%s → %s, and nothing has changed', (_, code, act) => {
    const statistics = learned([{ row: 0, x, weight: 1, reward: 1, atMs: 0 }]);
    const before = statistics.clone();
    statistics.drainTouched();
    expect(() => {
      act(statistics);
    }).toThrow(expect.objectContaining({ code }));
    expect(statistics.equals(before)).toBe(true);
    expect(statistics.drainTouched().length).toBe(0);
  });

  it.each([
    { dimension: -1 },
    { dimension: 2.5 },
    { dimension: 257 },
    { dimension: 1, halfLifeMs: 0 },
    { dimension: 1, halfLifeMs: NaN },
    { dimension: 1, maxRows: 0 },
  ])('settings %j are refused', (options) => {
    expect(() => new ArmStatistics(options)).toThrow(expect.objectContaining({ code: 'bandit/bad-setting' }));
  });
});
