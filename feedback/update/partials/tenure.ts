import type { Lease } from '../../../features/key-value/lease.js';
import { systemTimers } from '../../../core/timers.js';
import { FittedModels } from '../fitted-models.js';
import type { LearnerOptions, LearnerSettings, SharedLearning, SnapshotSink } from '../learner-options.js';
import type { OwnedPartitions } from '../owned-partitions.js';
import type { PublishedStatistics } from '../published-statistics.js';
import { SnapshotVersions } from '../snapshot-versions.js';
import type { Snapshot } from '../snapshot.js';
import { SharedStatistics } from './shared-statistics.js';

/** Of memory for rows as other learners wrote them. */
const ROW_CACHE_BYTES = 256 << 20;

export interface TenureOptions {
  readonly options: LearnerOptions;
  readonly settings: LearnerSettings;
  readonly shared: SharedLearning;
  readonly owned: OwnedPartitions;
  readonly lease: Lease;
  /** versions of this tenure are higher */
  readonly versionFloor: number;
  /** brings what this learner itself knows up to date in the store */
  readonly flush: () => Promise<void>;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** A learner's time as the publisher: what all have written is fitted and put where serving processes find it. */
export class Tenure {
  readonly #statistics: PublishedStatistics;
  readonly #sink: SnapshotSink;
  #fitted: FittedModels | undefined;
  #versions: SnapshotVersions | undefined;
  #isBaseNeeded = true;
  #isOver = false;

  constructor(readonly tenure: TenureOptions) {
    const { options, shared, owned, lease, flush } = tenure;
    this.#statistics = new SharedStatistics({
      ...{ store: shared.store, partitions: options.log.partitions, owned, models: options.models, flush },
      schemaHash: options.schema.hash,
      examinationHalfLifeMs: options.examination?.halfLifeMs,
      timers: options.timers ?? systemTimers,
      rowCacheBytes: shared.rowCacheBytes ?? ROW_CACHE_BYTES,
    });
    this.#sink = shared.openSink(lease, () => {
      this.#isBaseNeeded = true;
    });
  }

  /** of the last snapshot; 0: none yet */
  get lastVersion(): number {
    return this.#versions?.last ?? 0;
  }

  async publish(isWhole: boolean): Promise<void> {
    if (this.#isOver) return;
    const isBase = isWhole || this.#isBaseNeeded;
    this.#isBaseNeeded = false;
    try {
      const fitted = await this.#open();
      await fitted.publish(isBase);
    } catch (error) {
      this.#isBaseNeeded ||= isBase;
      throw error;
    }
  }

  /** Nothing is published any more. Resolves when what was has arrived or failed to. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#sink.close();
  }

  async #open(): Promise<FittedModels> {
    const { options, settings, shared, lease, versionFloor } = this.tenure;
    if (this.#fitted !== undefined) return this.#fitted;
    const guard = lease.guard();
    this.#versions ??= await SnapshotVersions.open(shared.store, { guard, floor: versionFloor });
    this.#fitted = new FittedModels({
      ...{ options, settings, statistics: this.#statistics, versions: this.#versions },
      // The sink has every base.
      baseStore: undefined,
      curves: { store: shared.store, guard },
      onSnapshot: (snapshot) => {
        this.#put(snapshot);
      },
    });
    return this.#fitted;
  }

  /** What was being fitted when the lease was lost goes nowhere. */
  #put(snapshot: Snapshot): void {
    if (this.#isOver) return;
    this.#sink.put(snapshot);
    this.tenure.onSnapshot(snapshot);
  }
}
