/**
 * Small, fast, unkeyed hashes. None of them is a signature: tokens use HMAC-SHA-256 from node:crypto.
 */

/**
 * murmur2 as Kafka's default partitioner computes it (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c),
 * so a key lands on the same partition whether the embedded log or a Kafka client wrote it.
 *
 * @param length of the bytes that count, from the first
 * @returns a signed 32-bit integer
 */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - i;
  if (rest === 3) h ^= bytes[i + 2]! << 16;
  if (rest >= 2) h ^= bytes[i + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[i]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h | 0;
}

const utf8 = new TextEncoder();
const ascii = new Uint8Array(64);

/** murmur2 over UTF-8. Nearly all keys are short and of ASCII, whose bytes are its characters: that saves the encoder, which costs ten times the hash. */
function murmur2OfText(text: string): number {
  const { length } = text;
  if (length > ascii.length) return murmur2(utf8.encode(text));
  for (let i = 0; i < length; i++) {
    const character = text.charCodeAt(i);
    if (character > 127) return murmur2(utf8.encode(text));
    ascii[i] = character;
  }
  return murmur2(ascii, length);
}

/** Partition of a key among `partitions`: Kafka's `toPositive(murmur2(key)) % n`. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2OfText(key) & 0x7fffffff) % partitions;
}

/** The 32-bit finaliser of MurmurHash3 (Appleby, public domain): every input bit flips each output bit with p ≈ ½. */
export function mix32(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32-bit hash of a string under a seed (murmur2 over UTF-8, finalised by {@link mix32}). */
export function hashString(text: string, seed = 0): number {
  return mix32(murmur2OfText(text) ^ mix32(seed + 0x9e3779b9));
}
