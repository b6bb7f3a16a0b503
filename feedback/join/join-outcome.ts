import type { ErrorCode } from '../../core/errors.js';
import type { LabelEvent } from '../events/events.js';

export const JOINED_TOPICS = ['decisions', 'impressions', 'plays'] as const;
export type JoinedTopic = (typeof JOINED_TOPICS)[number];

/** A record as the log gave it. */
export interface JoinRecord {
  readonly topic: JoinedTopic;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array;
}

/** What the join made of a record, or of the time that passed. */
export type JoinOutcome =
  /** a decision is open: its impressions and plays are awaited */
  | { readonly kind: 'opened' }
  /** the first impression of a slot: learned as a trial at once */
  | { readonly kind: 'trial'; readonly label: LabelEvent; readonly receivedAtMs: number }
  /** a play raised its slot's reward */
  | { readonly kind: 'labelled'; readonly label: LabelEvent; readonly receivedAtMs: number }
  /** a play that does not raise its slot's reward: a repeat, an earlier report, a worse play */
  | { readonly kind: 'unchanged' }
  /** a decision or an impression that was already here */
  | { readonly kind: 'duplicate' }
  /** waits for its decision, or (a play) for its slot's impression */
  | { readonly kind: 'held' }
  /** cannot be used: goes to the dead letters, whole */
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      readonly record: JoinRecord;
    }
  /** an open decision's windows have closed: all its labels are final */
  | { readonly kind: 'matured' }
  /** an open decision was given up before its windows closed, because too many are open */
  | { readonly kind: 'evicted' };

export const REFUSALS = [
  /** does not parse, or contradicts itself */
  'event/unreadable',
  /** more bytes than are taken */
  'event/too-large',
  /** no decision of that request within the hold; or a play whose slot was never displayed */
  'event/orphan',
  /** later than the attribution window */
  'event/expired',
  /** the decision has no such slot */
  'event/bad-slot',
  /** more decisions are open than are kept: an older one was given up, or this one is the oldest */
  'event/too-many-open',
  /** more plays wait for one slot's impression than are kept */
  'event/too-many-plays',
  /** more events wait for their decision than are kept */
  'event/too-many-held',
  /** the reward expression left [0, 1] */
  'bandit/bad-reward',
] as const satisfies readonly ErrorCode[];
export type RefusalCode = (typeof REFUSALS)[number];

/** A label repeats parts of its decision and adds less than this, and it must fit into the log as well. */
export const LABEL_ROOM_BYTES = 512;

export interface JoinSettings {
  /** an impression counts this long after its decision, a play this long after its impression; default 48 h */
  readonly attributionWindowMs: number;
  /** events wait this long for their decision, by event time; default 10 min */
  readonly orphanHoldMs: number;
  /** a decision stays open this much longer than its windows, for what is late in the log; default 10 min */
  readonly slackMs: number;
  /** decisions open at once, per partition: some 1 to 12 KB of disk each; default 5,000,000 */
  readonly maxOpenJoins: number;
  /** slots of open decisions, per partition: some 14 bytes of disk each; default 400,000,000 */
  readonly maxOpenSlots: number;
  /** events held at once, per partition; default 1,000,000 */
  readonly maxHeldEvents: number;
  /** plays held for one slot's impression; default 64 */
  readonly maxPlaysPerSlot: number;
  /** largest event taken; default 1 MiB less `LABEL_ROOM_BYTES` */
  readonly maxEventBytes: number;
  /** joins kept in memory because they were used lately, per partition, about; default 16 MiB */
  readonly joinCacheBytes: number;
  /** a checkpoint is made at the latest when joins of so many bytes have changed, per partition, about; default 32 MiB */
  readonly maxUnsavedJoinBytes: number;
}

export const DEFAULT_JOIN_SETTINGS: JoinSettings = {
  attributionWindowMs: 48 * 3_600_000,
  orphanHoldMs: 600_000,
  slackMs: 600_000,
  maxOpenJoins: 5_000_000,
  maxOpenSlots: 400_000_000,
  maxHeldEvents: 1_000_000,
  maxPlaysPerSlot: 64,
  maxEventBytes: (1 << 20) - LABEL_ROOM_BYTES,
  joinCacheBytes: 16 << 20,
  maxUnsavedJoinBytes: 32 << 20,
};
