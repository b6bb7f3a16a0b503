import { describe, expect, it } from 'vitest';
import { ArmStatistics, createPolicy, LinearModel, type SlateScores } from '../../bandit/index.js';
import { chiSquareDeviate } from '../../bandit/oracles.contract.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import type { Themes, Title } from '../../client/types.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { decodeDecision, encodeDecision } from '../../feedback/events/avro.js';
import { candidateSource } from './candidates.js';
import { Decider, type DeciderOptions } from './decide.js';
import type { DecisionInput, OnScored } from './decision-input.js';
import { EXAMINED_ALIKE } from './models.js';
import { TitleOrder } from './order.js';
import { PageCapture } from './page-capture.js';
import { Page } from './page.js';
import { decisionEvent } from './record.js';
import { ROWS_AS_GIVEN, type RowSettings } from './rows.js';

const schema = contextSchema(['horror', 'romance', 'crime']);
const HEAD = {
  ...{ requestId: asId<RequestId>('r'), memberId: asId<MemberId>('m'), canvas: 'home', experiment: 'e' },
  ...{ variant: 'v', policy: 'uniform', snapshotVersion: 1, contextSchema: schema.hash, epoch: 0 },
};
/** Three artworks: what the first emphasises is all that differs between titles. */
const titleOf = (titleId: string, themes: Themes, artworks: readonly Themes[]): Title => ({
  ...{ titleId, name: titleId, themes },
  artworks: artworks.map((emphasised, a) => ({
    artworkId: `${titleId}-${a}`,
    url: '/a',
    themes: emphasised,
  })),
});
const ROMANCE = titleOf('romance', { romance: 1 }, [{ romance: 1 }, { horror: 1 }, { crime: 1 }]);
const HORROR = titleOf('horror', { horror: 1 }, [{ horror: 1 }, { horror: 0.5 }, { romance: 1 }]);
const CRIME = titleOf('crime', { crime: 1 }, [{ crime: 1 }, { crime: 0.9, horror: 0.01 }]);

/** A title's mean is 0.1 × what of its themes the member likes. */
function titleModel(): LinearModel {
  const policy = createPolicy('linear-thompson', {}, schema.dimension);
  const mean = new Float64Array(schema.dimension);
  mean[schema.names.indexOf('affinity')] = 0.1;
  const model = policy.emptyModel();
  policy.apply(
    model,
    policy.fit(new ArmStatistics({ dimension: schema.dimension }), { mean, meanReward: 0.1 }),
  );
  if (!(model instanceof LinearModel)) throw new Error('linear Thompson sampling has a linear model');
  return model;
}

async function pagesOf(options: DeciderOptions, rows: readonly { rowId: string; titleIds: string[] }[]) {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 3 });
  await catalogue.putTitles([ROMANCE, HORROR, CRIME]);
  const source = candidateSource(catalogue, { maxRows: 9, maxTitlesPerRow: 9 });
  const faults: unknown[] = [];
  const onFault = (error: unknown): number => faults.push(error);
  const decider = new Decider(
    schema,
    new TitleOrder(schema, 0.1, onFault),
    () => undefined,
    onFault,
    options,
  );
  const policy = createPolicy('uniform', {}, 0);
  const request = { memberId: 'm', country: 'GB', language: 'en', device: 'tv' } as const;
  const input: DecisionInput = {
    ...{ country: 'GB', maturityLimit: 99, device: 0, daypart: 1, nowMs: 0, personalized: true },
    rows: source.rowsFor({ ...request, rows }).rows,
    memberVector: Float32Array.of(0.2, 0.9, 0),
    drawKey: { a: 1, b: 2 },
    served: { key: 'k', policy, model: policy.emptyModel(), version: 1 },
    unpersonalised: undefined,
    titleOrder: titleModel(),
    examination: EXAMINED_ALIKE,
  };
  const page = new Page();
  return {
    faults,
    decide: (key: number, changes: Partial<DecisionInput> = {}, onScored?: OnScored) => {
      const given = { ...input, drawKey: { a: key, b: 2 }, ...changes };
      decider.decide(given, page, onScored);
      return { page, event: decodeDecision(encodeDecision(decisionEvent(HEAD, given, page))) };
    },
  };
}

