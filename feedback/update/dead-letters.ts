import { AppError } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog, NewRecord, Topic } from '../event-log/event-log.js';
import { encodeDeadLetter } from '../events/avro.js';
import { appendPatiently } from './patient-append.js';

export interface DeadLetter {
  readonly reason: string;
  readonly message: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly payload: Uint8Array;
}

/** Keeps what could not be used, whole, with the reason. At least once: a crash may repeat some. */
export async function appendDeadLetters(
  log: EventLog,
  letters: readonly DeadLetter[],
  atMs: number,
  timers: Timers,
): Promise<void> {
  if (letters.length === 0) return;
  try {
    await appendPatiently(
      log,
      'dead-letter',
      letters.map((letter) => recordOf(letter, atMs)),
      timers,
    );
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'log/record-too-large') throw error;
    // A record at the log's limit does not fit with its envelope; where it stands says which it was.
    const bare = letters.map((letter) => ({ ...letter, payload: new Uint8Array(0) }));
    await appendPatiently(
      log,
      'dead-letter',
      bare.map((letter) => recordOf(letter, atMs)),
      timers,
    );
  }
}

function recordOf({ key, ...letter }: DeadLetter, atMs: number): NewRecord {
  return { key, value: encodeDeadLetter({ ...letter, atMs }), timestampMs: atMs };
}
