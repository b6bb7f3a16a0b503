import { holds, isConflict } from '../../../features/key-value/checked-batch.js';
import type { Expectation, KeyValueStore } from '../../../features/key-value/key-value.js';
import type { LearnerPartition } from '../learner-partition.js';
import { decodeJson, encodeJson, type PartialKeys, type PartialOwner } from './partial-keys.js';

/** A partition's owner as the store knows it: this learner, once it has been told, until a later claim in the log puts another in its place. */
export class PartialOwnership {
  readonly #own: PartialOwner;
  readonly #bytes: Uint8Array;

  constructor(
    readonly partition: LearnerPartition,
    readonly keys: PartialKeys,
    readonly store: KeyValueStore,
  ) {
    const { labels, options } = partition;
    this.#own = { epoch: labels.ownerEpoch, owner: options.owner, claimOffset: labels.claimOffset };
    this.#bytes = encodeJson(this.#own);
  }

  /** To be expected by whatever only the owner may write. */
  get guard(): readonly Expectation[] {
    return [[this.keys.owner, this.#bytes]];
  }

  isIn(bytes: Uint8Array | undefined): boolean {
    return holds(bytes, this.#bytes);
  }

  /**
   * Has another claimed the partition after this learner? The higher epoch stands further on in the log. A store that has outlived its log names owners of
   * whom this one knows nothing: those have no say.
   */
  async isSucceededBy(bytes: Uint8Array | undefined): Promise<boolean> {
    if (bytes === undefined || this.isIn(bytes)) return false;
    const { epoch, claimOffset } = decodeJson<PartialOwner>(bytes);
    if (epoch <= this.#own.epoch || claimOffset <= this.#own.claimOffset) return false;
    const { partition, options } = this.partition;
    return claimOffset < ((await options.log.endOffsets('labels'))[partition] ?? 0);
  }

  /**
   * Becomes the owner in the store, if nobody has come between.
   *
   * @param seen owner and head, as they were when it was decided to
   * @param puts to be written with it
   */
  async take(
    seen: readonly [owner: Uint8Array | undefined, head: Uint8Array | undefined],
    puts: readonly (readonly [string, Uint8Array])[],
  ): Promise<boolean> {
    try {
      await this.store.write({
        // The head too: from here on nobody else moves it.
        expect: [
          [this.keys.owner, seen[0]],
          [this.keys.head, seen[1]],
        ],
        puts: [[this.keys.owner, this.#bytes], ...puts],
      });
      return true;
    } catch (error) {
      if (!isConflict(error)) throw error;
      return false;
    }
  }
}
