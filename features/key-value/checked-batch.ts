import { AppError, shown } from '../../core/errors.js';
import { keyBytes } from './checked-key.js';
import type { KeyValueBatch } from './key-value.js';

/** A batch read to its end, its keys checked, its values copied: what adapters write after the call has returned. */
export interface CheckedBatch {
  readonly puts: readonly (readonly [key: string, value: Buffer])[];
  readonly deletes: readonly string[];
  readonly expected: readonly (readonly [key: string, value: Buffer | undefined])[];
  readonly expiresInMs: number | undefined;
}

/** @throws AppError `store/bad-key` | `config/bad-value`, and whatever an iterable throws; nothing is written then */
export function checkedBatch({ puts, deletes, expect, expiresInMs }: KeyValueBatch): CheckedBatch {
  if (expiresInMs !== undefined && !(Number.isSafeInteger(expiresInMs) && expiresInMs >= 1)) {
    throw new AppError(
      'config/bad-value',
      `expiresInMs is ${shown(expiresInMs)}; expected whole milliseconds ≥ 1`,
    );
  }
  return {
    puts: Array.from(puts ?? [], ([key, value]) => [checkedKey(key), Buffer.from(value)] as const),
    deletes: Array.from(deletes ?? [], checkedKey),
    expected: Array.from(
      expect ?? [],
      ([key, value]) => [checkedKey(key), value === undefined ? undefined : Buffer.from(value)] as const,
    ),
    expiresInMs,
  };
}

/** @returns the key as every adapter stores it: text that is no UTF-16 becomes what UTF-8 makes of it. @throws AppError `store/bad-key` */
export function checkedKey(key: string): string {
  return keyBytes(key).toString('utf8');
}

/** Does this key hold exactly what was expected of it? */
export function holds(held: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  if (held === undefined || expected === undefined) return held === expected;
  return Buffer.compare(held, expected) === 0;
}

/** Neither the bytes nor the key are in it: keys may name members. */
export function conflict(): AppError {
  return new AppError(
    'store/conflict',
    'a key no longer holds what was read from it; expected the same bytes, nothing was written',
  );
}

/** Is it the error of a batch whose expectations did not hold? */
export function isConflict(error: unknown): boolean {
  return error instanceof AppError && error.code === 'store/conflict';
}
