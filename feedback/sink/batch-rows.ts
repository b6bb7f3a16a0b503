import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Batch } from '../event-log/event-log.js';
import { deadLetterRow, rowMaker, type TableRow, type TitleNames } from './rows.js';

export type BatchRowMaker = (batch: Batch) => Promise<TableRow[]>;

/** Records made into rows between two turns of the event loop: a page of 800 slots takes about 50 µs. */
const RECORDS_PER_TURN = 50;

/** One row per record. A record that cannot be read becomes a row of dead_letters: it must neither stop the others nor vanish. */
export function batchRowMaker(
  revisions: TitleNames,
  clock: Clock,
  counters: { unknownRevisions: number; unreadable: number },
): BatchRowMaker {
  const maker = rowMaker(revisions, () => counters.unknownRevisions++);
  return async ({ topic, partition, records }) => {
    const rows: TableRow[] = [];
    for (const record of records) {
      if (rows.length % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      try {
        rows.push(maker.row(topic, partition, record));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'event/unreadable') throw error;
        counters.unreadable++;
        const { offset, timestampMs, value } = record;
        const letter = {
          reason: error.code,
          message: error.message,
          topic,
          partition,
          offset,
          payload: value,
        };
        const atMs = Number.isSafeInteger(timestampMs) && timestampMs >= 0 ? timestampMs : clock.nowMs();
        const place = `${topic}/${partition}/${offset}`;
        rows.push({ table: 'dead_letters', row: deadLetterRow({ ...letter, atMs }, place) });
      }
    }
    return rows;
  };
}
