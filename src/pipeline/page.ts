import { SLOT_FLAGS } from '../../feedback/events/events.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { CandidateRow } from './candidates.js';

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

  clear(): void {
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
