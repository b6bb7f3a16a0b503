import { steadyClock } from '../core/clock.js';
import { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import type { SharedLearning } from '../feedback/update/learner-options.js';
import type { LearningDeps, SharedStore } from './learning-side.js';

/** between two lines about a shared store that does not do as asked */
const FAULT_LINE_MS = 10_000;

export interface SharedSide {
  readonly learning: SharedLearning;
  /** while this process publishes for all */
  readonly publisher: () => SnapshotPublisherStore | undefined;
}

/** What several learners need to learn one model: where each leaves what it knows, and where whoever publishes puts snapshots. */
export function sharedSide(
  { store, announcements }: SharedStore,
  { specs, clock, timers, logger, metrics }: LearningDeps,
): SharedSide {
  let publisher: SnapshotPublisherStore | undefined;
  let quietUntilMs = -Infinity;
  const onFault = (error: unknown): void => {
    metrics.followFaults.inc({ what: 'partials' });
    // It is tried again ten times a second.
    if (clock.nowMs() < quietUntilMs) return;
    quietUntilMs = clock.nowMs() + FAULT_LINE_MS;
    logger.warn({ err: error }, 'the shared store did not take what was learned: it is tried again');
  };
  return {
    publisher: () => publisher,
    learning: {
      ...{ store, onFault, leaseClock: steadyClock },
      openSink(lease, onBaseNeeded) {
        logger.info({ token: lease.token }, 'publishes the models of all learners');
        const sink = new SnapshotPublisherStore({
          ...{ store, announcements, lease, clock, timers, onBaseNeeded },
          modelKeys: specs.map(({ key }) => key),
          onFault: (error) =>
            logger.warn({ err: error }, 'a snapshot could not be put into the shared store'),
        });
        publisher = sink;
        return {
          put: (snapshot) => {
            sink.put(snapshot);
          },
          async close() {
            if (publisher === sink) publisher = undefined;
            await sink.close();
          },
        };
      },
    },
  };
}
