import { MAX_ARMS } from '../../bandit/index.js';
import { SLOT_FLAGS } from '../../feedback/events/events.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { CandidateRow } from './candidates.js';

/** Bytes of one slot's mask: a bit for each of the most artworks a title may have. */
export const MASK_BYTES = Math.ceil(MAX_ARMS / 8);

/**
 * One page while it is being decided: columns, one entry per slot, reused from request to request. Nothing in here outlives the
 * synchronous stretch decide → record → write.
 */
export class Page {
  readonly rows: CandidateRow[] = [];
  readonly rowLengths: number[] = [];
  count = 0;
  titles: TitleRevision[] = [];
  arm = new Uint8Array(0);
  propensity = new Float32Array(0);
  orderPropensity = new Float32Array(0);
  flags = new Uint8Array(0);
  /** per slot: artworks that were left to draw from where some were masked, else 0: then all were */
  offeredCount = new Uint8Array(0);
  /** shape (slots, MASK_BYTES): bit a is set where arm a was left; only where offeredCount is not 0 */
  offered = new Uint8Array(0);
  /** per row, where a policy drew the order of rows, else empty: P(here | those above), P(this and the next the other way round | all else) */
  readonly rowPropensities: number[] = [];
  readonly rowSwaps: number[] = [];

  clear(): void {
    this.rowPropensities.length = 0;
    this.rowSwaps.length = 0;
    this.rows.length = 0;
    this.rowLengths.length = 0;
    this.count = 0;
  }

  /** Makes room for `slots` more. */
  reserve(slots: number): void {
    const needed = this.count + slots;
    if (needed <= this.arm.length) return;
    const capacity = Math.max(64, needed, 2 * this.arm.length);
    this.arm = grown(new Uint8Array(capacity), this.arm);
    this.propensity = grown(new Float32Array(capacity), this.propensity);
    this.orderPropensity = grown(new Float32Array(capacity), this.orderPropensity);
    this.flags = grown(new Uint8Array(capacity), this.flags);
    this.offeredCount = grown(new Uint8Array(capacity), this.offeredCount);
    this.offered = grown(new Uint8Array(capacity * MASK_BYTES), this.offered);
  }

  /** Notes which arms of a slot were left to draw from. @param arms rising; undefined: all were */
  offer(slot: number, arms: Uint8Array | undefined, count: number): void {
    this.offeredCount[slot] = arms === undefined ? 0 : count;
    if (arms === undefined) return;
    const at = slot * MASK_BYTES;
    this.offered.fill(0, at, at + MASK_BYTES);
    for (let i = 0; i < count; i++) {
      const arm = arms[i]!;
      this.offered[at + (arm >> 3)] = this.offered[at + (arm >> 3)]! | (1 << (arm & 7));
    }
  }

  /** Lets a slot be what an earlier one is: the same title, decided once. */
  repeat(first: number, slot: number): void {
    this.arm[slot] = this.arm[first]!;
    this.propensity[slot] = this.propensity[first]!;
    this.flags[slot] = this.flags[first]! | SLOT_FLAGS.repeatOnPage;
    this.offeredCount[slot] = this.offeredCount[first]!;
    if (this.offeredCount[slot] > 0)
      this.offered.copyWithin(slot * MASK_BYTES, first * MASK_BYTES, (first + 1) * MASK_BYTES);
  }

  /** most artworks of a title on the page */
  get maxArms(): number {
    let most = 1;
    for (let slot = 0; slot < this.count; slot++)
      most = Math.max(most, this.titles[slot]!.artworkRows.length);
    return most;
  }

  fallbacks(flag: number): number {
    let count = 0;
    for (let slot = 0; slot < this.count; slot++) if ((this.flags[slot]! & flag) !== 0) count++;
    return count;
  }
}

function grown<T extends Uint8Array | Float32Array>(larger: T, smaller: T): T {
  larger.set(smaller);
  return larger;
}

/** What the answer says of a slot that the policy did not decide. */
export function fallbackName(flags: number): 'unpersonalised' | 'default-artwork' | undefined {
  if ((flags & SLOT_FLAGS.fallbackDefault) !== 0) return 'default-artwork';
  return (flags & SLOT_FLAGS.fallbackUnpersonalised) !== 0 ? 'unpersonalised' : undefined;
}
