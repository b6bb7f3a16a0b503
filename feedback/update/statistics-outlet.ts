import type { Expectation } from '../../features/key-value/key-value.js';
import { FittedModels } from './fitted-models.js';
import type { LearnerOptions, LearnerSettings } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import type { OwnedPartitions } from './owned-partitions.js';
import { OwnStatistics } from './published-statistics.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import type { Snapshot } from './snapshot.js';

/** Where a learner's statistics go. */
export interface StatisticsOutlet {
  /** of the last snapshot; 0: none yet */
  readonly snapshotVersion: number;
  /** its snapshots are the ones that are served */
  readonly publishes: boolean;
  open(): Promise<void>;
  /** Partitions came or went. */
  moved(): void;
  /** Publishes what has changed, if this learner is who does. One call at a time. @param isWhole everything, changed or not */
  publish(isWhole: boolean): Promise<void>;
  /** Hands on what these partitions know, so that others can go on from there. */
  handOn(partitions: readonly LearnerPartition[]): Promise<void>;
  /** What has to hold for this learner to write about the partition; undefined: it may not, or not yet */
  guardOf(partition: LearnerPartition): readonly Expectation[] | undefined;
  /** The last publication. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** One learner that knows everything: what it learns is published as it is. */
export class OwnOutlet implements StatisticsOutlet {
  readonly publishes = true;
  readonly #fitted: FittedModels;
  /** deltas would not say that partitions came or went */
  #isBaseDue = false;

  constructor(
    options: LearnerOptions,
    settings: LearnerSettings,
    owned: OwnedPartitions,
    readonly versions: SnapshotVersions,
    onSnapshot: (snapshot: Snapshot) => void,
  ) {
    const statistics = new OwnStatistics(owned, options.models, options.examination?.halfLifeMs);
    const { store } = options;
    this.#fitted = new FittedModels({
      ...{ options, settings, statistics, versions, onSnapshot },
      ...{ baseStore: store, curves: { store } },
    });
  }

  get snapshotVersion(): number {
    return this.versions.last;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  moved(): void {
    this.#isBaseDue = true;
  }

  publish(isWhole: boolean): Promise<void> {
    const isBase = isWhole || this.#isBaseDue;
    this.#isBaseDue = false;
    return this.#fitted.publish(isBase);
  }

  handOn(): Promise<void> {
    return Promise.resolve();
  }

  guardOf(): readonly Expectation[] {
    return [];
  }

  async finish(): Promise<void> {
    await this.#fitted.publish(true);
    await this.#fitted.persistNow();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
