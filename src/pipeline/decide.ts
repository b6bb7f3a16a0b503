import { chooseArm, MAX_ARMS, type LinearModel, type Slate, type SlateScores } from '../../bandit/index.js';
import { writeContext, type ContextSchema } from '../../features/context-vector.js';
import type { TitleRevision } from '../../features/title-revision.js';
import { ineligibility, type Ineligible } from '../../features/eligibility-rules.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import type { CandidateRow } from './candidates.js';
import type { DrawKey } from './draw-key.js';
import type { ServedModel } from './models.js';
import type { TitleOrder } from './order.js';
import type { Page } from './page.js';

/** Everything a decision depends on. Same input, same models: same page. */
export interface DecisionInput {
  readonly rows: readonly CandidateRow[];
  readonly country: string;
  readonly maturityLimit: number;
  readonly device: number;
  readonly daypart: number;
  readonly nowMs: number;
  /** shape (E) */
  readonly memberVector: Float32Array;
  /** false: the member's features did not arrive in time, so the page is decided without personalization */
  readonly personalized: boolean;
  readonly drawKey: DrawKey;
  /** the variant's policy; undefined when it cannot be served */
  readonly served: ServedModel | undefined;
  readonly unpersonalised: ServedModel | undefined;
  /** posterior means of titles; undefined before anything was learned */
  readonly titleOrder: LinearModel | undefined;
}

/** Called for every title decided by its policy, while the scores are in the scratch: what explanations are made from. */
export type OnScored = (slot: number, title: TitleRevision, slate: Slate, scores: SlateScores) => void;

/**
 * The decision path: candidates → eligibility → title order → per title, left to right: features → scores → probabilities → draw.
 * Everything that removes an option comes before a draw. Typed arrays reused from page to page, no allocation per arm, no I/O.
 */
export class Decider {
  readonly #slate: Slate;
  readonly #scores: SlateScores;
  /** per title row: page on which it was last decided, and the slot where */
  #decidedOnPage = new Uint32Array(0);
  #decidedInSlot = new Uint32Array(0);
  #pageNumber = 0;
  readonly #eligible: TitleRevision[] = [];

  constructor(
    readonly schema: ContextSchema,
    readonly order: TitleOrder,
    readonly onIneligible: (why: Ineligible) => void,
    readonly onPolicyFault: (error: unknown) => void,
  ) {
    this.#slate = {
      size: 0,
      rows: new Int32Array(MAX_ARMS),
      contexts: new Float32Array(MAX_ARMS * schema.dimension),
    };
    this.#scores = {
      means: new Float64Array(MAX_ARMS),
      deviations: new Float64Array(MAX_ARMS),
      propensities: new Float64Array(MAX_ARMS),
    };
  }

  decide(input: DecisionInput, page: Page, onScored?: OnScored): void {
    page.clear();
    this.#pageNumber = (this.#pageNumber + 1) >>> 0;
    if (this.#pageNumber === 0) this.#decidedOnPage.fill(0);
    for (const row of input.rows) {
      const eligible = this.#keepEligible(row, input);
      if (eligible.length === 0) continue;
      page.reserve(eligible.length);
      this.order.order(eligible, row.rowHash, input, page);
      const end = page.count + eligible.length;
      while (page.count < end) this.#decideSlot(page.count++, input, page, onScored);
      page.rows.push(row);
      page.rowLengths.push(eligible.length);
    }
  }

  #keepEligible(row: CandidateRow, input: DecisionInput): readonly TitleRevision[] {
    const eligible = this.#eligible;
    eligible.length = 0;
    for (const title of row.titles) {
      const why = ineligibility(
        title.rules,
        title.artworkRows.length,
        input.country,
        input.maturityLimit,
        input.nowMs,
      );
      if (why === undefined) eligible.push(title);
      else this.onIneligible(why);
    }
    return eligible;
  }

  #decideSlot(slot: number, input: DecisionInput, page: Page, onScored: OnScored | undefined): void {
    const title = page.titles[slot]!;
    this.#growTo(title.titleRow);
    if (this.#decidedOnPage[title.titleRow] === this.#pageNumber) {
      const first = this.#decidedInSlot[title.titleRow]!;
      page.arm[slot] = page.arm[first]!;
      page.propensity[slot] = page.propensity[first]!;
      page.flags[slot] = page.flags[first]! | SLOT_FLAGS.repeatOnPage;
      return;
    }
    this.#decidedOnPage[title.titleRow] = this.#pageNumber;
    this.#decidedInSlot[title.titleRow] = slot;
    this.#fillRows(title);
    if (input.personalized && input.served && this.#byPolicy(slot, title, input, input.served, page)) {
      onScored?.(slot, title, this.#slate, this.#scores);
      return;
    }
    this.#byLadder(slot, title, input, page);
    onScored?.(slot, title, this.#slate, this.#scores);
  }

  #fillRows(title: TitleRevision): void {
    this.#slate.size = title.artworkRows.length;
    this.#slate.rows.set(title.artworkRows);
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
            a * embeddingSize,
            slate.contexts,
            a * dimension,
          );
        }
      }
      served.policy.score(served.model, slate, this.#scores);
      const arm = chooseArm(
        this.#scores.propensities,
        slate.size,
        input.drawKey.a,
        input.drawKey.b,
        title.titleHash,
        title.artworkHashes,
      );
      page.arm[slot] = arm;
      page.propensity[slot] = this.#scores.propensities[arm]!;
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

  #growTo(titleRow: number): void {
    if (titleRow < this.#decidedOnPage.length) return;
    const capacity = Math.max(1024, 2 * (titleRow + 1));
    const onPage = new Uint32Array(capacity);
    const inSlot = new Uint32Array(capacity);
    onPage.set(this.#decidedOnPage);
    inSlot.set(this.#decidedInSlot);
    this.#decidedOnPage = onPage;
    this.#decidedInSlot = inSlot;
  }
}

function indexOfLargest(values: Float64Array, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