describe('the order of rows', () => {
  const rows = [
    { rowId: 'dark', titleIds: ['horror', 'crime'] },
    { rowId: 'love', titleIds: ['romance'] },
    { rowId: 'keep watching', titleIds: ['crime'] },
  ];
  const drawn: RowSettings = {
    ...ROWS_AS_GIVEN,
    order: 'plackett-luce',
    temperature: 0.02,
    topTitles: 2,
    attention: 0.5,
  };

  it('is drawn as often as the softmax of what rows are worth says, and recorded with its probabilities', async () => {
    const { decide } = await pagesOf({ rows: drawn }, rows);
    // By hand: worth 0.09 for love; (0.02 + 0.5·0)/1.5 for dark; 0 for keep watching.
    const [dark, love, keep] = [0.02 / 1.5, 0.09, 0].map((worth) => Math.exp(worth / 0.02));
    const first = { dark: dark!, love: love!, 'keep watching': keep! };
    const total = dark! + love! + keep!;
    const counts = { dark: 0, love: 0, 'keep watching': 0 };
    for (let key = 0; key < 4_000; key++) {
      const { event } = decide(key);
      const top = event.rowIds[0] as keyof typeof first;
      counts[top]++;
      expect(event.rowPropensities[0]).toBeCloseTo(first[top] / total, 5);
      expect(event.rowPropensities[2]).toBe(1);
      expect(event.rowSwaps).toHaveLength(3);
    }
    const deviate = chiSquareDeviate(
      Object.values(counts),
      Object.values(first).map((v) => v / total),
    );
    expect(Math.abs(deviate)).toBeLessThan(4);
  });

  it('has pinned rows first, no more rows than asked, and decides a title that stands twice once', async () => {
    const { decide } = await pagesOf(
      { rows: { ...drawn, pinned: ['none', 'keep watching'], maxRows: 2 } },
      rows,
    );
    for (let key = 0; key < 50; key++) {
      const { event, page } = decide(key);
      expect(event.rowIds).toHaveLength(2);
      expect(event.rowIds[0]).toBe('keep watching');
      expect([event.rowPropensities[0], event.rowSwaps[0]]).toEqual([1, 0]);
      const slots = Array.from(event.slots.titleRevision.entries()).filter(
        ([, t]) => t === event.slots.titleRevision[0],
      );
      for (const [slot] of slots.slice(1)) {
        expect(event.slots.flags[slot]).toBe(4);
        expect(page.arm[slot]).toBe(page.arm[0]);
      }
    }
  });

  it('is as given where nothing is known of the member, of titles, or where the policy fails; and says so', async () => {
    const { decide, faults } = await pagesOf({ rows: drawn }, rows);
    for (const changes of [
      { personalized: false },
      { titleOrder: undefined },
      { memberVector: Float32Array.of(NaN, 0, 0) },
    ]) {
      const { event } = decide(3, changes);
      expect(event.rowIds).toEqual(['dark', 'love', 'keep watching']);
      expect([event.rowPropensities.length, event.rowSwaps.length]).toEqual([0, 0]);
    }
    expect(faults.length).toBeGreaterThan(0);
    const asGiven = await pagesOf({}, rows);
    expect(asGiven.decide(3).event.rowIds).toEqual(['dark', 'love', 'keep watching']);
  });

  it('leaves the order of titles in a row as it is without', async () => {
    const [withRows, without] = [await pagesOf({ rows: drawn }, rows), await pagesOf({}, rows)];
    for (let key = 0; key < 30; key++) {
      const { event } = withRows.decide(key);
      const start = event.rowIds.indexOf('dark');
      const at = event.rowLengths.slice(0, start).reduce((a, b) => a + b, 0);
      const inRow = [...event.slots.titleRevision.subarray(at, at + 2)];
      const p = [...event.slots.orderPropensity.subarray(at, at + 2)];
      const plain = without.decide(key).event;
      expect(inRow).toEqual([...plain.slots.titleRevision.subarray(0, 2)]);
      expect(p).toEqual([...plain.slots.orderPropensity.subarray(0, 2)]);
    }
  });

  it('records the examination that pages are learned with, as far as the page goes', async () => {
    const { decide } = await pagesOf({ rows: drawn }, rows);
    const examination = { columns: Float32Array.of(1, 0.9, 0.8, 0.7), rows: Float32Array.of(1, 0.5) };
    const { event } = decide(1, { examination });
    expect([...event.columnExamination]).toEqual([1, Math.fround(0.9)]);
    expect([...event.rowExamination]).toEqual([1, 0.5]);
  });
});

