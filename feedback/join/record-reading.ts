import { AppError } from '../../core/errors.js';
import type { RequestId } from '../../core/ids.js';
import { decodeDecision, decodeImpression, decodePlay } from '../events/avro.js';
import type { DecisionEvent, ImpressionEvent, PlayEvent } from '../events/events.js';
import type { JoinRecord, RefusalCode } from './join-outcome.js';
import { checked } from './record-check.js';

/** A record of the log with what it says. */
export type ReadRecord =
  | { readonly kind: 'decision'; readonly record: JoinRecord; readonly event: DecisionEvent }
  | { readonly kind: 'impression'; readonly record: JoinRecord; readonly event: ImpressionEvent }
  | { readonly kind: 'play'; readonly record: JoinRecord; readonly event: PlayEvent }
  | {
      readonly kind: 'refused';
      readonly record: JoinRecord;
      readonly code: RefusalCode;
      readonly message: string;
    };

/** Reads a record, whatever it is: nothing that a producer can put into a topic stops its partition. */
export function readRecord(record: JoinRecord, maxRecordBytes = Infinity): ReadRecord {
  try {
    if (record.value.byteLength > maxRecordBytes) {
      const message = `the record has ${record.value.byteLength} bytes; expected at most ${maxRecordBytes}`;
      return { kind: 'refused', code: 'event/too-large', message, record };
    }
    switch (record.topic) {
      case 'decisions':
        return { kind: 'decision', record, event: checked(decodeDecision(record.value), record) };
      case 'impressions':
        return { kind: 'impression', record, event: checked(decodeImpression(record.value), record) };
      case 'plays':
        return { kind: 'play', record, event: checked(decodePlay(record.value), record) };
    }
  } catch (error) {
    // Our own words are for the letter; a decoder's about bytes it did not expect may quote them.
    const why = error instanceof AppError ? error.message : 'the decoder failed on it';
    return { kind: 'refused', code: 'event/unreadable', message: why, record };
  }
}

/** The requests that these records are about. */
export function* requestsOf(read: Iterable<ReadRecord>): Iterable<RequestId> {
  for (const one of read) if (one.kind !== 'refused') yield one.event.requestId;
}
