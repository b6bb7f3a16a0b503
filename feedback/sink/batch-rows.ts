import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Batch, LogRecord } from '../event-log/event-log.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import type { LabelFences } from './label-fences.js';
import { deadLetterRow, rowMaker, type TableRow, type TitleNames } from './rows.js';

export type BatchRowMaker = (batch: Batch) => Promise<TableRow[]>;

/** Records made into rows between two turns of the event loop: a page of 800 slots takes about 50 µs. */
const RECORDS_PER_TURN = 50;

export interface BatchRowCounters {
  unknownRevisions: number;
  unreadable: number;
  voidLabels: number;
}

/**
 * One row per record, none for a label that does not count. A record that cannot be read becomes a row of dead_letters: it must neither stop the others nor
 * vanish.
 */
export function batchRowMaker(
  revisions: TitleNames,
  clock: Clock,
  fences: LabelFences,
  counters: BatchRowCounters,
): BatchRowMaker {
  const maker = rowMaker(revisions, () => counters.unknownRevisions++);
  const labelRow = async (partition: number, { value }: LogRecord): Promise<TableRow | undefined> => {
    const record = decodeLabelsRecord(value);
    const verdict = fences.take(partition, record);
    if (record.kind === 'foreign') throw new AppError('event/unreadable', record.message);
    if (verdict === 'counts' && record.kind === 'label') {
      await revisions.catchUp?.([record.label.titleRevision]);
      return maker.outcome(record.label);
    }
    if (record.kind === 'label') counters.voidLabels++;
    return undefined;
  };
  const letterRow = ({ topic, partition }: Batch, record: LogRecord, error: AppError): TableRow => {
    const { offset, timestampMs, value } = record;
    const letter = { reason: error.code, message: error.message, topic, partition, offset, payload: value };
    const atMs = Number.isSafeInteger(timestampMs) && timestampMs >= 0 ? timestampMs : clock.nowMs();
    const place = `${topic}/${partition}/${offset}`;
    return { table: 'dead_letters', row: deadLetterRow({ ...letter, atMs }, place) };
  };
  return async (batch) => {
    const { topic, partition, records } = batch;
    const rows: TableRow[] = [];
    for (const [i, record] of records.entries()) {
      if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      try {
        const row =
          topic === 'labels' ? await labelRow(partition, record) : maker.row(topic, partition, record);
        if (row !== undefined) rows.push(row);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'event/unreadable') throw error;
        counters.unreadable++;
        rows.push(letterRow(batch, record, error));
      }
    }
    return rows;
  };
}
