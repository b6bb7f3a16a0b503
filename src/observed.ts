import type { SnapshotFollower } from '../feedback/snapshots/snapshot-follower.js';
import type { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import type { Sink } from '../feedback/sink/sink.js';
import type { Learner, LearnerStats } from '../feedback/update/learner-options.js';
import { Gauge } from 'prom-client';
import type { Metrics } from './metrics.js';

/** The learner's own numbers, read when scraped. */
export function observeLearner(metrics: Metrics, learner: Learner): void {
  const of = (name: string, help: string, read: (stats: LearnerStats) => number) =>
    metrics.observe(`marquee_learner_${name}`, help, () => read(learner.stats()));
  of('open_joins', 'Pages waiting for events', (s) => s.openJoins);
  of('held_events', 'Events waiting for their decision', (s) => s.heldEvents);
  of('lag_records', 'Records in the log that are not learned yet', (s) => s.lag);
  of('checkpoint_age_seconds', 'Time since learning was last made durable', (s) => s.checkpointAgeMs / 1000);
  of('trials', 'Impressions learned since the start', (s) => s.counters.trials);
  of('rewards', 'Rewards learned since the start', (s) => s.counters.rewards);
  of('duplicates', 'Events that were there before', (s) => s.counters.duplicates);
  of('publishes', 'This learner publishes the models of all: 1 or 0', (s) => Number(s.publishes));
  const dead = new Gauge({
    name: 'marquee_learner_dead_letters',
    help: 'Events that could not be used, by reason',
    labelNames: ['reason'],
    registers: [metrics.registry],
    collect() {
      for (const [reason, count] of Object.entries(learner.stats().counters.refused))
        this.set({ reason }, count);
    },
  });
  dead.reset();
}

/** The sink's own numbers, read when scraped. */
export function observeSink(metrics: Metrics, sink: Sink): void {
  metrics.observe(
    'marquee_sink_lag_records',
    'Records in the log that analytics do not have yet',
    () => sink.stats().lagRecords,
  );
  metrics.observe(
    'marquee_sink_retries',
    'Failed attempts to write to analytics',
    () => sink.stats().retries,
  );
  metrics.observe(
    'marquee_sink_spooled_bytes',
    'Rows on disk that wait for analytics to come back',
    () => sink.stats().spooledBytes,
  );
  metrics.observe('marquee_sink_held_rows', 'Rows gathered or being written', () => sink.stats().heldRows);
}

/** What a process that serves has taken from the shared store, read when scraped. */
export function observeFollower(metrics: Metrics, follower: () => SnapshotFollower | undefined): void {
  metrics.observe(
    'marquee_follower_bases',
    'Base snapshots taken from the shared store',
    () => follower()?.stats().bases ?? 0,
  );
  metrics.observe(
    'marquee_follower_deltas',
    'Delta snapshots taken from the shared store',
    () => follower()?.stats().deltas ?? 0,
  );
  new Gauge({
    name: 'marquee_follower_faults',
    help: 'Snapshots that could not be taken from the shared store, by error code',
    labelNames: ['code'],
    registers: [metrics.registry],
    collect() {
      for (const [code, count] of Object.entries(follower()?.stats().faults ?? {})) this.set({ code }, count);
    },
  }).reset();
}

/** What a publisher has put into the shared store, read when scraped. */
export function observeSnapshotPublisher(
  metrics: Metrics,
  publisher: () => SnapshotPublisherStore | undefined,
): void {
  const of = (
    name: string,
    help: string,
    read: (stats: ReturnType<SnapshotPublisherStore['stats']>) => number,
  ) =>
    metrics.observe(`marquee_snapshot_publisher_${name}`, help, () => {
      const stats = publisher()?.stats();
      return stats === undefined ? 0 : read(stats);
    });
  of('bases', 'Base snapshots put into the shared store', (s) => s.bases);
  of('deltas', 'Delta snapshots put into the shared store', (s) => s.deltas);
  of('dropped', 'Delta snapshots dropped: what they come after is not in the store', (s) => s.dropped);
  of('faults', 'Times the shared store failed the publisher', (s) => s.faults);
  of('waiting_bytes', 'Fitted bytes of deltas on their way into the shared store', (s) => s.waitingBytes);
}
