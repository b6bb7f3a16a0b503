import { sharedKernels } from '../../bandit/index.js';
import type { ContextSchema } from '../../features/context-vector.js';
import type { Ineligible } from '../../features/eligibility-rules.js';
import { DecidedTitles } from './decided-titles.js';
import type { DecisionInput, OnScored } from './decision-input.js';
import { NearDuplicates, type NearDuplicateSettings } from './near-duplicates.js';
import { OfferedArms } from './offered-arms.js';
import type { TitleOrder } from './order.js';
import type { Page } from './page.js';
import { PageContext } from './page-context.js';
import { RowBatches } from './row-batches.js';
import { PageRows, ROWS_AS_GIVEN, type RowSettings } from './rows.js';
import { Slots } from './slots.js';

export interface DeciderOptions {
  /** default: rows as given */
  readonly rows?: RowSettings;
  /** default: no artwork is masked */
  readonly nearDuplicates?: NearDuplicateSettings;
}

/**
 * The decision path: candidates → eligibility → order of rows → title order → per title, left to right: features → scores → probabilities → draw.
 * Everything that removes an option comes before a draw. Typed arrays reused from page to page, no allocation per arm, no I/O.
 */
export class Decider {
  readonly #decided = new DecidedTitles();
  readonly #rows: PageRows;
  readonly #slots: Slots;
  readonly #batches: RowBatches;
  readonly #context: PageContext;

  constructor(
    readonly schema: ContextSchema,
    readonly order: TitleOrder,
    onIneligible: (why: Ineligible) => void,
    onPolicyFault: (error: unknown) => void,
    { rows = ROWS_AS_GIVEN, nearDuplicates }: DeciderOptions = {},
  ) {
    const kernels = sharedKernels();
    this.#rows = new PageRows(rows, order, onIneligible, onPolicyFault);
    const mask = nearDuplicates && new NearDuplicates(nearDuplicates, schema.embeddingSize);
    this.#slots = new Slots(schema, new OfferedArms(mask), onPolicyFault, kernels);
    this.#batches = new RowBatches(schema, order.records, this.#decided, this.#slots, kernels);
    this.#context = new PageContext(schema);
  }

  decide(input: DecisionInput, page: Page, onScored?: OnScored): void {
    page.clear();
    this.#decided.nextPage();
    this.#context.set(input);
    const rows = this.#rows;
    rows.arrange(input);
    for (let place = 0; place < rows.count; place++) {
      const [row, titles] = [rows.row(place), rows.titles(place)];
      page.reserve(titles.length);
      this.order.order(titles, row.rowHash, input, page, rows.means(place));
      const start = page.count;
      page.count += titles.length;
      this.#decideRow(start, input, page, onScored);
      page.rows.push(row);
      page.rowLengths.push(titles.length);
      if (!rows.drawn) continue;
      page.rowPropensities.push(rows.propensities[place]!);
      page.rowSwaps.push(rows.swaps[place]!);
    }
  }

  /** Slot by slot where somebody wants to see each slate, or the policy knows no other way. */
  #decideRow(start: number, input: DecisionInput, page: Page, onScored: OnScored | undefined): void {
    const { served } = input;
    if (onScored === undefined && input.personalized && served?.policy.scoreSlates !== undefined) {
      this.#batches.decide(start, page.count, input, served, this.#context, page);
      return;
    }
    for (let slot = start; slot < page.count; slot++) {
      const { titleRow } = page.titles[slot]!;
      const first = this.#decided.slotOf(titleRow);
      if (first !== undefined) page.repeat(first, slot);
      else {
        this.#decided.note(titleRow, slot);
        this.#slots.decide(start, slot, input, page, onScored);
      }
    }
  }
}
