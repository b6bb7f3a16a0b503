import { AppError } from '../../../core/errors.js';
import { systemTimers, type Timers } from '../../../core/timers.js';
import type { Expectation } from '../../../features/key-value/key-value.js';
import { keepLease, type KeptLease, type Lease } from '../../../features/key-value/lease.js';
import type { LearnerOptions, LearnerSettings, SharedLearning } from '../learner-options.js';
import type { LearnerPartition } from '../learner-partition.js';
import type { OwnedPartitions } from '../owned-partitions.js';
import { reservedVersions } from '../snapshot-versions.js';
import type { Snapshot } from '../snapshot.js';
import type { StatisticsOutlet } from '../statistics-outlet.js';
import { Turnstile } from '../turnstile.js';
import { PartitionPartials } from './partition-partials.js';
import { Tenure } from './tenure.js';

const LEASE_TTL_MS = 5_000;
/** Between two looks at how far the publisher has numbered. */
const VERSIONS_INTERVAL_MS = 1_000;

export interface SharedOutletOptions {
  readonly options: LearnerOptions;
  readonly settings: LearnerSettings;
  readonly shared: SharedLearning;
  /** of this learner, as in its claims */
  readonly holder: string;
  /** this learner's own snapshots had versions up to this one */
  readonly versionFloor: number;
  readonly owned: OwnedPartitions;
  /** runs its work between two batches */
  readonly between: <T>(work: () => T) => Promise<T>;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** The store says that a later claim has put another in this learner's place. Must not throw. */
  readonly onFenced: (partition: LearnerPartition) => void;
}

/**
 * One of several learners: what it knows of its partitions goes to the store that they share, and whichever holds the lease fits and publishes what is there. The store
 * may be away: learning goes on, and what it lacks is written when it is back.
 */
export class SharedOutlet implements StatisticsOutlet {
  readonly #timers: Timers;
  readonly #partials = new Map<LearnerPartition, PartitionPartials>();
  readonly #flushing = new Turnstile();
  #lease: KeptLease | undefined;
  #closing: Promise<void> | undefined;
  #tenure: Tenure | undefined;
  /** of all publishers, as far as is known */
  #versionFloor: number;
  #versionsReadAtMs = -Infinity;

  constructor(readonly outlet: SharedOutletOptions) {
    this.#timers = outlet.options.timers ?? systemTimers;
    this.#versionFloor = outlet.versionFloor;
  }

  get snapshotVersion(): number {
    return this.#tenure?.lastVersion ?? 0;
  }

  get publishes(): boolean {
    return this.#tenure !== undefined;
  }

  async open(): Promise<void> {
    const { shared, holder } = this.outlet;
    if (this.#closing !== undefined) return;
    const lease = await keepLease({
      ...{ store: shared.store, name: 'publisher', holder, ttlMs: shared.leaseTtlMs ?? LEASE_TTL_MS },
      ...{ clock: shared.leaseClock, timers: this.#timers, onFault: shared.onFault },
      onHeld: (lease) => {
        this.#tenure = this.#newTenure(lease);
      },
      onLost: () => {
        void this.#endTenure();
      },
    });
    this.#lease = lease;
    if (this.#isClosing()) await this.#end();
  }

  /** What others write says so by itself. */
  moved(): void {
    for (const partition of this.#partials.keys())
      if (!this.outlet.owned.has(partition)) this.#partials.delete(partition);
  }

  async publish(isWhole: boolean): Promise<void> {
    const tenure = this.#tenure;
    await this.#patiently(() => tenure?.publish(isWhole) ?? this.#followVersions());
  }

  /** All at once: most of it is waiting. */
  handOn(partitions: readonly LearnerPartition[]): Promise<void> {
    const { owned, between, options, onFenced } = this.outlet;
    return this.#flushing.pass(async () => {
      await Promise.all(
        partitions.map(async (partition) => {
          if (!owned.has(partition)) return;
          const partials = this.#partialsOf(partition);
          if (partials.isFenced()) return;
          await this.#patiently(() => partials.flush(between, options.clock.nowMs()));
          if (partials.isFenced()) onFenced(partition);
        }),
      );
    });
  }

  guardOf(partition: LearnerPartition): readonly Expectation[] | undefined {
    const partials = this.#partials.get(partition);
    return partials?.isOwner === true ? partials.guard : undefined;
  }

  finish(): Promise<void> {
    return this.publish(false);
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** The lease last: what was put is still to arrive. */
  async #end(): Promise<void> {
    await this.#endTenure();
    await this.#lease?.close();
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  #newTenure(lease: Lease): Tenure {
    const { options, settings, shared, owned, onSnapshot } = this.outlet;
    return new Tenure({
      ...{ options, settings, shared, owned, lease, onSnapshot, versionFloor: this.#versionFloor },
      flush: () => this.handOn(owned.all),
    });
  }

  #partialsOf(partition: LearnerPartition): PartitionPartials {
    let partials = this.#partials.get(partition);
    if (partials === undefined) {
      partials = new PartitionPartials(partition, this.outlet.shared.store);
      this.#partials.set(partition, partials);
    }
    return partials;
  }

  async #endTenure(): Promise<void> {
    const tenure = this.#tenure;
    this.#tenure = undefined;
    this.#versionFloor = Math.max(this.#versionFloor, tenure?.lastVersion ?? 0);
    await tenure?.end();
  }

  /** Should the store lose everything, whoever publishes next still numbers on from there. */
  async #followVersions(): Promise<void> {
    const { shared, options } = this.outlet;
    if (options.clock.nowMs() - this.#versionsReadAtMs < VERSIONS_INTERVAL_MS) return;
    this.#versionsReadAtMs = options.clock.nowMs();
    this.#versionFloor = Math.max(this.#versionFloor, await reservedVersions(shared.store));
  }

  async #patiently(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isOutside(error)) throw error;
      this.outlet.shared.onFault(error);
    }
  }
}

/** Not of our making: the store or the log does not do as asked, or what is there is damaged. */
function isOutside(error: unknown): boolean {
  return error instanceof AppError && /^(?:store|log|checkpoint)\//.test(error.code);
}
