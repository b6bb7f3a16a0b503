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

/** Of a key that does not fit either, so much is kept. */
const MOST_KEY_LENGTH = 64;

/** Keeps what could not be used, whole, with the reason. At least once: a crash may repeat some. */
export async function appendDeadLetters(
  log: EventLog,
  letters: readonly DeadLetter[],
  atMs: number,
  timers: Timers,
): Promise<void> {
  if (letters.length === 0) return;
  const records = letters.map((letter) => recordOf(letter, atMs));
  try {
    await appendPatiently(log, 'dead-letter', records, timers);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'log/record-too-large') throw error;
    const [first] = letters;
    // A record at the log's limit does not fit with its envelope; where it stands says which it was. The others are kept whole.
    const smaller =
      letters.length === 1
        ? [[{ ...first!, payload: new Uint8Array(0), key: first!.key.slice(0, MOST_KEY_LENGTH) }]]
        : [letters.slice(0, letters.length >> 1), letters.slice(letters.length >> 1)];
    for (const some of smaller) await appendDeadLetters(log, some, atMs, timers);
  }
}

function recordOf({ key, ...letter }: DeadLetter, atMs: number): NewRecord {
  return { key, value: encodeDeadLetter({ ...letter, atMs }), timestampMs: atMs };
}
