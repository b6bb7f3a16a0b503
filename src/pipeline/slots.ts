import { chooseArm, MAX_ARMS, type Kernels, type Slate, type SlateScores } from '../../bandit/index.js';
import { writeContext, type ContextSchema } from '../../features/context-vector.js';
import type { TitleRevision } from '../../features/title-revision.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import type { DecisionInput, OnScored } from './decision-input.js';
import type { ServedModel } from './models.js';
import { ALL_ARMS } from './near-duplicates.js';
import type { OfferedArms } from './offered-arms.js';
import type { Page } from './page.js';

/** Decides one slot at a time: features → scores → probabilities → draw, and the ladder where that cannot be. What row-batches.ts does for many at once, to the bit. */
export class Slots {
  readonly #slate: Slate;
  readonly #scores: SlateScores;
  /** of the title being decided: the artwork behind each arm of the slate, and its hash */
  #arms: Uint8Array = ALL_ARMS;
  readonly #keptHashes = new Uint32Array(MAX_ARMS);

  constructor(
    readonly schema: ContextSchema,
    readonly offered: OfferedArms,
    readonly onPolicyFault: (error: unknown) => void,
    kernels: Kernels,
  ) {
    // In the kernels' memory: what a slate is scored from and to is not copied.
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

  /** @param rowStart first slot of the row; those from there to `slot` are decided */
  decide(rowStart: number, slot: number, input: DecisionInput, page: Page, onScored?: OnScored): void {
    const title = page.titles[slot]!;
    if (input.personalized && input.served) {
      this.#offer(rowStart, slot, title, input, page);
      if (this.#byPolicy(slot, title, input, input.served, page)) {
        onScored?.(slot, title, this.#slate, this.#scores, this.#arms);
        return;
      }
    }
    this.#offerAll(slot, title, page);
    this.#byLadder(slot, title, input, page);
    onScored?.(slot, title, this.#slate, this.#scores, this.#arms);
  }

  /** Is something of this slot's title not to be drawn here? */
  isMasked(rowStart: number, slot: number, input: DecisionInput, page: Page): boolean {
    if (this.offered.keepsAll(rowStart, slot, input)) return false;
    return this.offered.keep(rowStart, slot, input, page) < page.titles[slot]!.artworkRows.length;
  }

  #offerAll(slot: number, title: TitleRevision, page: Page): void {
    this.#slate.size = title.artworkRows.length;
    this.#slate.rows.set(title.artworkRows);
    this.#arms = ALL_ARMS;
    page.offer(slot, undefined, 0);
  }

  /** Puts those of the title's artworks on the slate that may be drawn. */
  #offer(rowStart: number, slot: number, title: TitleRevision, input: DecisionInput, page: Page): void {
    this.#offerAll(slot, title, page);
    if (this.offered.keepsAll(rowStart, slot, input)) return;
    const count = this.offered.keep(rowStart, slot, input, page);
    if (count === this.#slate.size) return;
    const { kept } = this.offered;
    this.#slate.size = count;
    this.#arms = kept;
    page.offer(slot, kept, count);
    for (let a = 0; a < count; a++) {
      this.#slate.rows[a] = title.artworkRows[kept[a]!]!;
      this.#keptHashes[a] = title.artworkHashes[kept[a]!]!;
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
