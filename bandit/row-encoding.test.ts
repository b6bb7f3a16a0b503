import { describe, expect, it } from 'vitest';
import { decodedRow, encodeRowFrom } from './row-encoding.js';

const D = 2;
const SUMS = Float64Array.of(3, 1, 1e12, 2, -0.5, 0.25, 1 / 3, -0);
const ENCODED = encodeRowFrom(SUMS, D, SUMS.length, true);

/** The same bytes where no float64 may begin. */
function shifted(bytes: Uint8Array): Uint8Array {
  const moved = new Uint8Array(bytes.length + 1);
  moved.set(bytes, 1);
  return moved.subarray(1);
}

describe('a row as bytes', () => {
  it('is the same written as an array or value by value', () => {
    expect(encodeRowFrom(SUMS, D, SUMS.length, true, false)).toEqual(ENCODED);
  });

  it('is read in place, from bytes that stand anywhere, and value by value', () => {
    for (const bytes of [ENCODED, shifted(ENCODED)])
      for (const inPlace of [true, false]) expect(decodedRow(bytes, D, SUMS.length, inPlace)).toEqual(SUMS);
  });

  it('of a row never touched is undefined, whatever it holds', () => {
    expect(decodedRow(encodeRowFrom(undefined, D, SUMS.length, true), D, SUMS.length)).toEqual(
      new Float64Array(SUMS.length),
    );
    expect(decodedRow(encodeRowFrom(SUMS, D, SUMS.length, false), D, SUMS.length)).toBeUndefined();
  });

  it('with an infinite sum anywhere is refused, and the sum named', () => {
    for (const at of SUMS.keys()) {
      const bytes = encodeRowFrom(SUMS.with(at, -Infinity), D, SUMS.length, true);
      expect(() => decodedRow(bytes, D, SUMS.length)).toThrow('encoded row holds -Infinity');
    }
  });
});
