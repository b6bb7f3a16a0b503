import type { Logger } from 'pino';
import { steadyClock, type Clock } from '../core/clock.js';
import type { Timers } from '../core/timers.js';
import type { Announcements } from '../features/announcements/announcements.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import type { BaseSource } from '../feedback/snapshots/base-source.js';
import { followSnapshots, type SnapshotFollower } from '../feedback/snapshots/snapshot-follower.js';
import type { Metrics } from './metrics.js';
import type { Models } from './pipeline/models.js';

export interface FollowedModelsDeps {
  /** shared with the publisher */
  readonly store: KeyValueStore;
  /** of the snapshots in it; closed with the follower; default: read in this thread */
  readonly bases?: BaseSource;
  readonly announcements: Announcements;
  readonly models: Models;
  /** hash of the context schema */
  readonly contextSchema: string;
  readonly timers: Timers;
  /** on the wall, to say how old a snapshot was when it was taken in */
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** between two lines about a model that cannot be followed */
const FAULT_LINE_MS = 10_000;

/** Serves what a publisher elsewhere puts into the shared store. Resolves when what is there is served. */
export async function followModels(deps: FollowedModelsDeps): Promise<SnapshotFollower> {
  const { store, bases, announcements, models, contextSchema, timers, clock, metrics, logger } = deps;
  let quietUntilMs = -Infinity;
  const follower = await followSnapshots({
    ...{ store, announcements, contextSchema, timers, clock: steadyClock },
    ...(bases && { bases }),
    policies: new Map([...models.all()].map(({ key, policy }) => [key, policy])),
    onModel({ modelKey, model, version, writtenAtMs }) {
      models.serve(modelKey, model, version);
      metrics.modelVersion.set({ model: modelKey }, version);
      metrics.followedSeconds.observe(Math.max(0, clock.nowMs() - writtenAtMs) / 1000);
    },
    onFault(error, model) {
      if (clock.nowMs() < quietUntilMs) return;
      quietUntilMs = clock.nowMs() + FAULT_LINE_MS;
      logger.warn({ err: error, model }, 'a model could not be brought up to date: it is served as it is');
    },
  });
  return follower;
}
