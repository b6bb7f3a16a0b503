import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from './kernels.js';
import { RowTable } from './row-table.js';

const SMALLEST = 2 ** 22;

/** What is done to an arena: ask for so many float64, or give back one of those held. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('take' as const), length: fc.integer({ min: 0, max: 3000 }) }),
    fc.record({ kind: fc.constant('free' as const), which: fc.nat(50) }),
  ),
  { maxLength: 80 },
);

describe('the kernels’ memory', () => {
  it('hands out zeros that nothing else writes to, however much is taken and freed, and is no fault when full', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const kernels = createKernels({ maximumBytes: SMALLEST });
        const held: { view: Float64Array; mark: number }[] = [];
        taken.forEach((step, mark) => {
          if (step.kind === 'take') {
            const view = kernels.float64(step.length);
            expect(view.length).toBe(step.length);
            expect(view.every((value) => value === 0)).toBe(true);
            const address = kernels.addressOf(view);
            expect(address < 0 || address % 64 === 0).toBe(true);
            held.push({ view: view.fill(mark + 1), mark: mark + 1 });
          } else if (held.length > 0) {
            const [given] = held.splice(step.which % held.length, 1);
            kernels.free(given!.view);
            kernels.free(given!.view);
          }
        });
        for (const { view, mark } of held) expect(view.every((value) => value === mark)).toBe(true);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('keeps views valid when it grows, and gives ordinary arrays when it cannot', () => {
    const kernels = createKernels({ maximumBytes: 2 * SMALLEST });
    const views = Array.from({ length: 12 }, (_, i) => kernels.float64(2 ** 17).fill(i));
    views.forEach((view, i) => {
      expect([view[0], view[2 ** 17 - 1]]).toEqual([i, i]);
    });
    const addresses = views.map((view) => kernels.addressOf(view));
    expect(addresses.filter((address) => address >= 0).length).toBeGreaterThan(4);
    expect(addresses.at(-1)).toBe(-1);
    kernels.free(views[0]!);
    expect(kernels.addressOf(kernels.float64(2 ** 17))).toBe(addresses[0]);
  });

  it('a table that does not fit into it is scored all the same', () => {
    const kernels = createKernels({ maximumBytes: SMALLEST });
    const table = new RowTable(1000, kernels);
    const out = new Float64Array(1);
    const x = new Float32Array(1000).fill(1);
    for (let row = 0; row < 2000; row++) {
      const slot = table.claim(row);
      table.block(slot).fill(row, table.offset(slot), table.offset(slot) + 1000);
    }
    expect(table.address).toBe(-1);
    for (const row of [0, 900, 1999]) {
      kernels.gatherDots(table, Int32Array.of(row), 1, x, 1000, new Float64Array(1000), out);
      expect(out[0]).toBe(1000 * row);
    }
    table.clear();
    expect(table.address).toBeGreaterThanOrEqual(0);
    expect(table.slotOf(1)).toBe(-1);
  });

  it('takes back what a table held once the table is garbage', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const kernels = createKernels({ maximumBytes: SMALLEST });
    // 40 tables of 1 MB pass through a memory of 4 MB: each one that finds no room waits until an earlier one has gone.
    for (let n = 0; n < 40; n++) {
      const addressOfOne = (): number => {
        const table = new RowTable(4096, kernels);
        for (let row = 0; row < 64; row++) table.claim(row);
        return table.address;
      };
      while (addressOfOne() < 0) {
        collect();
        await nextTurn();
      }
    }
  });

  it.each([NaN, 0, 2 ** 22 - 1, 2 ** 22 + 0.5, 2 ** 32 + 1])(
    'refuses a limit of %d bytes',
    (maximumBytes) => {
      expect(() => createKernels({ maximumBytes })).toThrow(
        expect.objectContaining({ code: 'bandit/bad-setting' }),
      );
    },
  );
});
