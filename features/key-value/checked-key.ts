import { AppError, shown } from '../../core/errors.js';

/** LMDB's own limit is higher (1,978 bytes at 4 KB pages); every adapter keeps to the port's. */
export const MAX_KEY_BYTES = 500;

/**
 * @returns the key's UTF-8 bytes
 * @throws AppError `store/bad-key` unless it has 1–500 bytes
 */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key, 'utf8');
  if (bytes.length === 0 || bytes.length > MAX_KEY_BYTES) {
    throw new AppError(
      'store/bad-key',
      `key ${shown(key)} has ${bytes.length} bytes; expected 1–${MAX_KEY_BYTES}`,
    );
  }
  return bytes;
}
