const NO_BYTES = Buffer.alloc(0);

/**
 * Typed arrays as little-endian bytes and back. Every platform Node runs on in practice is little-endian, so packing is a view and
 * unpacking one copy (bytes inside a record are not aligned, a typed array must be).
 */
export function packed(column: Float32Array | Uint32Array | Uint8Array, count = column.length): Buffer {
  if (count === 0) return NO_BYTES;
  return Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT);
}

const NO_FLOATS = new Float32Array(0);
const NO_INTS = new Uint32Array(0);

/** In memory of its own. @returns undefined when the bytes are not a whole number of entries */
export function unpackedFloats(bytes: Uint8Array): Float32Array | undefined {
  // Most decisions leave several columns empty, and making a typed array costs more than all else there is to do for them.
  if (bytes.length === 0) return NO_FLOATS;
  return bytes.length % 4 === 0 ? new Float32Array(ownBuffer(bytes)) : undefined;
}

/** In memory of its own. @returns undefined when the bytes are not a whole number of entries */
export function unpackedInts(bytes: Uint8Array): Uint32Array | undefined {
  if (bytes.length === 0) return NO_INTS;
  return bytes.length % 4 === 0 ? new Uint32Array(ownBuffer(bytes)) : undefined;
}

export function unpackedBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function ownBuffer(bytes: Uint8Array): ArrayBufferLike {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
