import { chooseArms, SlateBatch, type Kernels } from '../../bandit/index.js';
import { contextHeadLength, type ContextSchema } from '../../features/context-vector.js';
import type { DecidedTitles } from './decided-titles.js';
import type { DecisionInput } from './decision-input.js';
import type { ServedModel } from './models.js';
import type { Page } from './page.js';
import type { PageContext } from './page-context.js';
import type { Slots } from './slots.js';
import type { TitleRecords } from './title-records.js';

/** Slots decided together: a long row is decided in parts. */
const MOST_SLOTS = 200;
const REPEATED = -1;

/**
 * Decides the slots of a row together, where the policy scores many slates at once: every artwork of every title is scored and drawn from as if nothing were
 * masked, then slots are taken from left to right. A slot that a neighbour, or the frequency cap, does take something from, and every slot of a row that could not be scored, is decided
 * again by itself. So the page is the one that slot by slot gives, to the bit.
 */
export class RowBatches {
  readonly #batch: SlateBatch;
  /** shape (MOST_SLOTS): the slate of each slot, or REPEATED */
  readonly #places = new Int32Array(MOST_SLOTS);

  constructor(
    schema: ContextSchema,
    readonly records: TitleRecords,
    readonly decided: DecidedTitles,
    readonly slots: Slots,
    kernels: Kernels,
  ) {
    this.#batch = new SlateBatch(
      { headLength: contextHeadLength(schema), size: schema.embeddingSize, slates: MOST_SLOTS },
      kernels,
    );
  }

  /** @param start first slot of the row, of which all titles are placed up to `end` */
  decide(
    start: number,
    end: number,
    input: DecisionInput,
    served: ServedModel,
    context: PageContext,
    page: Page,
  ): void {
    for (let from = start; from < end;) {
      const to = this.#collect(from, end, page);
      const scored = this.#score(input, served, context);
      for (let slot = from; slot < to; slot++)
        this.#settle(start, slot, this.#places[slot - from]!, scored, input, page);
      from = to;
    }
  }

  /** Puts titles not yet decided on the batch, as far as there is room. @returns the slot after the last */
  #collect(from: number, end: number, page: Page): number {
    const batch = this.#batch;
    batch.clear();
    const last = Math.min(end, from + MOST_SLOTS);
    for (let slot = from; slot < last; slot++) {
      const title = page.titles[slot]!;
      if (this.decided.slotOf(title.titleRow) !== undefined) {
        this.#places[slot - from] = REPEATED;
        continue;
      }
      this.#places[slot - from] = batch.count;
      if (!batch.add(this.records.of(title).artworks!, title.titleHash)) return slot;
      this.decided.note(title.titleRow, slot);
    }
    return last;
  }

  /** @returns false when some slate cannot be scored: which, deciding them one by one will tell */
  #score(input: DecisionInput, { policy, model }: ServedModel, context: PageContext): boolean {
    const batch = this.#batch;
    try {
      batch.expand(context, policy.dimension > 0);
      policy.scoreSlates!(model, batch, batch.scores);
      const { propensities } = batch.scores;
      const { drawKey } = input;
      chooseArms(batch, propensities, drawKey.a, drawKey.b, batch.titleHashes, batch.hashes, batch.chosen);
      return true;
    } catch {
      return false;
    }
  }

  #settle(
    rowStart: number,
    slot: number,
    place: number,
    scored: boolean,
    input: DecisionInput,
    page: Page,
  ): void {
    const title = page.titles[slot]!;
    if (place === REPEATED) {
      page.repeat(this.decided.slotOf(title.titleRow)!, slot);
      return;
    }
    if (!scored || this.slots.isMasked(rowStart, slot, input, page)) {
      this.slots.decide(rowStart, slot, input, page);
      return;
    }
    const batch = this.#batch;
    const arm = batch.chosen[place]!;
    page.offer(slot, undefined, 0);
    page.arm[slot] = arm;
    page.propensity[slot] = batch.scores.propensities[batch.starts[place]! + arm]!;
    page.flags[slot] = 0;
  }
}
