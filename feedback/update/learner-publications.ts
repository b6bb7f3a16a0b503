import { systemTimers } from '../../core/timers.js';
import { ExaminationPublisher } from './examination-publisher.js';
import type { LearnerOptions, LearnerSettings } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import type { OutcomeIntake } from './outcome-intake.js';
import type { OwnedPartitions } from './owned-partitions.js';
import { OwnStatistics } from './published-statistics.js';
import { Publisher, REST } from './publisher.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import { Turnstile } from './turnstile.js';

/** However long a publication took, the next one comes soon enough for a play to be served within a second. */
const LONGEST_REST_MS = 400;

export interface LearnerPublicationsOptions {
  readonly options: LearnerOptions;
  readonly settings: LearnerSettings;
  readonly owned: OwnedPartitions;
  readonly versions: SnapshotVersions;
  readonly intake: OutcomeIntake;
}

/** Everything a learner hands on of what it knows: snapshots, examination curves, members' tastes, freshness. One publication at a time. */
export class LearnerPublications {
  readonly #publisher: Publisher;
  readonly #examination: ExaminationPublisher;
  readonly #publishing = new Turnstile();
  #restUntilMs = -Infinity;
  /** partitions came or went: deltas would not say so */
  #isBaseDue = false;

  constructor(readonly publications: LearnerPublicationsOptions) {
    const { options, settings, owned, versions, intake } = publications;
    const { models, schema, store, clock, timers = systemTimers } = options;
    const statistics = new OwnStatistics(owned, models, options.examination?.halfLifeMs);
    this.#publisher = new Publisher({
      ...{ statistics, models, contextSchema: schema.hash, store, versions, clock, timers, settings },
      onSnapshot: (snapshot) => {
        intake.counters.snapshots++;
        options.onSnapshot(snapshot);
      },
    });
    this.#examination = new ExaminationPublisher({
      ...{ statistics, store, clock, intervalMs: settings.priorIntervalMs },
      prior: options.examination ?? {},
      onExamination: (curves) => options.onExamination?.(curves),
    });
  }

  moved(): void {
    this.#isBaseDue = true;
  }

  publish({ base = false }: { readonly base?: boolean } = {}): Promise<void> {
    const { options, owned, intake } = this.publications;
    return this.#publishing.pass(async () => {
      const receipts = intake.drainReceipts();
      const isWhole = base || this.#isBaseDue;
      this.#isBaseDue = false;
      await this.#publishHistories(owned.all);
      await this.#publisher.publish(isWhole);
      await this.#examination.publish(isWhole);
      for (const receivedAtMs of receipts) options.onLearned?.(receivedAtMs);
    });
  }

  /** Publishes, unless the last publication took so long that others should have the thread first. */
  async publishRested(): Promise<void> {
    const { clock } = this.publications.options;
    const startedAtMs = clock.nowMs();
    if (startedAtMs < this.#restUntilMs) return;
    await this.publish();
    const endedAtMs = clock.nowMs();
    this.#restUntilMs = endedAtMs + Math.min(LONGEST_REST_MS, REST * (endedAtMs - startedAtMs));
  }

  /** The partitions go to another learner. */
  handOn(partitions: readonly LearnerPartition[]): Promise<void> {
    return this.#publishing.pass(() => this.#publishHistories(partitions));
  }

  /** The last publication. */
  async finish(): Promise<void> {
    await this.publish({ base: true });
    await this.#publisher.persistNow();
  }

  async #publishHistories(partitions: readonly LearnerPartition[]): Promise<void> {
    const histories = partitions.flatMap((partition) => partition.histories.drainUnpublished());
    if (histories.length > 0) await this.publications.options.onHistories?.(histories);
  }
}
