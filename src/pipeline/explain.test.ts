import { expect, test } from 'vitest';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { Explanations } from './explain.js';
import { EXAMINED_ALIKE } from './models.js';
import { ALL_ARMS } from './near-duplicates.js';
import { Page } from './page.js';

const schema = contextSchema(['horror']);
const ARMS = 4;
const DECIDED = { nowMs: 0, examination: EXAMINED_ALIKE };

async function explained(limits: { pages: number; arms: number }, pages: number, titlesPerPage: number) {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: ARMS });
  const artworks = Array.from({ length: ARMS }, (_, a) => ({
    artworkId: `a${a}`,
    url: '/a.svg',
    themes: {},
  }));
  const titles = Array.from({ length: titlesPerPage }, (_, t) => ({
    titleId: `t${t}`,
    name: 't',
    themes: {},
    artworks,
  }));
  await catalogue.putTitles(titles);
  const page = new Page();
  page.reserve(titlesPerPage);
  page.titles = [...catalogue.titles];
  page.count = titlesPerPage;
  const slate = {
    size: ARMS,
    rows: new Int32Array(ARMS),
    contexts: new Float32Array(ARMS * schema.dimension),
  };
  const numbers = new Float64Array(ARMS);
  const scores = { means: numbers, deviations: numbers, propensities: numbers };
  const explanations = new Explanations(schema, limits);
  for (let p = 0; p < pages; p++) {
    const capture = explanations.capture(undefined);
    page.titles.forEach((title, slot) => capture.onScored(slot, title, slate, scores, ALL_ARMS));
    const head = { requestId: asId<RequestId>(`r${p}`), memberId: asId<MemberId>('m') };
    const rest = {
      canvas: 'home',
      experiment: 'e',
      variant: 'v',
      policy: 'uniform',
      contextSchema: schema.hash,
    };
    explanations.keep({ ...head, ...rest, snapshotVersion: 0, epoch: 0 }, DECIDED, undefined, page, capture);
  }
  const kept = Array.from({ length: pages }, (_, p) => explanations.get(`r${p}`, 0)?.arms.length ?? 0);
  return { kept, lastSlot: explanations.get(`r${pages - 1}`, titlesPerPage - 1)?.arms.length };
}

test('the newest pages are kept, as many as the artworks on them allow', async () => {
  expect((await explained({ pages: 2, arms: 1_000 }, 4, 2)).kept).toEqual([0, 0, ARMS, ARMS]);
  expect((await explained({ pages: 100, arms: 3 * 2 * ARMS }, 5, 2)).kept).toEqual([0, 0, ARMS, ARMS, ARMS]);
  expect((await explained({ pages: 0, arms: 1_000 }, 2, 2)).kept).toEqual([0, 0]);
});

test('a page with more artworks than all may have is explained as far as they go', async () => {
  expect(await explained({ pages: 10, arms: 5 * ARMS }, 1, 20)).toEqual({ kept: [ARMS], lastSlot: 0 });
});
