import type { Clock } from '../../core/clock.js';
import type { LearnerOptions } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import type { OutcomeIntake } from './outcome-intake.js';
import type { OwnedPartitions } from './owned-partitions.js';
import { REST } from './publisher.js';
import type { StatisticsOutlet } from './statistics-outlet.js';
import { Turnstile } from './turnstile.js';

/** However long a publication took, the next one comes soon enough for a play to be served within a second. */
const LONGEST_REST_MS = 400;

export interface LearnerPublicationsOptions {
  readonly options: LearnerOptions;
  readonly clock: Clock;
  readonly owned: OwnedPartitions;
  readonly outlet: StatisticsOutlet;
  readonly intake: OutcomeIntake;
}

/** Everything a learner hands on of what it knows: statistics, members' tastes, freshness. */
export class LearnerPublications {
  readonly #publishing = new Turnstile();
  /** nobody who has something to tell waits for a publication, which may take seconds */
  readonly #telling = new Turnstile();
  #restUntilMs = -Infinity;

  constructor(readonly publications: LearnerPublicationsOptions) {}

  moved(): void {
    this.publications.outlet.moved();
  }

  publish({ base = false }: { readonly base?: boolean } = {}): Promise<void> {
    const { options, owned, outlet, intake } = this.publications;
    return this.#publishing.pass(async () => {
      const receipts = intake.drainReceipts();
      await this.handOn(owned.all);
      await outlet.publish(base);
      for (const receivedAtMs of receipts) options.onLearned?.(receivedAtMs);
    });
  }

  /** Publishes, unless the last publication took so long that others should have the thread first. */
  async publishRested(): Promise<void> {
    const { clock } = this.publications;
    const startedAtMs = clock.nowMs();
    if (startedAtMs < this.#restUntilMs) return;
    await this.publish();
    const endedAtMs = clock.nowMs();
    this.#restUntilMs = endedAtMs + Math.min(LONGEST_REST_MS, REST * (endedAtMs - startedAtMs));
  }

  /** To be done before these partitions go to another learner, and before a checkpoint says that it need not be done again. */
  handOn(partitions: readonly LearnerPartition[]): Promise<void> {
    return this.#telling.pass(async () => {
      await this.publications.outlet.handOn(partitions);
      await this.#tellHistories(partitions);
    });
  }

  /** The last publication. */
  finish(): Promise<void> {
    const { owned, outlet } = this.publications;
    return this.#publishing.pass(async () => {
      await this.handOn(owned.all);
      await outlet.finish();
    });
  }

  close(): Promise<void> {
    return this.publications.outlet.close();
  }

  async #tellHistories(partitions: readonly LearnerPartition[]): Promise<void> {
    const { options } = this.publications;
    if (options.shared === undefined) {
      const histories = partitions.flatMap((partition) => partition.histories.drainUnpublished());
      if (histories.length > 0) await options.onHistories?.(histories, []);
      return;
    }
    const { onFault } = options.shared;
    await Promise.all(partitions.map((partition) => this.#tellGuarded(partition, onFault)));
  }

  /** A member's history is written by whoever owns the partition that the member is in. */
  async #tellGuarded(partition: LearnerPartition, onFault: (error: unknown) => void): Promise<void> {
    const { options, outlet } = this.publications;
    const guard = outlet.guardOf(partition);
    const histories = guard === undefined ? [] : partition.histories.drainUnpublished();
    if (guard === undefined || histories.length === 0) return;
    try {
      await options.onHistories?.(histories, guard);
    } catch (error) {
      partition.histories.putBack(histories);
      onFault(error);
    }
  }
}
