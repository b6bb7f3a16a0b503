import { expect, test } from 'vitest';
import { createKernels } from '../../bandit/index.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import { candidateSource } from './candidates.js';
import { Page } from './page.js';
import { ResponseWriter } from './response-writer.js';

const schema = contextSchema(['horror']);
const HEAD = { requestId: 'r', token: 't', experiment: 'e', variant: 'v', policy: 'p', snapshotVersion: 3 };
const FLAGS = [0, SLOT_FLAGS.fallbackUnpersonalised, SLOT_FLAGS.fallbackDefault, SLOT_FLAGS.repeatOnPage];
const FALLBACKS = [undefined, 'unpersonalised', 'default-artwork', undefined];

/** Rows whose names and titles need escaping and several bytes a character. */
async function pageOf(...lengths: readonly number[]): Promise<Page> {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 9 });
  const titleIds = Array.from({ length: Math.max(0, ...lengths) }, (_, t) => `t"${t}`);
  await catalogue.putTitles(
    titleIds.map((titleId, t) => ({
      ...{ titleId, name: t % 2 === 0 ? `映画 ${t} 🎬` : `Film\n${t}`, themes: {} },
      artworks: ['a', 'é'].map((id) => ({
        artworkId: `${titleId}${id}`,
        url: `/${t}-${id}.svg`,
        themes: {},
      })),
    })),
  );
  const source = candidateSource(catalogue, { maxRows: 9, maxTitlesPerRow: 999 });
  const { rows } = source.rowsFor({
    ...{ memberId: 'm', country: 'GB', language: 'en', device: 'tv' },
    rows: lengths.map((length, r) => ({ rowId: `row ${r} "é"`, titleIds: titleIds.slice(0, length) })),
  });
  const page = new Page();
  for (const row of rows) {
    page.reserve(row.titles.length);
    for (const title of row.titles) {
      page.titles[page.count] = title;
      page.arm[page.count] = page.count % 2;
      page.flags[page.count] = FLAGS[page.count % 4]!;
      page.count++;
    }
    page.rows.push(row);
    page.rowLengths.push(row.titles.length);
  }
  return page;
}

/** What a client is to read, built as objects. */
function expected(page: Page): unknown {
  let slot = 0;
  const rows = page.rows.map(({ rowId, name }, r) => ({
    ...{ rowId, name },
    titles: Array.from({ length: page.rowLengths[r]! }, () => {
      const { titleId, name: title, artworks } = page.titles[slot]!.title;
      const { artworkId, url } = artworks[page.arm[slot]!]!;
      const fallback = FALLBACKS[slot % 4];
      const shown = { slot: slot++, titleId, name: title, artworkId, artworkUrl: url };
      return fallback === undefined ? shown : { ...shown, fallback };
    }),
  }));
  return { ...HEAD, rows };
}

test.each([true, false])('an answer is the JSON of its page, byte for byte (simd: %s)', async (simd) => {
  const writer = new ResponseWriter(createKernels({ simd }));
  for (const lengths of [[], [1], [40, 3], [300, 700, 1]]) {
    const page = await pageOf(...lengths);
    const answer = writer.write(HEAD, page);
    expect(answer.toString()).toBe(JSON.stringify(expected(page)));
    // Sent while the next is written: it is not touched any more.
    const copy = Buffer.from(answer);
    writer.write({ ...HEAD, token: 'another' }, await pageOf(2));
    expect(answer.equals(copy)).toBe(true);
  }
});
