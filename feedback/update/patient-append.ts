import { AppError } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog, NewRecord, Position, Topic } from '../event-log/event-log.js';

/** Attempts at a log that does not answer; each lasts as long as the log itself is patient (on Kafka some 10 s, see `maxRetryTimeMs`). */
const MOST_FAILURES = 12;

/**
 * Appends, waiting while the log has too much to write: the learner has time, and asking again is its back-pressure. A log that fails is asked again too, so what
 * is appended may then be there twice: only for records that are told apart where they are read.
 */
export async function appendPatiently(
  log: EventLog,
  topic: Topic,
  records: readonly NewRecord[],
  timers: Timers,
): Promise<readonly Position[]> {
  let failures = 0;
  for (;;) {
    try {
      return await log.append(topic, records, 'written');
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isAway = error.code === 'log/failed' && ++failures < MOST_FAILURES;
      if (error.code !== 'request/overloaded' && !isAway) throw error;
      await timers.breathe();
    }
  }
}
