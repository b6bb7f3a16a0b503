import type { ExaminationOptions } from '../../bandit/examination.js';
import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import type { ContextSchema } from '../../features/context-vector.js';
import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';
import type { Lease } from '../../features/key-value/lease.js';
import type { MemberHistory } from '../../features/member-store.js';
import type { RevisionLookup } from '../../features/title-revision.js';
import type { EventLog } from '../event-log/event-log.js';
import { DEFAULT_JOIN_SETTINGS, type JoinSettings } from '../join/join-outcome.js';
import type { ExaminationCurves } from './examination-publisher.js';
import type { LearnerCounters } from './learner-counters.js';
import type { ModelSpec } from './model-spec.js';
import type { Snapshot } from './snapshot.js';

export interface LearnerOptions {
  readonly log: EventLog;
  /** holds the checkpoint (`learner/…`) and the base snapshots (`snapshot/…`); one learner per store */
  readonly store: KeyValueStore;
  readonly revisions: RevisionLookup;
  readonly schema: ContextSchema;
  readonly models: readonly ModelSpec[];
  readonly clock: Clock;
  /** default: the process's timers */
  readonly timers?: Timers;
  /** consumer group; default `learner` */
  readonly group?: string;
  /** who claims partitions: told apart from every other learner that ever was; default: 96 random bits */
  readonly owner?: string;
  /**
   * Partitions of the log to learn from, whoever else learns: losing one stops the learner. Default: those that the log's consumer group gives it, as they come and
   * go; on a log of one process with one learner that is all.
   */
  readonly partitions?: readonly number[];
  /** reward expression, see reward-expression.ts; default: six minutes or 70 % of the title */
  readonly reward?: string;
  readonly settings?: Partial<LearnerSettings>;
  /** The model moved: called in order of version, on the learner's thread. Must not throw. With `shared` only by who publishes for all. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /**
   * Members' tastes moved: absolute values, so a repeat changes nothing. Awaited.
   * @param guard to be expected of the shared store by whoever writes them there; empty where there is none
   */
  readonly onHistories?: (
    histories: readonly MemberHistory[],
    guard: readonly Expectation[],
  ) => void | Promise<void>;
  /** How the curves of `onExamination` are estimated. */
  readonly examination?: ExaminationOptions & {
    /** a play counts half for them after this long; undefined: nothing is forgotten */
    readonly halfLifeMs?: number;
  };
  /** How much places of the page are looked at has been estimated anew. Must not throw. */
  readonly onExamination?: (curves: ExaminationCurves) => void;
  /** Several learners share the partitions, and one publishes what all know. Default: what this one knows is all there is. */
  readonly shared?: SharedLearning;
  /** An event has reached the served model (with `shared`: the store); called with when it was received. Feeds the freshness histogram. */
  readonly onLearned?: (receivedAtMs: number) => void;
}

/** What learners that share partitions have in common. */
export interface SharedLearning {
  /** holds what each knows of its partitions (`partial/…`, `owner/…`), and who publishes (`lease/publisher`) */
  readonly store: KeyValueStore;
  /** for the lease; only its differences count: `steadyClock` */
  readonly leaseClock: Clock;
  /** a publisher that gives no sign of life for so long is replaced; default 5,000 ms */
  readonly leaseTtlMs?: number;
  /** of memory in which the publisher keeps rows as other learners wrote them; default 256 MiB */
  readonly rowCacheBytes?: number;
  /** This learner publishes for all from now on. @returns where snapshots go, beside `onSnapshot`, until it is closed */
  readonly openSink: (lease: Lease, onBaseNeeded: () => void) => SnapshotSink;
  /** The store failed, or is another's to write; it is tried again. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

export interface SnapshotSink {
  put(snapshot: Snapshot): void;
  close(): Promise<void>;
}

export interface LearnerSettings extends JoinSettings {
  /** touched rows are published this often; default 100 ms */
  readonly publishIntervalMs: number;
  /** the prior is refitted, and every row with it, this often if anything was learned; default 2,000 ms */
  readonly priorIntervalMs: number;
  /** base snapshots go to the store at most this often, for processes that only serve; default 10,000 ms */
  readonly persistIntervalMs: number;
  /** default 1,000 ms */
  readonly checkpointIntervalMs: number;
  /** a checkpoint is made after so many labels at the latest; default 50,000 */
  readonly checkpointLabels: number;
  /** how often what is out of its windows is given up; default 10,000 ms */
  readonly sweepIntervalMs: number;
  /** records taken at a time, before the thread is let go; default 256 */
  readonly maxBatchRecords: number;
  /** rows fitted at a time, before the thread is let go; default 64 */
  readonly rowsPerSlice: number;
  /** members whose histories are in memory, per partition; default 100,000 */
  readonly maxMemberHistories: number;
}

export const DEFAULT_LEARNER_SETTINGS: LearnerSettings = {
  ...DEFAULT_JOIN_SETTINGS,
  publishIntervalMs: 100,
  priorIntervalMs: 2_000,
  persistIntervalMs: 10_000,
  checkpointIntervalMs: 1_000,
  checkpointLabels: 50_000,
  sweepIntervalMs: 10_000,
  maxBatchRecords: 256,
  rowsPerSlice: 64,
  maxMemberHistories: 100_000,
};

export interface Learner {
  /**
   * Resolves when all that was in the log before the call, of the partitions that are this learner's, is joined, folded and published (with `shared`: handed
   * to whoever publishes). Rejects when the learner stops.
   */
  drained(): Promise<void>;
  /** Publishes what was touched now; with `base`, every model whole, under a new prior. With `shared` it publishes for all, or hands on what it knows. */
  publishNow(options?: { readonly base?: boolean }): Promise<void>;
  checkpointNow(): Promise<void>;
  /** Gives up what is out of its windows, as far as the log has been read. */
  sweepNow(): Promise<void>;
  stats(): LearnerStats;
  /** Σ n and Σ r over a model's arms, each as of its row's own time: n is the number of trials where nothing is forgotten. */
  totals(modelKey: string): { readonly trials: number; readonly rewardSum: number };
  /** SHA-256 over every model's statistics, by partition: what `replayLabels` must give again. */
  hash(): string;
  /** Stops, after a last publication and a last checkpoint. Idempotent. */
  close(): Promise<void>;
  /** resolves after `close`; rejects with the fault that stopped the learner, after which only a new learner goes on */
  readonly stopped: Promise<void>;
}

export interface LearnerStats {
  /** this learner's at present, ascending */
  readonly partitions: readonly number[];
  /** records of `labels` passed over in these partitions, see feedback/events/label-fence.ts */
  readonly voided: number;
  readonly counters: Readonly<LearnerCounters>;
  readonly openJoins: number;
  readonly heldEvents: number;
  /** records in the log that were not yet taken when last seen */
  readonly lag: number;
  /** since the last checkpoint, or since the start */
  readonly checkpointAgeMs: number;
  /** of the last snapshot */
  readonly snapshotVersion: number;
  /** this learner publishes for all; without `shared` always */
  readonly publishes: boolean;
}
