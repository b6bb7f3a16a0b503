import poissonCdf from '@stdlib/stats-base-dists-poisson-cdf';
import { hashString, mix32 } from '../../../core/hash.js';

const STEPS = 65_536;

/** Poisson(1) by inversion at the middle of each of 65,536 steps: probabilities right within 1/131,072. */
const POISSON = poissonTable();

function poissonTable(): Uint8Array {
  const table = new Uint8Array(STEPS);
  let count = 0;
  for (let i = 0; i < STEPS; i++) {
    while ((i + 0.5) / STEPS > poissonCdf(count, 1)) count++;
    table[i] = count;
  }
  return table;
}

/**
 * How often a cluster enters each of B bootstrap replicates: independent Poisson(1) counts that are a function of (seed, cluster, replicate), so rows
 * of one cluster enter together, wherever they stand in the log, and nothing is held per cluster.
 *
 * @param counts shape (B): written
 */
export function writePoissonCounts(counts: Uint8Array, cluster: number): void {
  let state = cluster;
  for (let b = 0; b < counts.length; b += 2) {
    state = (state + 0x9e3779b9) | 0;
    const bits = mix32(state);
    counts[b] = POISSON[bits & 0xffff]!;
    if (b + 1 < counts.length) counts[b + 1] = POISSON[bits >>> 16]!;
  }
}

/** 32 bits that stand for a cluster, or for a row by itself. */
export function clusterHash(clusterId: string | undefined, row: number, seed: number): number {
  return clusterId === undefined
    ? mix32(mix32(row ^ mix32(seed + 0x85ebca6b)) + Math.floor(row / 2 ** 32))
    : hashString(clusterId, seed);
}
