import type { HomeResponse, HomeRow } from '../../client/types.js';

/** What became of one place of the page, compared with the page before it. */
export interface PlaceChange {
  readonly rowId: string;
  readonly titleId: string;
  /** places to the left it moved within its row; negative: to the right; 0: stayed */
  readonly movedUp: number;
  readonly newPicture: boolean;
  /** the row did not have the title before */
  readonly newHere: boolean;
}

export interface PageChanges {
  readonly places: readonly PlaceChange[];
  /** titles whose picture changed, each counted once however many rows show it */
  readonly newPictures: number;
  /** places whose title moved to the left in its row */
  readonly movedUp: number;
}

const placeKey = (rowId: string, titleId: string): string => `${rowId}\u0000${titleId}`;

function placesOf(rows: readonly HomeRow[]): Map<string, { index: number; artworkId: string }> {
  return new Map(
    rows.flatMap((row) =>
      row.titles.map(
        (title, index) =>
          [placeKey(row.rowId, title.titleId), { index, artworkId: title.artworkId }] as const,
      ),
    ),
  );
}

/** Compares two pages of the same member, place by place; a place is a title in a row. */
export function pageChanges(
  before: Pick<HomeResponse, 'rows'>,
  after: Pick<HomeResponse, 'rows'>,
): PageChanges {
  const known = placesOf(before.rows);
  const places = after.rows.flatMap((row) =>
    row.titles.map((title, index): PlaceChange => {
      const was = known.get(placeKey(row.rowId, title.titleId));
      return {
        rowId: row.rowId,
        titleId: title.titleId,
        movedUp: was === undefined ? 0 : was.index - index,
        newPicture: was !== undefined && was.artworkId !== title.artworkId,
        newHere: was === undefined,
      };
    }),
  );
  return {
    places,
    newPictures: new Set(places.filter((place) => place.newPicture).map((place) => place.titleId)).size,
    movedUp: places.filter((place) => place.movedUp > 0).length,
  };
}

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** The changes as a sentence. */
export function changesSentence(changes: PageChanges): string {
  const said = [
    ...(changes.newPictures > 0 ? [counted(changes.newPictures, 'new picture', 'new pictures')] : []),
    ...(changes.movedUp > 0 ? [counted(changes.movedUp, 'title moved up', 'titles moved up')] : []),
  ];
  return said.length === 0 ? 'nothing on this page had to change' : said.join(', ');
}
