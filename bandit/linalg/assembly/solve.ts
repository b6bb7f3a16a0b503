/** Solving with float64 packed lower triangles: as in symmetric.ts, every entry gets the twin's operations in the twin's order. */
import { rowAt } from './factor';

/** L·y = b in place, four rows at a time: their sums do not wait for each other until they meet. */
export function solveLower(lower: usize, dimension: u32, b: usize): void {
  let i: u32 = 0;
  for (; i + 3 < dimension; i += 4) {
    const r0 = rowAt(lower, i);
    const r1 = rowAt(lower, i + 1);
    const r2 = rowAt(lower, i + 2);
    const r3 = rowAt(lower, i + 3);
    const at = i << 3;
    let s0 = load<f64>(b + at);
    let s1 = load<f64>(b + at, 8);
    let s2 = load<f64>(b + at, 16);
    let s3 = load<f64>(b + at, 24);
    for (let k: u32 = 0; k < at; k += 8) {
      const y = load<f64>(b + k);
      s0 -= load<f64>(r0 + k) * y;
      s1 -= load<f64>(r1 + k) * y;
      s2 -= load<f64>(r2 + k) * y;
      s3 -= load<f64>(r3 + k) * y;
    }
    const y0 = s0 / load<f64>(r0 + at);
    const y1 = (s1 - load<f64>(r1 + at) * y0) / load<f64>(r1 + at, 8);
    const y2 = (s2 - load<f64>(r2 + at) * y0 - load<f64>(r2 + at, 8) * y1) / load<f64>(r2 + at, 16);
    s3 = s3 - load<f64>(r3 + at) * y0 - load<f64>(r3 + at, 8) * y1 - load<f64>(r3 + at, 16) * y2;
    store<f64>(b + at, y0);
    store<f64>(b + at, y1, 8);
    store<f64>(b + at, y2, 16);
    store<f64>(b + at, s3 / load<f64>(r3 + at, 24), 24);
  }
  for (; i < dimension; i++) {
    const row = rowAt(lower, i);
    const end = i << 3;
    let sum = load<f64>(b + end);
    for (let k: u32 = 0; k < end; k += 8) sum -= load<f64>(row + k) * load<f64>(b + k);
    store<f64>(b + end, sum / load<f64>(row + end));
  }
}

/** Lᵀ·x = y in place. */
export function solveLowerTransposed(lower: usize, dimension: u32, y: usize): void {
  for (let i = <i32>dimension - 1; i >= 0; i--) {
    const row = rowAt(lower, i);
    const at = i << 3;
    const value = load<f64>(y + at) / load<f64>(row + at);
    store<f64>(y + at, value);
    const values = f64x2.splat(value);
    let k: i32 = 0;
    for (; k + 16 <= at; k += 16)
      v128.store(y + k, f64x2.sub(v128.load(y + k), f64x2.mul(v128.load(row + k), values)));
    if (k < at) store<f64>(y + k, load<f64>(y + k) - load<f64>(row + k) * value);
  }
}
