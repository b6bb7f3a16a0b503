import type { EventId, MemberId, RequestId } from '../../core/ids.js';

/** What flows on the topics. Bytes: Avro by avro.ts; every version has golden fixtures that are never edited. */

/**
 * One page as decided (topic `decisions`, key: member id). Holds the member's vector once and, per slot, what is needed to rebuild
 * x = φ(member, title, artwork, request) exactly: the *title revision* (an immutable version of the title with its artworks' vectors).
 */
export interface DecisionEvent {
  readonly requestId: RequestId;
  readonly memberId: MemberId;
  readonly atMs: number;
  readonly canvas: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
  /** hash of the ContextVector schema that x was built with */
  readonly contextSchema: string;
  readonly epoch: number;
  /** ordinals of the schema's groups, see features/context-vector.ts */
  readonly device: number;
  readonly daypart: number;
  readonly country: string;
  /** shape (E): member embedding as served, float32 */
  readonly memberVector: Float32Array;
  /** row ids in page order; rowLengths[i] slots belong to rowIds[i]; slots are numbered through the page */
  readonly rowIds: readonly string[];
  readonly rowLengths: readonly number[];
  /** shape (rows): conditional probability of each row at its place given those above it; empty: rows stand as they were given */
  readonly rowPropensities: Float32Array;
  /** shape (rows): P(this row and the next the other way round | all other places as they are), see bandit/row-policy.ts; empty with `rowPropensities` */
  readonly rowSwaps: Float32Array;
  /**
   * e of each column and of each row of the page, relative to the first, as believed when the page was decided: what its trials are learned with. The last
   * entry holds for all places after it; empty: 1 everywhere.
   */
  readonly columnExamination: Float32Array;
  readonly rowExamination: Float32Array;
  readonly slots: DecisionSlots;
}

/** Columns, one entry per slot (packed as bytes on the wire). */
export interface DecisionSlots {
  readonly count: number;
  /** title revision, see features/catalogue.ts */
  readonly titleRevision: Uint32Array;
  /** index of the chosen artwork in the title revision's artworks */
  readonly arm: Uint8Array;
  /** probability with which this policy chose this arm, from the vector the draw was made from */
  readonly propensity: Float32Array;
  /** conditional probability of this title at this position given those before it (Plackett–Luce) */
  readonly orderPropensity: Float32Array;
  readonly flags: Uint8Array;
  /** shape (count, maskBytes): bit a of the slot's mask is set where arm a was offered (eligible) */
  readonly offered: Uint8Array;
  readonly maskBytes: number;
}

/** Bits of DecisionSlots.flags. Flagged slots never enter off-policy estimates. */
export const SLOT_FLAGS = {
  /** the ladder answered with the best artwork for everyone: a member feature or a model was missing */
  fallbackUnpersonalised: 1,
  /** the ladder answered with the title's default artwork */
  fallbackDefault: 2,
  /** this title already stood in an earlier slot of the page: it repeats that decision */
  repeatOnPage: 4,
} as const;

/** Topic `impressions`, key: member id. One per (request, slot): `eventId` is derived from them, so a repeat is a duplicate. */
export interface ImpressionEvent {
  readonly eventId: EventId;
  readonly requestId: RequestId;
  readonly memberId: MemberId;
  readonly slot: number;
  /** when it was seen, by the client's clock brought within the allowed skew */
  readonly atMs: number;
  readonly receivedAtMs: number;
}

/** Topic `plays`, key: member id. Several per impression; the same `playId` again is a later report of the same play. */
export interface PlayEvent extends ImpressionEvent {
  readonly playId: string;
  /** ≥ 0 */
  readonly watchedSeconds: number;
  /** in [0, 1] */
  readonly watchedFraction: number;
}

/**
 * Topic `labels`, key: member id: what the join found, each exactly once, in the order in which it was learned. Statistics are a fold of this
 * log in offset order; a label says everything the fold needs.
 *   trial:  S += e²·xxᵀ, n += 1
 *   reward: b += (rewardAfter − rewardBefore)·e·x, both weighted as of `impressionAtMs`; e is `examination`
 */
export interface LabelEvent {
  readonly kind: 'trial' | 'reward';
  readonly requestId: RequestId;
  readonly memberId: MemberId;
  readonly slot: number;
  readonly canvas: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
  readonly contextSchema: string;
  readonly rowId: string;
  /** 0 is the first title of its row */
  readonly position: number;
  readonly titleRevision: number;
  readonly arm: number;
  readonly propensity: number;
  readonly flags: number;
  readonly device: number;
  readonly daypart: number;
  readonly country: string;
  readonly memberVector: Float32Array;
  readonly epoch: number;
  readonly impressionAtMs: number;
  /** when the event that caused this label happened */
  readonly atMs: number;
  /** trial: both 0 */
  readonly rewardBefore: number;
  readonly rewardAfter: number;
  /** seconds watched in the play that gave rewardAfter; 0 for a trial */
  readonly watchedSeconds: number;
  /** 0 is the first row of the page */
  readonly rowIndex: number;
  /** e of the slot as the decision recorded it, > 0; a reward has its trial's */
  readonly examination: number;
  /**
   * Shape (4) in the order of SWAP_SIDES, or empty: P(this slot's item and that neighbour's the other way round | all else), 0 where no neighbour had been displayed
   * when this label came about. What examination is estimated from.
   */
  readonly swaps: Float32Array;
  /** trial: what each of those neighbours had earned before; empty: nothing, and of a reward always */
  readonly neighbourRewards: Float32Array;
  /** the claim it was written under, see label-fence.ts; 0: before there were claims */
  readonly ownerEpoch: number;
  /** 1, 2, … in the order in which that owner wrote its labels; 0 with ownerEpoch 0 */
  readonly ownerSequence: number;
}

/** Also on topic `labels`: somebody takes a partition over, see label-fence.ts. */
export interface ClaimEvent {
  readonly partition: number;
  /** ≥ 1, higher than any the claimant found in the partition */
  readonly ownerEpoch: number;
  /** random: who claims, this time */
  readonly owner: string;
  readonly atMs: number;
}

/** Neighbours of a slot: in its row, and in the same column of the rows next to it. */
export const SWAP_SIDES = ['left', 'right', 'above', 'below'] as const;

/** Topic `dead-letter`: an event that cannot be used, whole, with the reason. */
export interface DeadLetterEvent {
  readonly reason: string;
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly atMs: number;
  readonly payload: Uint8Array;
}
