const MULTIPLIER_A = 0xd2511f53;
const MULTIPLIER_B = 0xcd9e8d57;
const WEYL_A = 0x9e3779b9;
const WEYL_B = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of a product of unsigned 32-bit integers. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * Philox4x32-10: 128 random bits as a function of a 128-bit counter and a 64-bit key. No state, so any part of a stream is reached at once and computed in any order.
 *
 * @param counter shape (4): 32-bit words, the lowest first
 * @param key     shape (2)
 * @param words   shape (4), written; may be `counter`
 * @see Salmon, Moraes, Dror & Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011
 * @example const w = new Uint32Array(4); philox(Uint32Array.of(0, 0, 0, 0), Uint32Array.of(0, 0), w); w[0] // => 0x6627e8d5
 */
export function philox(counter: Uint32Array, key: Uint32Array, words: Uint32Array): void {
  let c0 = counter[0]!;
  let c1 = counter[1]!;
  let c2 = counter[2]!;
  let c3 = counter[3]!;
  let k0 = key[0]!;
  let k1 = key[1]!;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLIER_A, c0);
    const low0 = Math.imul(MULTIPLIER_A, c0) >>> 0;
    const high1 = highProduct(MULTIPLIER_B, c2);
    const low1 = Math.imul(MULTIPLIER_B, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_A) >>> 0;
    k1 = (k1 + WEYL_B) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

const counter = new Uint32Array(4);
const key = new Uint32Array(2);
const words = new Uint32Array(4);

/**
 * Pairs `first` … `first + count − 1` of a stream to out[0 … 2·count − 1]; see {@link ExplorationKernels} for what is written.
 *
 * @param first integer in [0, 2⁵³)
 */
export function fillPairs(
  seedLow: number,
  seedHigh: number,
  first: number,
  count: number,
  normal: boolean,
  out: Float64Array,
): void {
  key[0] = seedLow;
  key[1] = seedHigh;
  for (let i = 0; i < count; i++) {
    counter[0] = first + i;
    counter[1] = Math.floor((first + i) / 4294967296);
    counter[2] = 0;
    counter[3] = 0;
    philox(counter, key, words);
    const u = ((words[0]! >>> 6) * 67108864 + (words[1]! >>> 6) + 0.5) / 4503599627370496;
    const v = ((words[2]! >>> 6) * 67108864 + (words[3]! >>> 6) + 0.5) / 4503599627370496;
    if (normal) {
      const radius = Math.sqrt(-2 * Math.log(u));
      out[2 * i] = radius * Math.cos(2 * Math.PI * v);
      out[2 * i + 1] = radius * Math.sin(2 * Math.PI * v);
    } else {
      out[2 * i] = u;
      out[2 * i + 1] = v;
    }
  }
}
