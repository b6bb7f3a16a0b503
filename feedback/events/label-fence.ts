import type { LabelsRecord } from './labels-record.js';

/** What a fence has seen of one partition of `labels`, up to some offset. Plain, so that a checkpoint can keep it. */
export interface FenceState {
  /** highest epoch claimed; 0: none */
  readonly epoch: number;
  /** who claimed it first; '' where none did, or where that record is no longer kept */
  readonly owner: string;
  /** of the last label that counted in this epoch; 0: none */
  readonly sequence: number;
}

export const UNCLAIMED: FenceState = { epoch: 0, owner: '', sequence: 0 };

/**
 *   counts   learn it
 *   void     pass over it: written by who no longer owned the partition, or written twice, or not a label at all
 *   claimed  the partition has a new owner from here on
 */
export type Verdict = 'counts' | 'void' | 'claimed';

/**
 * Which records of one partition of `labels` count. Whoever takes a partition over first appends a claim, with an epoch higher than any it found there;
 * of claims with one epoch the first in the log wins. From a claim on only labels of its epoch count, and each sequence number once, so what a former
 * owner goes on writing and what a retried request appends twice changes nothing. The verdicts follow from the log alone: every reader, at any time, comes
 * to the same.
 *
 * Labels without an epoch, from before there were claims, count until the first claim. A label of a higher epoch than any claim seen stands for its claim,
 * which the log no longer keeps: nobody writes under an epoch before its claim is in the log.
 *
 * @example new LabelFence().take({ kind: 'foreign', message: 'no label' }) // => 'void'
 */
export class LabelFence {
  #epoch: number;
  #owner: string;
  #sequence: number;

  /** @param state as another fence left it at the record before */
  constructor(state: FenceState = UNCLAIMED) {
    this.#epoch = state.epoch;
    this.#owner = state.owner;
    this.#sequence = state.sequence;
  }

  get state(): FenceState {
    return { epoch: this.#epoch, owner: this.#owner, sequence: this.#sequence };
  }

  /** Takes the next record in. Pure but for the state. */
  take(record: LabelsRecord): Verdict {
    switch (record.kind) {
      case 'claim':
        return this.#claim(record.claim.ownerEpoch, record.claim.owner) ? 'claimed' : 'void';
      case 'label':
        return this.#accepts(record.label.ownerEpoch, record.label.ownerSequence) ? 'counts' : 'void';
      case 'foreign':
        return 'void';
    }
  }

  #claim(epoch: number, owner: string): boolean {
    if (!(epoch > this.#epoch)) return false;
    this.#begin(epoch, owner);
    return true;
  }

  #accepts(epoch: number, sequence: number): boolean {
    if (epoch > this.#epoch) this.#begin(epoch, '');
    if (epoch !== this.#epoch) return false;
    if (epoch === 0) return true;
    if (!(sequence > this.#sequence)) return false;
    this.#sequence = sequence;
    return true;
  }

  #begin(epoch: number, owner: string): void {
    this.#epoch = epoch;
    this.#owner = owner;
    this.#sequence = 0;
  }
}
