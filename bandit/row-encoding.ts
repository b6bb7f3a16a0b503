import { AppError } from '../core/errors.js';

/**
 * One row of ArmStatistics as bytes, little-endian, version 1:
 *
 *   u8 version · u8 present (0 | 1) · u16 dimension · u32 zero · f64 × stride: n, Σr, asOfMs, S packed, b
 */
const VERSION = 1;
const HEADER_BYTES = 8;

export function encodeRowFrom(
  sums: Float64Array | undefined,
  dimension: number,
  stride: number,
  present: boolean,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 8 * stride);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, present ? 1 : 0);
  view.setUint16(2, dimension, true);
  if (present && sums !== undefined) {
    for (let i = 0; i < stride; i++) view.setFloat64(HEADER_BYTES + 8 * i, sums[i]!, true);
  }
  return bytes;
}

/**
 * @param sums shape (stride), written only when everything parses
 * @returns whether the encoded row existed
 * @throws AppError `checkpoint/corrupt`
 */
export function decodeRowInto(bytes: Uint8Array, dimension: number, sums: Float64Array): boolean {
  const expected = HEADER_BYTES + 8 * sums.length;
  if (bytes.length !== expected) {
    throw new AppError(
      'checkpoint/corrupt',
      `encoded row has ${bytes.length} bytes; expected ${expected} for d = ${dimension}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const present = view.getUint8(1);
  if (
    view.getUint8(0) !== VERSION ||
    present > 1 ||
    view.getUint16(2, true) !== dimension ||
    view.getUint32(4, true) !== 0
  ) {
    throw new AppError(
      'checkpoint/corrupt',
      `encoded row begins ${bytes.subarray(0, 8).join(' ')}; expected version ${VERSION}, d = ${dimension}`,
    );
  }
  for (let i = 0; i < sums.length; i++) {
    if (!Number.isFinite(view.getFloat64(HEADER_BYTES + 8 * i, true))) {
      throw new AppError(
        'checkpoint/corrupt',
        `encoded row holds ${view.getFloat64(HEADER_BYTES + 8 * i, true)}; expected finite sums`,
      );
    }
  }
  if (view.getFloat64(HEADER_BYTES, true) < 0)
    throw new AppError('checkpoint/corrupt', 'encoded row has n < 0; expected ≥ 0');
  for (let i = 0; i < sums.length; i++) sums[i] = view.getFloat64(HEADER_BYTES + 8 * i, true);
  return present === 1;
}
