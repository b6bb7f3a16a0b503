import { systemTimers } from '../../core/timers.js';
import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';
import { ExaminationPublisher } from './examination-publisher.js';
import type { LearnerOptions, LearnerSettings } from './learner-options.js';
import type { PublishedStatistics } from './published-statistics.js';
import { Publisher } from './publisher.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import type { Snapshot } from './snapshot.js';

export interface FittedModelsOptions {
  readonly options: LearnerOptions;
  readonly settings: LearnerSettings;
  readonly statistics: PublishedStatistics;
  readonly versions: SnapshotVersions;
  /** where bases are left beside `onSnapshot`; undefined: nowhere */
  readonly baseStore: KeyValueStore | undefined;
  /** where examination curves are left, and what is expected of it */
  readonly curves: { readonly store: KeyValueStore; readonly guard?: readonly Expectation[] };
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** Snapshots and examination curves of some statistics, whoever's they are. */
export class FittedModels {
  readonly #publisher: Publisher;
  readonly #examination: ExaminationPublisher;

  constructor({ options, settings, baseStore, curves, ...fitted }: FittedModelsOptions) {
    const { models, schema, clock, timers = systemTimers } = options;
    this.#publisher = new Publisher({
      ...{ ...fitted, models, contextSchema: schema.hash, store: baseStore, clock, timers, settings },
    });
    this.#examination = new ExaminationPublisher({
      ...{ ...curves, statistics: fitted.statistics, clock, intervalMs: settings.priorIntervalMs },
      prior: options.examination ?? {},
      onExamination: (estimated) => options.onExamination?.(estimated),
    });
  }

  /** @param isWhole bases of everything, moved or not */
  async publish(isWhole: boolean): Promise<void> {
    await this.#publisher.publish(isWhole);
    await this.#examination.publish(isWhole);
  }

  /** Leaves the newest bases in their store. */
  persistNow(): Promise<void> {
    return this.#publisher.persistNow();
  }
}
