import { expect, test } from 'vitest';
import { createPolicy, LinearModel } from '../../bandit/index.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import { candidateSource } from './candidates.js';
import { Decider } from './decide.js';
import type { DecisionInput } from './decision-input.js';
import { EXAMINED_ALIKE } from './models.js';
import { TitleOrder } from './order.js';
import { Page } from './page.js';

const schema = contextSchema(['horror', 'romance']);
const policy = createPolicy('linear-thompson', {}, schema.dimension);
const served = { key: 'home/variant/v', policy, model: policy.emptyModel(), version: 1 };
const artworks = ['horror', 'romance'].map((theme) => ({
  artworkId: theme,
  url: `/${theme}.svg`,
  themes: { [theme]: 1 },
}));

async function rowOf(titles: number) {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 2 });
  const titleIds = Array.from({ length: titles }, (_, t) => `t${t}`);
  await catalogue.putTitles(titleIds.map((titleId) => ({ titleId, name: titleId, themes: {}, artworks })));
  const request = { memberId: 'm', country: 'GB', language: 'en', device: 'tv' } as const;
  const source = candidateSource(catalogue, { maxRows: 1, maxTitlesPerRow: titles });
  return source.rowsFor({ ...request, rows: [{ rowId: 'row', titleIds }] }).rows;
}

const inputOf = (rows: DecisionInput['rows'], memberVector: Float32Array): DecisionInput => ({
  ...{ rows, country: 'GB', maturityLimit: 99, device: 0, daypart: 1, nowMs: 0, memberVector },
  personalized: true,
  drawKey: { a: 1, b: 2 },
  served,
  unpersonalised: undefined,
  examination: EXAMINED_ALIKE,
  titleOrder: served.model instanceof LinearModel ? served.model : undefined,
});

function deciderWith(faults: unknown[]): Decider {
  const onFault = (error: unknown): number => faults.push(error);
  return new Decider(schema, new TitleOrder(schema, 0.01, onFault), () => undefined, onFault);
}

test('a policy that cannot score costs a page its personalization, never the page: neither its pictures nor its order', async () => {
  const faults: unknown[] = [];
  const page = new Page();
  deciderWith(faults).decide(inputOf(await rowOf(4), Float32Array.of(NaN, 1)), page);
  expect(page.count).toBe(4);
  expect([...page.flags.subarray(0, 4)]).toEqual(Array(4).fill(SLOT_FLAGS.fallbackDefault));
  // Uniform over what is left at each position: 1/4, 1/3, 1/2, 1.
  [1 / 4, 1 / 3, 1 / 2, 1].forEach((p, slot) => expect(page.orderPropensity[slot]).toBeCloseTo(p, 6));
  expect(faults).toHaveLength(1 + 4);
});

test('a slot that fell back is explained by no feature, least of all by those of the page before', async () => {
  const page = new Page();
  const decider = deciderWith([]);
  const rows = await rowOf(2);
  decider.decide(inputOf(rows, Float32Array.of(1, 1)), page);
  const features: number[] = [];
  decider.decide(
    { ...inputOf(rows, Float32Array.of(0, 0)), personalized: false },
    page,
    (_slot, _title, slate) => features.push(...slate.contexts.subarray(0, slate.size * schema.dimension)),
  );
  expect(features).toHaveLength(2 * 2 * schema.dimension);
  expect(features.every((value) => value === 0)).toBe(true);
});

test('a row of as many titles as may be is ordered and decided', async () => {
  const page = new Page();
  deciderWith([]).decide(inputOf(await rowOf(200), Float32Array.of(0.5, 0.5)), page);
  expect(new Set(page.titles.slice(0, page.count)).size).toBe(200);
});
