/** Fitted bytes are little-endian, as nearly every machine is: there float32 are moved as arrays, elsewhere one by one. */
const MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Writes `values` as little-endian float32.
 *
 * @param at byte offset in `view`
 * @returns where the next value goes
 */
export function writeFloats(
  view: DataView,
  at: number,
  values: Float64Array,
  inPlace = MACHINE_IS_LITTLE_ENDIAN,
): number {
  const from = view.byteOffset + at;
  if (inPlace && from % 4 === 0) new Float32Array(view.buffer, from, values.length).set(values);
  else values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  return at + 4 * values.length;
}

/** All of `view` as float32: its own bytes where they can be read in place, else a copy. A whole number of float32. */
export function readFloats(view: DataView, inPlace = MACHINE_IS_LITTLE_ENDIAN): Float32Array {
  const length = view.byteLength / 4;
  if (!inPlace) return Float32Array.from({ length }, (_, i) => view.getFloat32(4 * i, true));
  if (view.byteOffset % 4 === 0) return new Float32Array(view.buffer, view.byteOffset, length);
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
