import { LRUCache } from 'lru-cache';
import { AppError } from '../../core/errors.js';
import { asId, type MemberId } from '../../core/ids.js';
import type { MemberHistory } from '../../features/member-store.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { LabelEvent } from '../events/events.js';

/** n and Σ of what a member's good plays were plays of, in float64 so that many small steps add up. */
interface Running {
  plays: number;
  readonly sum: Float64Array;
}

/**
 * A member's taste as plays told it: n += Δr, Σ += Δr·(title vector + artwork vector)/2 for each rise Δr of a slot's reward.
 * Only the most recent members are in memory; the rest are where the checkpoint put them, and are fetched before their labels are folded.
 */
export class MemberHistories {
  readonly #recent: LRUCache<MemberId, Running>;
  #unsaved = new Map<MemberId, Running>();
  /** drained for a checkpoint that is still being written: what is fetched meanwhile would be older */
  #saving = new Map<MemberId, Running>();
  #unpublished = new Map<MemberId, Running>();

  constructor(
    readonly embeddingSize: number,
    maxMemberHistories: number,
  ) {
    this.#recent = new LRUCache({ max: maxMemberHistories });
  }

  /** Of these members, those whose history must be fetched (or found absent) before a label of theirs is folded. */
  missing(memberIds: Iterable<MemberId>): MemberId[] {
    return [...new Set(memberIds)].filter((id) => this.#find(id) === undefined);
  }

  /** @param bytes as `drainUnsaved` gave them; undefined for a member without history @throws AppError `checkpoint/corrupt` */
  restore(memberId: MemberId, bytes: Uint8Array | undefined): void {
    const sum = new Float64Array(this.embeddingSize);
    if (bytes === undefined) {
      this.#recent.set(memberId, { plays: 0, sum });
      return;
    }
    if (bytes.byteLength !== 8 * (1 + sum.length)) {
      throw new AppError(
        'checkpoint/corrupt',
        `a member history has ${bytes.byteLength} bytes; expected ${8 * (1 + sum.length)}`,
      );
    }
    const values = new Float64Array(new Uint8Array(bytes).buffer);
    sum.set(values.subarray(1));
    this.#recent.set(memberId, { plays: values[0]!, sum });
  }

  learn(label: LabelEvent, revision: TitleRevision): void {
    const change = label.rewardAfter - label.rewardBefore;
    if (!(change > 0)) return;
    const history = this.#find(label.memberId) ?? { plays: 0, sum: new Float64Array(this.embeddingSize) };
    history.plays += change;
    const artworkAt = label.arm * this.embeddingSize;
    for (let e = 0; e < this.embeddingSize; e++) {
      const vector = (revision.titleVector[e]! + revision.artworkVectors[artworkAt + e]!) / 2;
      history.sum[e] = history.sum[e]! + change * vector;
    }
    this.#recent.set(label.memberId, history);
    this.#unsaved.set(label.memberId, history);
    this.#unpublished.set(label.memberId, history);
  }

  /** Histories changed since the last call, for whoever serves: absolute values. */
  drainUnpublished(): MemberHistory[] {
    const changed = [...this.#unpublished].map(([memberId, { plays, sum }]) => ({
      memberId,
      plays,
      sum: Float32Array.from(sum),
    }));
    this.#unpublished = new Map();
    return changed;
  }

  /** They were drained and did not arrive: the next drain has them again. */
  putBack(histories: readonly MemberHistory[]): void {
    for (const history of histories) {
      const memberId = asId<MemberId>(history.memberId);
      const known = this.#find(memberId);
      if (known !== undefined) this.#unpublished.set(memberId, known);
    }
  }

  /** Histories changed since the last call, as bytes for the checkpoint; `saved` says that they are written. */
  drainUnsaved(): [memberId: MemberId, bytes: Uint8Array][] {
    const changed = [...this.#unsaved].map(([memberId, { plays, sum }]): [MemberId, Uint8Array] => {
      return [memberId, new Uint8Array(Float64Array.of(plays, ...sum).buffer)];
    });
    this.#saving = this.#unsaved;
    this.#unsaved = new Map();
    return changed;
  }

  saved(): void {
    this.#saving = new Map();
  }

  #find(memberId: MemberId): Running | undefined {
    return (
      this.#recent.get(memberId) ??
      this.#unsaved.get(memberId) ??
      this.#saving.get(memberId) ??
      this.#unpublished.get(memberId)
    );
  }
}
