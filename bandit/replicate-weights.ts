import { mix32 } from '../core/hash.js';

/** P(Poisson(1) ≤ k) for k = 0 … 12; beyond, 1 within 3e-11. */
const CUMULATIVE = Float64Array.from({ length: 13 }, (_, k) => {
  let sum = 0;
  let term = Math.exp(-1);
  for (let i = 0; i <= k; i++) {
    sum += term;
    term /= i + 1;
  }
  return sum;
});

/**
 * How often a trial counts in a replicate: Poisson(1) over keys, always the same for the same key, unrelated between replicates. Replicate 0 counts every trial once: it is
 * the data as it is.
 *
 * @param key       of the trial: any 32 bits, the same whenever the trial or its reward is learned
 * @param replicate ≥ 0
 * @see Oza & Russell, Online Bagging and Boosting, AISTATS 2001; replicate 0: the "greedy" bag of Bietti, Agarwal & Langford, JMLR 2021, arXiv:1802.04064, §3.3
 * @example replicateWeight(12345, 0) // => 1
 */
export function replicateWeight(key: number, replicate: number): number {
  if (replicate === 0) return 1;
  const lane = Math.imul(replicate, 0x9e3779b9);
  const u = (mix32(mix32(key ^ lane) + lane) + 0.5) / 4294967296;
  let count = 0;
  while (count < CUMULATIVE.length && u > CUMULATIVE[count]!) count++;
  return count;
}

const entry = new Float32Array(1);
const entryBits = new Int32Array(entry.buffer);
const time = new Float64Array(1);
const timeBits = new Int32Array(time.buffer);

/** A key for a trial that was given none: a hash of row, time and every bit of x. */
export function trialKey(
  row: number,
  x: Float32Array,
  offset: number,
  dimension: number,
  atMs: number,
): number {
  time[0] = atMs;
  let key = mix32(mix32(mix32(row) ^ timeBits[0]!) ^ timeBits[1]!);
  for (let i = offset; i < offset + dimension; i++) {
    entry[0] = x[i]!;
    key = mix32(key ^ entryBits[0]!);
  }
  return key;
}
