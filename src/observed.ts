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
  metrics.observe('marquee_sink_held_rows', 'Rows gathered or being written', () => sink.stats().heldRows);
}
