import { orderRows, type RowPolicyOptions, type RowSlate } from '../../bandit/index.js';
import { ineligibility, type Ineligible } from '../../features/eligibility-rules.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { CandidateRow } from './candidates.js';
import type { DecisionInput } from './decision-input.js';
import type { TitleOrder } from './order.js';

export interface RowSettings extends RowPolicyOptions {
  /** `as-given`: rows stand as the request or the catalogue has them */
  readonly order: 'as-given' | 'plackett-luce';
  /** ids of rows that come first, in this order, wherever they are among the candidates; of no effect `as-given` */
  readonly pinned: readonly string[];
}

export const ROWS_AS_GIVEN: RowSettings = {
  order: 'as-given',
  pinned: [],
  temperature: 0.01,
  topTitles: 6,
  attention: 0.85,
  repeatedWorth: 0,
  maxRows: 1000,
};

/**
 * The rows of one page: what is eligible of each, and where each stands. Eligibility comes first: a row is scored by what can be shown of it, and one with
 * nothing to show is no row. Reused from page to page.
 */
export class PageRows {
  /** rows placed */
  count = 0;
  /** true: the row policy drew the order, and `propensities` and `swaps` say how */
  drawn = false;
  /** shape (≥ count): index into `row` and `titles` of the row at each place */
  order = new Int32Array(0);
  propensities = new Float64Array(0);
  swaps = new Float64Array(0);
  readonly #rows: CandidateRow[] = [];
  readonly #titles: TitleRevision[][] = [];
  readonly #slate: RowSlate = {
    size: 0,
    pinned: 0,
    starts: new Int32Array(1),
    titles: new Int32Array(0),
    means: new Float64Array(0),
    hashes: new Uint32Array(0),
  };

  constructor(
    readonly settings: RowSettings,
    readonly titleOrder: TitleOrder,
    readonly onIneligible: (why: Ineligible) => void,
    readonly onPolicyFault: (error: unknown) => void,
  ) {}

  row(place: number): CandidateRow {
    return this.#rows[this.order[place]!]!;
  }

  titles(place: number): readonly TitleRevision[] {
    return this.#titles[this.order[place]!]!;
  }

  /** Posterior means of the titles of a row, where they are known already. */
  means(place: number): Float64Array | undefined {
    const { starts, means } = this.#slate;
    const row = this.order[place]!;
    return this.drawn ? means.subarray(starts[row], starts[row + 1]) : undefined;
  }

  /** Places the rows of a page. Where nothing is known of member or titles, and where the policy fails, they stand as given. */
  arrange(input: DecisionInput): void {
    this.#collect(input);
    const { settings } = this;
    const size = this.#rows.length;
    this.#reserve(size);
    this.drawn = false;
    if (settings.order === 'plackett-luce' && input.personalized && input.titleOrder) {
      try {
        this.#score(input);
        this.count = orderRows(this.#slate, settings, input.drawKey, this);
        this.drawn = true;
        return;
      } catch (error) {
        this.onPolicyFault(error);
      }
    }
    this.count = Math.min(size, settings.maxRows);
    for (let r = 0; r < this.count; r++) this.order[r] = r;
  }

  /** Eligible titles row by row, pinned rows first. */
  #collect(input: DecisionInput): void {
    this.#rows.length = 0;
    this.#slate.pinned = 0;
    const { order, pinned } = this.settings;
    const pins = order === 'plackett-luce' ? pinned : [];
    for (const id of pins) {
      const row = input.rows.find(({ rowId }) => rowId === id);
      if (row !== undefined && this.#keep(row, input)) this.#slate.pinned++;
    }
    for (const row of input.rows) if (!pins.includes(row.rowId)) this.#keep(row, input);
  }

  /** @returns whether there is anything to show */
  #keep(row: CandidateRow, input: DecisionInput): boolean {
    const eligible = (this.#titles[this.#rows.length] ??= []);
    eligible.length = 0;
    const { country, maturityLimit, nowMs } = input;
    for (const title of row.titles) {
      const why = ineligibility(title.rules, title.artworkRows.length, country, maturityLimit, nowMs);
      if (why === undefined) eligible.push(title);
      else this.onIneligible(why);
    }
    if (eligible.length > 0) this.#rows.push(row);
    return eligible.length > 0;
  }

  #score(input: DecisionInput): void {
    const slate = this.#slate;
    slate.size = this.#rows.length;
    slate.starts[0] = 0;
    for (let r = 0; r < slate.size; r++) {
      const titles = this.#titles[r]!;
      const at = slate.starts[r]!;
      slate.starts[r + 1] = at + titles.length;
      slate.hashes[r] = this.#rows[r]!.rowHash;
      this.#reserveTitles(at + titles.length);
      const means = this.titleOrder.score(titles, input);
      for (let i = 0; i < titles.length; i++) {
        slate.titles[at + i] = titles[i]!.titleRow;
        slate.means[at + i] = means[i]!;
      }
    }
  }

  #reserve(rows: number): void {
    if (rows <= this.order.length) return;
    const capacity = Math.max(16, 2 * rows);
    this.order = new Int32Array(capacity);
    this.propensities = new Float64Array(capacity);
    this.swaps = new Float64Array(capacity);
    this.#slate.starts = new Int32Array(capacity + 1);
    this.#slate.hashes = new Uint32Array(capacity);
  }

  #reserveTitles(titles: number): void {
    const slate = this.#slate;
    if (titles <= slate.titles.length) return;
    const [rows, means] = [slate.titles, slate.means];
    slate.titles = new Int32Array(Math.max(256, 2 * titles));
    slate.means = new Float64Array(slate.titles.length);
    slate.titles.set(rows);
    slate.means.set(means);
  }
}
