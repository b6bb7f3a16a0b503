import type { Kernels } from '../../bandit/index.js';

/** Rows of int8, each with the size of its own step. */
export interface Int8Rows {
  /** shape (n, length) */
  readonly values: Int8Array;
  /** shape (n): value · scale is what was rounded */
  readonly scales: Float32Array;
}

/** Rounds each row to 255 steps between minus and plus its largest size. A number is off by half a step at most. */
export function quantise(rows: Float32Array, count: number, length: number, kernels: Kernels): Int8Rows {
  const memory = kernels.int32(Math.ceil((count * length) / 4));
  const values = new Int8Array(memory.buffer, memory.byteOffset, count * length);
  const scales = kernels.float32(count);
  for (let row = 0; row < count; row++) {
    const at = row * length;
    let most = 0;
    for (let i = 0; i < length; i++) most = Math.max(most, Math.abs(rows[at + i]!));
    const scale = most / 127;
    scales[row] = scale;
    if (scale > 0) for (let i = 0; i < length; i++) values[at + i] = Math.round(rows[at + i]! / scale);
  }
  return { values, scales };
}
