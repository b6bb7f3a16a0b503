import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareDeviate } from './oracles.contract.js';
import { permutations } from './plackett-luce.contract.js';
import { orderRows, type RowPolicyOptions, type RowSlate } from './row-policy.js';

type Titles = readonly (readonly [title: number, mean: number])[];
const OPTIONS: RowPolicyOptions = {
  temperature: 0.05,
  topTitles: 3,
  attention: 0.8,
  repeatedWorth: 0.25,
  maxRows: 60,
};

function slateOf(rows: readonly Titles[], pinned = 0): RowSlate {
  const starts = Int32Array.of(0, ...rows.map(() => 0));
  rows.forEach((row, r) => (starts[r + 1] = starts[r]! + row.length));
  return {
    size: rows.length,
    pinned,
    starts,
    titles: Int32Array.from(rows.flat(), ([title]) => title),
    means: Float64Array.from(rows.flat(), ([, mean]) => mean),
    hashes: Uint32Array.from(rows, (_, r) => 77 * r + 1),
  };
}

function ordered(rows: readonly Titles[], key: number, changes: Partial<RowPolicyOptions> = {}, pinned = 0) {
  const n = rows.length;
  const out = { order: new Int32Array(n), propensities: new Float64Array(n), swaps: new Float64Array(n) };
  const placed = orderRows(slateOf(rows, pinned), { ...OPTIONS, ...changes }, { a: key, b: 3 }, out);
  return {
    order: [...out.order.subarray(0, placed)],
    propensities: [...out.propensities.subarray(0, placed)],
    swaps: [...out.swaps.subarray(0, placed)],
  };
}

/** Straight from the definition: best titles by a sort, what stands above by a set, a softmax over what is left. */
function conditionals(
  rows: readonly Titles[],
  order: readonly number[],
  changes: Partial<RowPolicyOptions> = {},
  pinned = 0,
): number[] {
  const { temperature, topTitles, attention, repeatedWorth } = { ...OPTIONS, ...changes };
  const best = rows.map((row) => [...row].sort((a, b) => b[1] - a[1]).slice(0, topTitles));
  const worth = (row: number, above: ReadonlySet<number>): number => {
    const weights = best[row]!.map((_, j) => attention ** j);
    const values = best[row]!.map(
      ([title, mean], j) => weights[j]! * mean * (above.has(title) ? repeatedWorth : 1),
    );
    return best[row]!.length === 0 ? 0 : values.reduce((a, b) => a + b) / weights.reduce((a, b) => a + b);
  };
  return order.map((row, k) => {
    if (k < pinned) return 1;
    const placed = order.slice(0, k);
    const above = new Set(placed.flatMap((r) => best[r]!.map(([title]) => title)));
    const left = rows.map((_, r) => r).filter((r) => !placed.includes(r));
    const sum = left.reduce(
      (total, r) => total + Math.exp((worth(r, above) - worth(row, above)) / temperature),
      0,
    );
    return 1 / sum;
  });
}
const product = (values: readonly number[]): number => values.reduce((all, p) => all * p, 1);

const FOUR: readonly Titles[] = [
  [
    [0, 0.2],
    [1, 0.1],
    [2, 0.3],
    [9, 0.05],
  ],
  [
    [2, 0.3],
    [3, 0.15],
    [0, 0.2],
  ],
  [[4, 0.12]],
  [
    [5, 0.2],
    [2, 0.3],
    [6, 0.2],
    [7, 0.25],
  ],
];
// Distinct means within a row: equal ones leave open which of them is among the best.
const someRows = fc.array(
  fc
    .uniqueArray(fc.tuple(fc.nat(12), fc.integer({ min: -500, max: 500 })), {
      maxLength: 6,
      selector: ([t]) => t,
    })
    .filter((row) => new Set(row.map(([, mean]) => mean)).size === row.length)
    .map((row): Titles => row.map(([title, mean]) => [title, mean / 1000])),
  { maxLength: 6 },
);

