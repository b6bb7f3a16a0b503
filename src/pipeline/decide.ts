import { chooseArm, MAX_ARMS, sharedKernels, type Slate, type SlateScores } from '../../bandit/index.js';
import { writeContext, type ContextSchema } from '../../features/context-vector.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { Ineligible } from '../../features/eligibility-rules.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import { DecidedTitles } from './decided-titles.js';
import type { DecisionInput, OnScored } from './decision-input.js';
import type { ServedModel } from './models.js';
import { ALL_ARMS, NearDuplicates, type NearDuplicateSettings } from './near-duplicates.js';
import type { TitleOrder } from './order.js';
import type { Page } from './page.js';
import { PageRows, ROWS_AS_GIVEN, type RowSettings } from './rows.js';

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
  readonly #slate: Slate;
  readonly #scores: SlateScores;
  readonly #decided = new DecidedTitles();
  readonly #rows: PageRows;
  readonly #nearDuplicates: NearDuplicates | undefined;
  /** of the title being decided: the artwork behind each arm of the slate, and its hash */
  #arms: Uint8Array = ALL_ARMS;
  readonly #keptHashes = new Uint32Array(MAX_ARMS);

  constructor(
    readonly schema: ContextSchema,
    readonly order: TitleOrder,
    readonly onIneligible: (why: Ineligible) => void,
    readonly onPolicyFault: (error: unknown) => void,
    { rows = ROWS_AS_GIVEN, nearDuplicates }: DeciderOptions = {},
  ) {
    this.#rows = new PageRows(rows, order, onIneligible, onPolicyFault);
    this.#nearDuplicates = nearDuplicates && new NearDuplicates(nearDuplicates, schema.embeddingSize);
    // In the kernels' memory: what a slate is scored from and to is not copied.
    const kernels = sharedKernels();
    this.#slate = {
      size: 0,
      rows: kernels.int32(MAX_ARMS, this),
      contexts: kernels.float32(MAX_ARMS * schema.dimension, this),
    };
    this.#scores = {
      means: kernels.float64(MAX_ARMS, this),
      deviations: kernels.float64(MAX_ARMS, this),
      propensities: kernels.float64(MAX_ARMS, this),
    };
  }

  decide(input: DecisionInput, page: Page, onScored?: OnScored): void {
    page.clear();
    this.#decided.nextPage();
    const rows = this.#rows;
    rows.arrange(input);
    for (let place = 0; place < rows.count; place++) {
      const [row, titles] = [rows.row(place), rows.titles(place)];
      page.reserve(titles.length);
      this.order.order(titles, row.rowHash, input, page, rows.means(place));
      const start = page.count;
      const end = start + titles.length;
      while (page.count < end) this.#decideSlot(start, page.count++, input, page, onScored);
      page.rows.push(row);
      page.rowLengths.push(titles.length);
      if (!rows.drawn) continue;
      page.rowPropensities.push(rows.propensities[place]!);
      page.rowSwaps.push(rows.swaps[place]!);
    }
  }

  #decideSlot(
    rowStart: number,
    slot: number,
    input: DecisionInput,
    page: Page,
    onScored: OnScored | undefined,
  ): void {
    const title = page.titles[slot]!;
    const first = this.#decided.slotOf(title.titleRow);
    if (first !== undefined) {
      page.repeat(first, slot);
      return;
    }
    this.#decided.note(title.titleRow, slot);
    if (input.personalized && input.served) {
      this.#offer(rowStart, slot, title, page);
      if (this.#byPolicy(slot, title, input, input.served, page)) {
        onScored?.(slot, title, this.#slate, this.#scores, this.#arms);
        return;
      }
    }
    this.#offerAll(slot, title, page);
    this.#byLadder(slot, title, input, page);
    onScored?.(slot, title, this.#slate, this.#scores, this.#arms);
  }

  #offerAll(slot: number, title: TitleRevision, page: Page): void {
    this.#slate.size = title.artworkRows.length;
    this.#slate.rows.set(title.artworkRows);
    this.#arms = ALL_ARMS;
    page.offer(slot, undefined, 0);
  }

  /** Puts the title's artworks on the slate, without those too like the neighbours'. */
  #offer(rowStart: number, slot: number, title: TitleRevision, page: Page): void {
    this.#offerAll(slot, title, page);
    const mask = this.#nearDuplicates;
    if (mask === undefined || slot === rowStart) return;
    const count = mask.keep(page, rowStart, slot, title);
    if (count === this.#slate.size) return;
    this.#slate.size = count;
    this.#arms = mask.kept;
    page.offer(slot, mask.kept, count);
    for (let a = 0; a < count; a++) {
      this.#slate.rows[a] = title.artworkRows[mask.kept[a]!]!;
      this.#keptHashes[a] = title.artworkHashes[mask.kept[a]!]!;
    }
  }

  /** @returns false when the policy failed: the ladder takes over, the page goes on */
  #byPolicy(
    slot: number,
    title: TitleRevision,
    input: DecisionInput,
    served: ServedModel,
    page: Page,
  ): boolean {
    const slate = this.#slate;
    try {
      if (served.policy.dimension > 0) {
        const { dimension, embeddingSize } = this.schema;
        for (let a = 0; a < slate.size; a++) {
          writeContext(
            this.schema,
            input.memberVector,
            input.device,
            input.daypart,
            title.artworkVectors,
            this.#arms[a]! * embeddingSize,
            slate.contexts,
            a * dimension,
          );
        }
      }
      served.policy.score(served.model, slate, this.#scores);
      const drawn = chooseArm(
        this.#scores.propensities,
        slate.size,
        input.drawKey.a,
        input.drawKey.b,
        title.titleHash,
        this.#arms === ALL_ARMS ? title.artworkHashes : this.#keptHashes,
      );
      page.arm[slot] = this.#arms[drawn]!;
      page.propensity[slot] = this.#scores.propensities[drawn]!;
      page.flags[slot] = 0;
      return true;
    } catch (error) {
      this.onPolicyFault(error);
      return false;
    }
  }

  /** Second rung: the best artwork for everyone. Third: the title's default. Never in off-policy estimates, hence propensity 1. */
  #byLadder(slot: number, title: TitleRevision, input: DecisionInput, page: Page): void {
    const slate = this.#slate;
    const scores = this.#scores;
    let arm = title.defaultArm;
    let flag: number = SLOT_FLAGS.fallbackDefault;
    scores.means.fill(0, 0, slate.size);
    scores.deviations.fill(0, 0, slate.size);
    if (input.unpersonalised && input.unpersonalised.version > 0) {
      try {
        input.unpersonalised.policy.score(input.unpersonalised.model, slate, scores);
        arm = indexOfLargest(scores.means, slate.size);
        flag = SLOT_FLAGS.fallbackUnpersonalised;
      } catch (error) {
        this.onPolicyFault(error);
      }
    }
    scores.propensities.fill(0, 0, slate.size);
    scores.propensities[arm] = 1;
    // No feature spoke: what stands here is another title's, perhaps another member's.
    slate.contexts.fill(0, 0, slate.size * this.schema.dimension);
    page.arm[slot] = arm;
    page.propensity[slot] = 1;
    page.flags[slot] = flag;
  }
}

function indexOfLargest(values: Float64Array, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
