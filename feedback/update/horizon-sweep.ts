import type { Clock } from '../../core/clock.js';
import type { EventLog } from '../event-log/event-log.js';
import { JOINED_TOPICS } from '../join/join-outcome.js';
import type { LearnerPartition } from './learner-partition.js';

/** Where the joined topics end, by topic in the order of JOINED_TOPICS, then by partition. */
export type JoinedEnds = readonly (readonly number[])[];

export async function joinedEnds(log: EventLog): Promise<JoinedEnds> {
  return Promise.all(JOINED_TOPICS.map((topic) => log.endOffsets(topic)));
}

export function hasConsumed(partition: LearnerPartition, ends: JoinedEnds): boolean {
  return JOINED_TOPICS.every(
    (topic, i) => partition.consumed[topic] >= (ends[i]?.[partition.partition] ?? 0),
  );
}

/**
 * Moves the joins' horizon. Three topics are read each at its own pace, and after a stop each may have hours to catch up: that one of them has come
 * to noon says nothing about the others. So a sweep notes where all three end and what time it is in the events by then; once all three have been
 * read up to there, everything up to that time has been seen, and what is out of its windows may be given up.
 */
export class HorizonSweep {
  readonly #targets = new WeakMap<LearnerPartition, { readonly ends: JoinedEnds; readonly atMs: number }>();

  constructor(readonly clock: Clock) {}

  /**
   * To be called before it is asked where the topics end.
   * @returns what time it is in its events
   */
  timeIn(partition: LearnerPartition): number {
    return partition.eventTimes.nowMs(this.clock.nowMs());
  }

  /** @param atMs as `timeIn` gave it @param ends where the topics ended then or later @returns the horizon, if it may move */
  horizon(partition: LearnerPartition, atMs: number, ends: JoinedEnds): number | undefined {
    const target = this.#targets.get(partition);
    if (target !== undefined && !hasConsumed(partition, target.ends)) return undefined;
    this.#targets.set(partition, { ends, atMs });
    return target?.atMs;
  }
}
