import { describe, expect, it } from 'vitest';
import { readFloats, writeFloats } from './float-rows.js';

const VALUES = Float64Array.of(1, -0.1, 3e-39, 1e39, 0);

describe.each([
  { way: 'in place', inPlace: true, from: 8 },
  { way: 'in place but not aligned', inPlace: true, from: 7 },
  { way: 'one by one', inPlace: false, from: 8 },
])('float32 rows, $way', ({ inPlace, from }) => {
  const bytes = new Uint8Array(from + 4 + 4 * VALUES.length);
  const view = new DataView(bytes.buffer, from);
  const end = writeFloats(view, 4, VALUES, inPlace);

  it('are little-endian (oracle: DataView)', () => {
    expect(end).toBe(4 + 4 * VALUES.length);
    VALUES.forEach((value, i) => {
      expect(view.getFloat32(4 + 4 * i, true)).toBe(Math.fround(value));
    });
    expect(view.getFloat32(0, true)).toBe(0);
  });

  it('are read as they were written', () => {
    expect(readFloats(view, inPlace)).toEqual(Float32Array.of(0, ...VALUES));
  });
});
