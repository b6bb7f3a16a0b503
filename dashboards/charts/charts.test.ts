import { describe, expect, it } from 'vitest';
import { dotWhisker, shareBar } from './dot-whisker.js';
import { lineWithBand, type BandSeries } from './line-with-band.js';
import { stackedShare } from './stacked-share.js';

const hostile = `<script>alert("x")</script>`;
const words = { id: 'chart', title: hostile, description: hostile, width: 400, height: 200 };
const format = { formatX: (x: number) => `${x} s`, formatY: (y: number) => `${y}` };

/** On one line, so that a test does not depend on where a template breaks its lines. */
const flat = (chart: { toString(): string }): string => chart.toString().replace(/\s+/g, ' ');

/** Coordinates of the points a path visits: curve control points left out. */
function visited(path: string): number[][] {
  return [...path.matchAll(/[MLC]([^MLCZ]+)/g)].map(([, numbers]) =>
    numbers!.split(',').slice(-2).map(Number),
  );
}

function series(label: string, values: readonly number[]): BandSeries {
  return {
    label,
    className: `policy-${label}`,
    points: values.map((y, x) => ({ x, y, low: y - 0.1, high: y + 0.1 })),
  };
}

describe('lineWithBand', () => {
  const chart = flat(
    lineWithBand({
      ...words,
      ...format,
      series: [series('a', [0.2, 0.4, 0.6]), series('b', [0.6, 0.5, 0.4])],
    }),
  );

  it('says what it shows, and escapes it', () => {
    expect(chart).toContain('role="img" aria-labelledby="chart-title chart-description"');
    expect(chart).toContain('<title id="chart-title">&lt;script&gt;');
    expect(chart).toContain('<desc id="chart-description">&lt;script&gt;');
    expect(chart).not.toContain('<script');
    expect(chart).not.toContain('style=');
  });

  it('draws a line and a band for each series, higher values higher up, later ones further right', () => {
    expect(chart.match(/class="band"/g)).toHaveLength(2);
    const [rising, falling] = [...chart.matchAll(/class="line" d="([^"]+)"/g)].map(([, path]) =>
      visited(path!),
    );
    expect(rising).toHaveLength(3);
    expect(rising!.map(([x]) => x)).toEqual([44, 215, 386]);
    const heights = rising!.map(([, y]) => y!);
    expect(heights[0]! > heights[1]! && heights[1]! > heights[2]!).toBe(true);
    // Both scales are linear: equal steps of value are equal steps of height, and the two series cross where their values do.
    expect(heights[0]! - heights[1]!).toBeCloseTo(heights[1]! - heights[2]!, 0);
    expect(falling![0]![1]).toBe(heights[2]);
  });

  it('keeps labels of close ends apart', () => {
    const close = flat(
      lineWithBand({
        ...words,
        ...format,
        series: [series('a', [0.2, 0.5]), series('b', [0.2, 0.499])],
      }),
    );
    const [first, second] = [...close.matchAll(/class="line-label[^"]*" x="[^"]*" y="([\d.]+)"/g)].map(
      ([, y]) => Number(y),
    );
    expect(second! - first!).toBeGreaterThanOrEqual(14.9);
  });

  it('waits for data', () => {
    for (const empty of [[], [series('a', [])]]) {
      expect(lineWithBand({ ...words, ...format, series: empty }).toString()).toContain(
        'not enough data yet',
      );
    }
  });

  it('draws a single point', () => {
    const single = flat(lineWithBand({ ...words, ...format, series: [series('a', [0.3])] }));
    expect(single).toContain('class="whisker"');
    expect(single).not.toContain('NaN');
  });
});

describe('stackedShare', () => {
  const parts = [
    { key: 'x', label: 'X' },
    { key: 'y', label: hostile },
  ];
  const point = (x: number, counts: Record<string, number>): { x: number; counts: Map<string, number> } => ({
    x,
    counts: new Map(Object.entries(counts)),
  });

  it('fills the whole height, in proportion', () => {
    const chart = flat(
      stackedShare({
        ...words,
        height: 104,
        parts,
        points: [point(0, { x: 1, y: 3 }), point(1, { x: 20, y: 20 })],
      }),
    );
    const [bottom, top] = [...chart.matchAll(/class="share share-\d" d="([^"]+)"/g)].map(([, path]) =>
      visited(path!),
    );
    // Heights run from 100 (nothing) to 0 (everything): a quarter, then half, of the whole is x.
    expect(bottom!.map(([, y]) => y)).toEqual([75, 50, 100, 100]);
    expect(top!.map(([, y]) => y)).toEqual([0, 0, 50, 75]);
    expect(chart).not.toContain('<script');
  });

  it('leaves out moments in which nothing was displayed, and waits for two that count', () => {
    const one = [point(0, { x: 1 }), point(1, {}), point(2, { other: 5 })];
    expect(stackedShare({ ...words, parts, points: one }).toString()).toContain('not enough data yet');
    const two = flat(stackedShare({ ...words, parts, points: [...one, point(3, { y: 2 })] }));
    expect(two).not.toContain('NaN');
    expect(two).toContain('<svg');
  });
});

describe('dotWhisker', () => {
  it('places mean and ends on the shared axis, cut off at its ends', () => {
    const chart = flat(
      dotWhisker({
        mean: 0.1,
        low: 0.05,
        high: 0.3,
        min: 0,
        max: 0.2,
        label: hostile,
      }),
    );
    expect(chart).toContain('<circle class="dot" cx="50%"');
    expect(chart).toContain('class="whisker" x1="25%" x2="100%"');
    expect(chart).not.toContain('<script');
  });

  it('waits for an axis and a mean', () => {
    for (const row of [
      { mean: 0, low: 0, high: 0, min: 0, max: 0, label: '' },
      { mean: Number.NaN, low: 0, high: 0, min: 0, max: 1, label: '' },
    ]) {
      expect(dotWhisker(row).toString()).toContain('not enough data yet');
    }
  });
});

describe('shareBar', () => {
  it('is as long as the share and says it', () => {
    expect(shareBar(0.333, 'a third').toString()).toMatch(/aria-label="a third".*class="bar" width="33.3%"/s);
  });
});