describe('the row policy', () => {
  it('draws every order of 4 rows that share titles as often as its softmaxes say (χ², 100,000 keys)', () => {
    const orders = permutations([0, 1, 2, 3]);
    const expected = orders.map((order) => product(conditionals(FOUR, order)));
    expect(expected.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    const at = new Map(orders.map((order, i) => [order.join(), i]));
    const counts = orders.map(() => 0);
    for (let key = 0; key < 100_000; key++) counts[at.get(ordered(FOUR, key).order.join())!]!++;
    expect(Math.abs(chiSquareDeviate(counts, expected))).toBeLessThan(4);
  });

  it('states the conditional probability of each place, and of each pair the other way round', () => {
    fc.assert(
      fc.property(
        someRows,
        fc.nat(),
        fc.nat(2),
        fc.double({ min: 0.02, max: 2, noNaN: true }),
        (rows, key, pins, temperature) => {
          const pinned = Math.min(pins, rows.length);
          const { order, propensities, swaps } = ordered(rows, key, { temperature }, pinned);
          expect([...order].sort((a, b) => a - b)).toEqual(rows.map((_, r) => r));
          const wanted = conditionals(rows, order, { temperature }, pinned);
          propensities.forEach((p, k) => expect(Math.abs(p - wanted[k]!)).toBeLessThan(1e-12));
          swaps.forEach((swap, k) => {
            if (k < pinned || k === rows.length - 1) {
              expect(swap).toBe(0);
              return;
            }
            const other = order.map((row, p) => (p === k ? order[k + 1]! : p === k + 1 ? order[k]! : row));
            const otherWay = product(conditionals(rows, other, { temperature }, pinned));
            expect(swap).toBeCloseTo(otherWay / (otherWay + product(wanted)), 9);
          });
        },
      ),
      { seed: 21, numRuns: 200 },
    );
  });

  it('gives the same page for the same key, whatever pages came between', () => {
    const first = ordered(FOUR, 5);
    ordered(
      [
        [[2, 5]],
        [
          [2, 4],
          [0, 1],
        ],
      ],
      6,
    );
    expect(ordered(FOUR, 5)).toEqual(first);
  });

  it('leaves pinned rows where they are, places no more than asked, and never fewer than are pinned', () => {
    for (let key = 0; key < 50; key++) {
      expect(ordered(FOUR, key, {}, 2).order.slice(0, 2)).toEqual([0, 1]);
      expect(ordered(FOUR, key, { maxRows: 3 }, 1).order).toHaveLength(3);
      expect(ordered(FOUR, key, { maxRows: 0 }, 2).order).toEqual([0, 1]);
    }
    expect(ordered([], 1)).toEqual({ order: [], propensities: [], swaps: [] });
  });

  it('puts a row below where its best titles already stand above', () => {
    const rows: Titles[] = [[[0, 0.3]], [[0, 0.29]], [[1, 0.2]]];
    expect(ordered(rows, 1, { temperature: 1e-5, repeatedWorth: 0 }).order).toEqual([0, 2, 1]);
    expect(ordered(rows, 1, { temperature: 1e-5, repeatedWorth: 1 }).order).toEqual([0, 1, 2]);
  });

  it('does not ask how the titles of a row stand', () => {
    const turned = FOUR.map((row) => [...row].reverse());
    for (let key = 0; key < 20; key++) expect(ordered(turned, key).order).toEqual(ordered(FOUR, key).order);
  });

  it('survives any spread of scores, and is even when hot', () => {
    const { order, propensities } = ordered([[[0, -1e6]], [[1, 1e6]], [[2, 1e6]]], 4, { temperature: 1e-3 });
    expect(order[2]).toBe(0);
    expect(propensities).toEqual([expect.closeTo(0.5, 12), 1, 1]);
    ordered(FOUR, 4, { temperature: 1e9 })
      .swaps.slice(0, 3)
      .forEach((swap) => expect(swap).toBeCloseTo(0.5, 8));
  });

  it.each([
    [{ temperature: 0 }, 'bandit/bad-setting'],
    [{ topTitles: 0 }, 'bandit/bad-setting'],
    [{ attention: 1.5 }, 'bandit/bad-setting'],
    [{ repeatedWorth: NaN }, 'bandit/bad-setting'],
    [{ maxRows: -1 }, 'bandit/bad-setting'],
  ])('refuses %j', (changes, code) => {
    expect(() => ordered(FOUR, 1, changes)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses means that are no numbers and buffers that do not fit', () => {
    expect(() => ordered([[[0, NaN]]], 1)).toThrow(expect.objectContaining({ code: 'bandit/bad-score' }));
    expect(() => ordered([[[-1, 0.1]]], 1)).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    expect(() => ordered(FOUR, 1, {}, 5)).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    const out = { order: new Int32Array(4), propensities: new Float64Array(3), swaps: new Float64Array(4) };
    expect(() => orderRows(slateOf(FOUR), OPTIONS, { a: 1, b: 1 }, out)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-shape' }),
    );
    const slate = { ...slateOf(FOUR), starts: Int32Array.of(0, 9, 3, 4, 5) };
    const right = { ...out, propensities: new Float64Array(4) };
    expect(() => orderRows(slate, OPTIONS, { a: 1, b: 1 }, right)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-shape' }),
    );
  });
});
