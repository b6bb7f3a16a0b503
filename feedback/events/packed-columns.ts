/**
 * Typed arrays as little-endian bytes and back. Every platform Node runs on in practice is little-endian, so packing is a view and
 * unpacking one copy (bytes inside a record are not aligned, a typed array must be).
 */
export function packed(column: Float32Array | Uint32Array | Uint8Array, count = column.length): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT);
}

/** @returns undefined when the bytes are not a whole number of entries */
export function unpackedFloats(bytes: Uint8Array): Float32Array | undefined {
  return bytes.length % 4 === 0 ? new Float32Array(aligned(bytes)) : undefined;
}

export function unpackedInts(bytes: Uint8Array): Uint32Array | undefined {
  return bytes.length % 4 === 0 ? new Uint32Array(aligned(bytes)) : undefined;
}

export function unpackedBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function aligned(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}
