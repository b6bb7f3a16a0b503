import type { CatalogueRow, Device, HomeRequest } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import { drawDevice, type SimulatedMember } from './members.js';
import { dot } from './appeal.js';

/** One member opens the homepage: what the client asks, and how far they will scroll. */
export interface Visit {
  readonly memberId: string;
  readonly country: string;
  readonly language: string;
  readonly device: Device;
  readonly atMs: number;
  /** the part of the catalogue's rows that this page asks for, no title twice */
  readonly rows: NonNullable<HomeRequest['rows']>;
  /** displayed titles before they stop */
  readonly impressions: number;
}

/** A row with what it is about, so that members can prefer rows. */
export interface ThemedRow {
  readonly row: CatalogueRow;
  /** shape (E): mean of its titles' themes */
  readonly themes: Float64Array;
}

/** How large a page is asked for, and how much of it is looked at. */
export interface PageShape {
  readonly rows: number;
  readonly titlesPerRow: number;
  /** the titles asked for are drawn from this many at the head of the row: what stands there changes through the day */
  readonly headOfRow: number;
  readonly leastImpressions: number;
  readonly mostImpressions: number;
}

export const DEFAULT_PAGE: PageShape = {
  rows: 5,
  titlesPerRow: 10,
  headOfRow: 30,
  leastImpressions: 12,
  mostImpressions: 20,
};

export function drawVisit(
  member: SimulatedMember,
  taste: Float64Array,
  rows: readonly ThemedRow[],
  atMs: number,
  rng: Rng,
  page: PageShape = DEFAULT_PAGE,
): Visit {
  return {
    memberId: member.member.memberId,
    country: member.country,
    language: member.language,
    device: drawDevice(member, rng),
    atMs: Math.round(atMs),
    rows: drawRows(taste, rows, rng, page),
    impressions: page.leastImpressions + rng.below(page.mostImpressions - page.leastImpressions + 1),
  };
}

/** The first row, then rows drawn without replacement in proportion to 2 + affinity: people see more of what they like, not only that. */
function drawRows(taste: Float64Array, rows: readonly ThemedRow[], rng: Rng, page: PageShape): Visit['rows'] {
  const rest = rows
    .slice(1)
    .map((themed) => ({ themed, key: rng.uniform() ** (1 / (2 + dot(taste, themed.themes))) }));
  rest.sort((a, b) => b.key - a.key);
  const asked = [...rows.slice(0, 1), ...rest.slice(0, page.rows - 1).map(({ themed }) => themed)];
  const seen = new Set<string>();
  return asked.flatMap(({ row }) => {
    const titleIds = drawHead(
      row.titleIds.filter((id) => !seen.has(id)),
      rng,
      page,
    );
    for (const id of titleIds) seen.add(id);
    return titleIds.length === 0 ? [] : [{ rowId: row.rowId, name: row.name, titleIds }];
  });
}

/** Some of the head of the row, in the row's order. */
function drawHead(titleIds: readonly string[], rng: Rng, page: PageShape): readonly string[] {
  const head = titleIds.slice(0, page.headOfRow);
  let open = Math.min(page.titlesPerRow, head.length);
  return head.filter((_, index) => {
    const taken = rng.uniform() * (head.length - index) < open;
    if (taken) open--;
    return taken;
  });
}
