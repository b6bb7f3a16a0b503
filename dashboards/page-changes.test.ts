import { describe, expect, it } from 'vitest';
import { changesSentence, pageChanges } from './browser/page-changes.js';
import type { HomeRow } from '../client/types.js';

function row(rowId: string, ...titles: readonly string[]): HomeRow {
  return {
    rowId,
    name: rowId,
    titles: titles.map((title, slot) => {
      const [titleId, artworkId] = title.split('/') as [string, string];
      return { slot, titleId, name: titleId, artworkId, artworkUrl: `/artwork/${artworkId}.svg` };
    }),
  };
}

describe('pageChanges', () => {
  const before = { rows: [row('top', 'a/1', 'b/1', 'c/1'), row('more', 'a/1', 'd/1')] };

  it('finds moves, new pictures and new titles, row by row', () => {
    const after = { rows: [row('top', 'c/1', 'a/2', 'b/1'), row('more', 'a/2', 'e/1')] };
    const changes = pageChanges(before, after);
    expect(changes.places.map((p) => [p.rowId, p.titleId, p.movedUp, p.newPicture, p.newHere])).toEqual([
      ['top', 'c', 2, false, false],
      ['top', 'a', -1, true, false],
      ['top', 'b', -1, false, false],
      ['more', 'a', 0, true, false],
      ['more', 'e', 0, false, true],
    ]);
    expect(changes).toMatchObject({ newPictures: 1, movedUp: 1 });
    expect(changesSentence(changes)).toBe('1 new picture, 1 title moved up');
  });

  it('finds nothing between a page and itself', () => {
    const changes = pageChanges(before, before);
    expect(changes).toMatchObject({ newPictures: 0, movedUp: 0 });
    expect(changesSentence(changes)).toBe('nothing on this page had to change');
  });
});
