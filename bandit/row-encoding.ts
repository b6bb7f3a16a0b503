import { AppError } from '../core/errors.js';

/**
 * One row of ArmStatistics as bytes, little-endian, version 1:
 *
 *   u8 version · u8 present (0 | 1) · u16 dimension · u32 zero · f64 × stride: n, Σr, asOfMs, S packed, b
 */
const VERSION = 1;
const HEADER_BYTES = 8;
const MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export function encodeRowFrom(
  sums: Float64Array | undefined,
  dimension: number,
  stride: number,
  present: boolean,
  inPlace = MACHINE_IS_LITTLE_ENDIAN,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 8 * stride);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, present ? 1 : 0);
  view.setUint16(2, dimension, true);
  if (!present || sums === undefined) return bytes;
  if (inPlace) new Float64Array(bytes.buffer, HEADER_BYTES).set(sums);
  else sums.forEach((sum, i) => view.setFloat64(HEADER_BYTES + 8 * i, sum, true));
  return bytes;
}

/**
 * Nothing is copied where the bytes can be read in place: a checkpoint has as many rows as there are artworks.
 *
 * @param stride float64 of a row
 * @returns shape (stride), perhaps the bytes themselves; undefined: the encoded row did not exist
 * @throws AppError `checkpoint/corrupt`
 */
export function decodedRow(
  bytes: Uint8Array,
  dimension: number,
  stride: number,
  inPlace = MACHINE_IS_LITTLE_ENDIAN,
): Float64Array | undefined {
  const expected = HEADER_BYTES + 8 * stride;
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
  const at = bytes.byteOffset + HEADER_BYTES;
  const sums =
    inPlace && at % 8 === 0
      ? new Float64Array(bytes.buffer, at, stride)
      : Float64Array.from({ length: stride }, (_, i) => view.getFloat64(HEADER_BYTES + 8 * i, true));
  checkSums(sums);
  return present === 1 ? sums : undefined;
}

function checkSums(sums: Float64Array): void {
  // 0 · x is 0 for what is finite and NaN for what is not: one comparison for all of them.
  let zero = 0;
  for (const sum of sums) zero += 0 * sum;
  if (zero !== 0) {
    const found = sums.find((sum) => !Number.isFinite(sum));
    throw new AppError('checkpoint/corrupt', `encoded row holds ${found}; expected finite sums`);
  }
  if (sums[0]! < 0) throw new AppError('checkpoint/corrupt', 'encoded row has n < 0; expected ≥ 0');
}
