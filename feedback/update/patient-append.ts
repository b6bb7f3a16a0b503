import { AppError } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog, NewRecord, Position, Topic } from '../event-log/event-log.js';

/**
 * Appends, waiting while the log has too much to write: the learner has time, and asking again is its back-pressure. A log refuses before anything of
 * the call is appended, so nothing is written twice.
 */
export async function appendPatiently(
  log: EventLog,
  topic: Topic,
  records: readonly NewRecord[],
  timers: Timers,
): Promise<readonly Position[]> {
  for (;;) {
    try {
      return await log.append(topic, records, 'written');
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'request/overloaded') throw error;
      await timers.breathe();
    }
  }
}
