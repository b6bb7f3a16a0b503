import { MAX_ARMS } from '../../bandit/index.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { DecisionInput } from './decision-input.js';
import { ALL_ARMS, type NearDuplicates } from './near-duplicates.js';
import type { Page } from './page.js';

/**
 * Which artworks of a title may be drawn in a slot: those the member has not been shown too often, of these those not too like the neighbours to the left. What is left is what the
 * policy scores and draws from, so the probability that is logged is the one that was used. It is never nothing: where all have been shown too often,
 * the one that was shown longest ago comes again.
 */
export class OfferedArms {
  /** shape (≥ number kept): the arms that stay, rising */
  readonly kept = new Uint8Array(MAX_ARMS);

  constructor(readonly nearDuplicates: NearDuplicates | undefined) {}

  /** Does every artwork stay, whatever the title? */
  keepsAll(rowStart: number, slot: number, input: DecisionInput): boolean {
    return input.capped === undefined && (this.nearDuplicates === undefined || slot === rowStart);
  }

  /**
   * @param rowStart first slot of the row
   * @returns number of arms kept, written to `kept`, in [1, K]
   */
  keep(rowStart: number, slot: number, input: DecisionInput, page: Page): number {
    const title = page.titles[slot]!;
    const count = this.#keepUncapped(title, input);
    const mask = this.nearDuplicates;
    if (mask === undefined || slot === rowStart || count === 1) return count;
    return mask.thin(this.kept, count, page, rowStart, slot, title);
  }

  #keepUncapped({ artworkRows }: TitleRevision, { capped, nowMs }: DecisionInput): number {
    const arms = artworkRows.length;
    if (capped === undefined) {
      this.kept.set(ALL_ARMS.subarray(0, arms));
      return arms;
    }
    let count = 0;
    let [longestAgo, longestAgoMs] = [0, Infinity];
    for (let a = 0; a < arms; a++) {
      const cap = capped.get(artworkRows[a]!);
      if (cap === undefined || nowMs >= cap.untilMs) this.kept[count++] = a;
      else if (cap.lastMs < longestAgoMs) [longestAgo, longestAgoMs] = [a, cap.lastMs];
    }
    if (count > 0) return count;
    this.kept[0] = longestAgo;
    return 1;
  }
}
