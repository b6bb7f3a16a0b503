import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Batch, LogRecord } from '../event-log/event-log.js';
import { RowPrinter, type Printed } from './printed-rows.js';
import { recordReader, type ReadRecord, type RecordReaderOptions } from './record-rows.js';
import { deadLetterRow, type TableRow } from './rows.js';

export type BatchPrinter = (batch: Batch) => Promise<Printed>;

/** Records read, and then rows printed, between two turns of the event loop: a page of 800 slots takes about 50 µs. */
const RECORDS_PER_TURN = 50;

export interface BatchPrinterOptions extends RecordReaderOptions {
  readonly clock: Clock;
  readonly counters: RecordReaderOptions['counters'] & { unreadable: number };
  /** waits until these are known here, if they are at all */
  readonly catchUp: (revisions: readonly number[]) => Promise<void>;
}

/** Rows of every record, as they are sent. A record that cannot be read becomes a row of dead_letters: it must neither stop the others nor vanish. */
export function batchPrinter(options: BatchPrinterOptions): BatchPrinter {
  const { names, clock, counters, catchUp } = options;
  const read = recordReader(options);
  const letterOf = (batch: Batch, record: LogRecord, error: unknown): TableRow => {
    if (!(error instanceof AppError) || error.code !== 'event/unreadable') throw error;
    counters.unreadable++;
    return letterRow(batch, record, error, clock);
  };
  const readAll = async (batch: Batch): Promise<ReadRecord[]> => {
    const all: ReadRecord[] = [];
    const unknown = new Set<number>();
    for (const [i, record] of batch.records.entries()) {
      if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      try {
        const one = read(batch.topic, batch.partition, record);
        for (const revision of one.revisions)
          if (names.revision(revision) === undefined) unknown.add(revision);
        all.push(one);
      } catch (error) {
        const letter = letterOf(batch, record, error);
        all.push({ revisions: [], rows: () => [letter] });
      }
    }
    if (unknown.size > 0) await catchUp([...unknown]);
    return all;
  };
  return async (batch) => {
    const all = await readAll(batch);
    const printer = new RowPrinter();
    for (const [i, record] of all.entries()) {
      if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      for (const row of record.rows()) {
        try {
          printer.print(row);
        } catch (error) {
          printer.print(letterOf(batch, batch.records[i]!, error));
        }
      }
    }
    return printer.take();
  };
}

function letterRow(
  { topic, partition }: Batch,
  { offset, timestampMs, value }: LogRecord,
  error: AppError,
  clock: Clock,
): TableRow {
  const letter = { reason: error.code, message: error.message, topic, partition, offset, payload: value };
  const atMs = Number.isSafeInteger(timestampMs) && timestampMs >= 0 ? timestampMs : clock.nowMs();
  return {
    table: 'dead_letters',
    row: deadLetterRow({ ...letter, atMs }, `${topic}/${partition}/${offset}`),
  };
}