describe('near-duplicates', () => {
  const row = [{ rowId: 'row', titleIds: ['romance', 'horror', 'crime'] }];
  const nearDuplicates = { threshold: 0.02, neighbours: 1 };
  /** by the definition: is 1 − cosine of what these two emphasise below the threshold? */
  const alike = (a: Themes, b: Themes): boolean => {
    const dot = (x: Themes, y: Themes): number =>
      schema.themes.reduce((sum, t) => sum + (x[t] ?? 0) * (y[t] ?? 0), 0);
    return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) < 0.02;
  };
  const bits = (mask: number): number[] => [0, 1, 2].filter((a) => (mask & (1 << a)) !== 0);

  it('of the left neighbour are not offered, and p is over what is left; never all are masked', async () => {
    const { decide } = await pagesOf({ nearDuplicates }, row);
    const catalogue = [ROMANCE, HORROR, CRIME];
    const masked = new Set<string>();
    for (let key = 0; key < 400; key++) {
      const { page, event } = decide(key);
      for (let slot = 0; slot < 3; slot++) {
        const title = catalogue[page.titles[slot]!.titleRow]!;
        const left =
          slot === 0 ? undefined : catalogue[page.titles[slot - 1]!.titleRow]!.artworks[page.arm[slot - 1]!];
        const apart = title.artworks.flatMap((a, i) =>
          left !== undefined && alike(a.themes, left.themes) ? [] : [i],
        );
        const expected = apart.length > 0 ? apart : title.artworks.map((_, i) => i);
        expect(bits(event.slots.offered[slot]!)).toEqual(expected);
        expect(expected).toContain(event.slots.arm[slot]);
        expect(event.slots.propensity[slot]).toBeCloseTo(1 / expected.length, 6);
        if (expected.length < title.artworks.length) masked.add(title.titleId);
        else if (apart.length === 0) masked.add(`all of ${title.titleId}`);
      }
    }
    expect([...masked].sort()).toEqual(['all of crime', 'horror', 'romance']);
  });

  it('are drawn from what is left as often as p says', async () => {
    const { decide } = await pagesOf({ nearDuplicates }, row);
    const counts = [0, 0, 0];
    for (let key = 0; key < 8_000; key++) {
      const { page } = decide(key);
      const slot = page.titles.slice(0, 3).findIndex(({ title }) => title.titleId === 'horror');
      // Next to a horror still only the romantic picture is left: two of three look alike.
      if (slot > 0 && page.offeredCount[slot] === 2) counts[page.arm[slot]!]!++;
    }
    const [horror, lessHorror, romance] = counts;
    expect(romance).toBe(0);
    expect(Math.abs(horror! - lessHorror!)).toBeLessThan(4 * Math.sqrt(horror! + lessHorror!));
    expect(horror).toBeGreaterThan(50);
  });

  it('are shown as removed before the draw by the explanation', async () => {
    const { decide } = await pagesOf({ nearDuplicates }, row);
    let seen = 0;
    for (let key = 0; key < 100; key++) {
      const capture = new PageCapture(schema, undefined, 1_000);
      const { page, event } = decide(key, {}, capture.onScored);
      for (let slot = 0; slot < 3; slot++) {
        const arms = capture.arms.get(slot)!;
        expect(arms.flatMap((arm, a) => (arm.offered ? [a] : []))).toEqual(bits(event.slots.offered[slot]!));
        expect(arms.reduce((sum, arm) => sum + arm.propensity, 0)).toBeCloseTo(1, 9);
        expect(arms[page.arm[slot]!]!.propensity).toBeCloseTo(event.slots.propensity[slot]!, 6);
        seen += arms.filter((arm) => !arm.offered).length;
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('stay where they are off, in the next row, and where the ladder answers', async () => {
    const everything = (
      event: ReturnType<Awaited<ReturnType<typeof pagesOf>>['decide']>['event'],
      sizes: number[],
    ) => expect([...event.slots.offered]).toEqual(sizes.map((size) => (1 << size) - 1));
    const apart = ['horror', 'romance'].map((titleId) => ({ rowId: titleId, titleIds: [titleId] }));
    const [off, rowsApart, ladder] = [
      await pagesOf({}, row),
      await pagesOf({ nearDuplicates }, apart),
      await pagesOf({ nearDuplicates }, row),
    ];
    for (let key = 0; key < 50; key++) {
      const plain = off.decide(key);
      everything(
        plain.event,
        plain.page.titles.slice(0, 3).map((t) => t.artworkRows.length),
      );
      everything(rowsApart.decide(key).event, [3, 3]);
      const fallen = ladder.decide(key, { personalized: false });
      everything(
        fallen.event,
        fallen.page.titles.slice(0, 3).map((t) => t.artworkRows.length),
      );
    }
  });

  it('leave the scores of the artworks that stay as they are', async () => {
    const contextual = createPolicy('linear-thompson', {}, schema.dimension);
    const served = { key: 'k', policy: contextual, model: contextual.emptyModel(), version: 1 };
    const mean = Float64Array.from({ length: schema.dimension }, (_, i) => 0.01 * i);
    contextual.apply(
      served.model,
      contextual.fit(new ArmStatistics({ dimension: schema.dimension }), { mean, meanReward: 0.1 }),
    );
    const means =
      (into: Map<string, number>) =>
      (
        _slot: number,
        title: { title: Title },
        slate: { size: number },
        scores: SlateScores,
        arms: Uint8Array,
      ): void => {
        for (let a = 0; a < slate.size; a++)
          into.set(title.title.artworks[arms[a]!]!.artworkId, scores.means[a]!);
      };
    const [masked, plain] = [await pagesOf({ nearDuplicates }, row), await pagesOf({}, row)];
    const all = new Map<string, number>();
    plain.decide(1, { served }, means(all));
    for (let key = 0; key < 30; key++) {
      const some = new Map<string, number>();
      masked.decide(key, { served }, means(some));
      for (const [artworkId, value] of some) expect(value).toBe(all.get(artworkId));
    }
  });
});

describe('artworks shown too often', () => {
  const row = [{ rowId: 'row', titleIds: ['horror'] }];
  const offeredBits = (mask: number): number[] => [0, 1, 2].filter((a) => (mask & (1 << a)) !== 0);
  const cap = (untilMs: number, lastMs: number) => ({ untilMs, lastMs });
  const uniform = createPolicy('uniform', {}, 0);

  it('are not offered until their time; p is over what is left, and it is drawn that often', async () => {
    const { decide } = await pagesOf({}, row);
    const { page } = decide(0);
    const [first, second] = page.titles[0]!.artworkRows;
    const capped = new Map([
      [first!, cap(1_000, 10)],
      [second!, cap(500, 20)],
    ]);
    for (const [nowMs, expected] of [
      [0, [2]],
      [499, [2]],
      [500, [1, 2]],
      [1_000, [0, 1, 2]],
    ] as const) {
      const counts = [0, 0, 0];
      for (let key = 0; key < 1_000; key++) {
        const { event } = decide(key, { capped, nowMs });
        expect(offeredBits(event.slots.offered[0]!)).toEqual(expected);
        expect(event.slots.propensity[0]).toBeCloseTo(1 / expected.length, 6);
        counts[event.slots.arm[0]!]!++;
      }
      const left = expected.map((arm) => counts[arm]!);
      expect(left.reduce((sum, count) => sum + count, 0)).toBe(1_000);
      // Each is binomial(1,000, 1/n): four standard deviations.
      for (const count of left) {
        const p = 1 / expected.length;
        expect(Math.abs(count - 1_000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(1_000 * p * (1 - p)));
      }
    }
  });

  it('come again, the one of longest ago, where all have been: it is all that is offered', async () => {
    const { decide } = await pagesOf({ nearDuplicates: { threshold: 0.02, neighbours: 1 } }, row);
    const rows = [...decide(0).page.titles[0]!.artworkRows];
    const lastMs = [30, 10, 20];
    const capped = new Map(rows.map((artworkRow, a) => [artworkRow, cap(1_000, lastMs[a]!)]));
    for (let key = 0; key < 50; key++) {
      const { event } = decide(key, { capped, nowMs: 100 });
      expect(offeredBits(event.slots.offered[0]!)).toEqual([1]);
      expect([event.slots.arm[0], event.slots.propensity[0]]).toEqual([1, 1]);
    }
  });

  it('do not stand in the way of the ladder: a page is answered whatever was shown', async () => {
    const { decide } = await pagesOf({}, row);
    const [first] = decide(0).page.titles[0]!.artworkRows;
    const capped = new Map([[first!, cap(1_000, 10)]]);
    const failing = { ...uniform, score: () => fail() };
    const served = { key: 'k', policy: failing, model: uniform.emptyModel(), version: 1 };
    const { event } = decide(1, { capped, served });
    expect(event.slots.arm[0]).toBe(0);
    expect(offeredBits(event.slots.offered[0]!)).toEqual([0, 1, 2]);
  });
});

function fail(): never {
  throw new Error('on purpose');
}
