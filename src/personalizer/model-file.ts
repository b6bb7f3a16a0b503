import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.js';
import { FEATURE_SCHEMA } from './features.js';

/**
 * A model as it travels: `marquee-personalizer-1\n` · feature schema · `\n` · the encoded row · HMAC-SHA-256 (32 bytes) of all before it, where it is signed.
 */
const MAGIC = Buffer.from(`marquee-personalizer-1\n${FEATURE_SCHEMA}\n`);
const SIGNATURE_BYTES = 32;

/** @param key signs it; undefined: it is not signed, and cannot be imported */
export function exportedModel(row: Uint8Array, key?: string): Buffer {
  const body = Buffer.concat([MAGIC, row]);
  return key === undefined ? body : Buffer.concat([body, signature(body, key)]);
}

/** The file without its signature, as it goes to the log. @returns undefined when it was not signed with this key */
export function verifiedModel(file: Uint8Array, key: string): Buffer | undefined {
  const at = file.length - SIGNATURE_BYTES;
  if (at < 0) return undefined;
  const body = Buffer.from(file.subarray(0, at));
  return timingSafeEqual(signature(body, key), file.subarray(at)) ? body : undefined;
}

/** The encoded row of a file without signature. @throws AppError `snapshot/wrong-schema` */
export function importedModel(body: Uint8Array): Uint8Array {
  if (!MAGIC.equals(body.subarray(0, MAGIC.length)))
    throw new AppError(
      'snapshot/wrong-schema',
      `the model does not begin as one of features ${FEATURE_SCHEMA} does`,
    );
  return body.subarray(MAGIC.length);
}

function signature(body: Uint8Array, key: string): Buffer {
  return createHmac('sha256', key).update('personalizer-model\0').update(body).digest();
}
