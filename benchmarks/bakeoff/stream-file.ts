import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Stream } from './problem.js';

/**
 * A stream as the Python side reads it, little-endian: u32 n · u32 d · u32 K · u32 seed · i32 × K arrivals · i32 × n delays · f32 × n·d contexts · u8 × n·K rewards.
 */
export function encodeStream(problem: Stream): Uint8Array {
  const header = Uint32Array.of(problem.steps, problem.dimension, problem.arms, problem.seed);
  return Buffer.concat(
    [header, problem.arrivals, problem.delays, problem.contexts, problem.rewards].map(
      (part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    ),
  );
}

export async function writeStream(path: string, problem: Stream): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, encodeStream(problem));
}

/** Names what a result was measured on: results of other streams are not mixed in. */
export function streamDigest(problem: Stream): string {
  return createHash('sha256').update(encodeStream(problem)).digest('hex').slice(0, 16);
}

/** What {@link encodeStream} wrote; the comparator is not in it. */
export function decodeStream(bytes: Uint8Array, table: string): Stream {
  const buffer = bytes.slice().buffer;
  const [steps, dimension, arms, seed] = new Uint32Array(buffer, 0, 4);
  const arrivals = new Int32Array(buffer, 16, arms);
  const delays = new Int32Array(buffer, 16 + arrivals.byteLength, steps);
  const contextsAt = delays.byteOffset + delays.byteLength;
  const contexts = new Float32Array(buffer, contextsAt, steps! * dimension!);
  const rewards = new Uint8Array(buffer, contextsAt + contexts.byteLength, steps! * arms!);
  return {
    table,
    seed: seed!,
    steps: steps!,
    dimension: dimension!,
    arms: arms!,
    contexts,
    rewards,
    arrivals,
    delays,
  };
}
