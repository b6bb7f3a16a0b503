import { AppError } from '../../core/errors.js';
import type { LogRecord, Topic } from '../event-log/event-log.js';
import { decodeDeadLetter, decodeDecision, decodeImpression, decodePlay } from '../events/avro.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import { decidedSlotRows, isSampled } from './decided-slots.js';
import type { LabelFences } from './label-fences.js';
import {
  deadLetterRow,
  decisionRow,
  impressionRow,
  outcomeRow,
  playRow,
  type TableRow,
  type TitleNames,
} from './rows.js';

/** A record that was read: what its rows need to know, and then its rows. */
export interface ReadRecord {
  /** title revisions that its rows name */
  readonly revisions: Iterable<number>;
  rows(): TableRow[];
}

export interface RecordReaderOptions {
  readonly names: TitleNames;
  readonly fences: LabelFences;
  /** probability with which a page's slots become rows, in [0, 1] */
  readonly slotSampleRate: number;
  readonly counters: { unknownRevisions: number; voidLabels: number };
}

export type RecordReader = (topic: Topic, partition: number, record: LogRecord) => ReadRecord;

const NO_REVISIONS: readonly number[] = [];

/** @returns a function that throws AppError `event/unreadable` when the bytes do not decode */
export function recordReader(options: RecordReaderOptions): RecordReader {
  return (topic, partition, record) => {
    const { value, offset } = record;
    switch (topic) {
      case 'decisions':
        return readDecision(options, value);
      case 'impressions':
        return one({ table: 'impressions', row: impressionRow(decodeImpression(value)) });
      case 'plays':
        return one({ table: 'plays', row: playRow(decodePlay(value)) });
      case 'labels':
        return readLabel(options, partition, value);
      case 'dead-letter': {
        const row = deadLetterRow(decodeDeadLetter(value), `${topic}/${partition}/${offset}`);
        return one({ table: 'dead_letters', row });
      }
      case 'activations':
      case 'personalizer':
        throw new AppError('internal', `topic ${topic}; expected one that has a table`);
    }
  };
}

function one(row: TableRow): ReadRecord {
  return { revisions: NO_REVISIONS, rows: () => [row] };
}

function readDecision({ names, slotSampleRate }: RecordReaderOptions, value: Uint8Array): ReadRecord {
  const event = decodeDecision(value);
  const page: TableRow = { table: 'decisions', row: decisionRow(event) };
  if (!isSampled(event.requestId, slotSampleRate)) return one(page);
  return {
    revisions: event.slots.titleRevision,
    rows: () => [
      page,
      ...decidedSlotRows(event, names, slotSampleRate).map((row): TableRow => ({
        table: 'decided_slots',
        row,
      })),
    ],
  };
}

/** One row per label that counts, none per label that does not or claim. */
function readLabel(options: RecordReaderOptions, partition: number, value: Uint8Array): ReadRecord {
  const { names, fences, counters } = options;
  const record = decodeLabelsRecord(value);
  const verdict = fences.take(partition, record);
  if (record.kind === 'foreign') throw new AppError('event/unreadable', record.message);
  if (verdict !== 'counts' || record.kind !== 'label') {
    if (record.kind === 'label') counters.voidLabels++;
    return { revisions: NO_REVISIONS, rows: () => [] };
  }
  const { label } = record;
  return {
    revisions: [label.titleRevision],
    rows: () => {
      const title = names.revision(label.titleRevision);
      if (title === undefined) counters.unknownRevisions++;
      return [{ table: 'outcomes', row: outcomeRow(label, title) }];
    },
  };
}
