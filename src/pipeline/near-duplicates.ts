import { MAX_ARMS } from '../../bandit/index.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { Page } from './page.js';

export interface NearDuplicateSettings {
  /** cosine distance, in [0, 2]: artworks closer than this to a neighbour's are not offered */
  readonly threshold: number;
  /** so many slots to the left, in the same row, are looked at */
  readonly neighbours: number;
}

/** Arms as they are: what a slate offers when nothing is masked. */
export const ALL_ARMS = Uint8Array.from({ length: MAX_ARMS }, (_, a) => a);

/**
 * Removes, before the draw, the artworks of a title that look like what its neighbours to the left show: two of the same kind side by side make a row dull.
 * Never removes all: where all are alike, all stay.
 */
export class NearDuplicates {
  constructor(
    readonly settings: NearDuplicateSettings,
    /** E: length of an artwork's vector */
    readonly embeddingSize: number,
  ) {}

  /**
   * @param arms     of the title, rising; those that stay are moved to its front
   * @param count    how many there are
   * @param rowStart first slot of the row
   * @returns how many stay, in [1, count]
   */
  thin(
    arms: Uint8Array,
    count: number,
    page: Page,
    rowStart: number,
    slot: number,
    title: TitleRevision,
  ): number {
    const from = Math.max(rowStart, slot - this.settings.neighbours);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const a = arms[i]!;
      let isAlike = false;
      for (let n = from; n < slot && !isAlike; n++) {
        isAlike = this.#distance(title, a, page.titles[n]!, page.arm[n]!) < this.settings.threshold;
      }
      // Where none stays none has been moved either.
      if (!isAlike) arms[kept++] = a;
    }
    return kept > 0 ? kept : count;
  }

  /** 1 − cosine. A picture of nothing known is like no other. */
  #distance(title: TitleRevision, arm: number, neighbour: TitleRevision, shownArm: number): number {
    const size = this.embeddingSize;
    const a = title.artworkVectors;
    const b = neighbour.artworkVectors;
    let [product, aa, bb] = [0, 0, 0];
    for (let e = 0; e < size; e++) {
      const x = a[arm * size + e]!;
      const y = b[shownArm * size + e]!;
      product += x * y;
      aa += x * x;
      bb += y * y;
    }
    return aa > 0 && bb > 0 ? 1 - product / Math.sqrt(aa * bb) : 1;
  }
}
