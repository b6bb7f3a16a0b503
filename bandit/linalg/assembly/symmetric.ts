/** Float64 on packed lower triangles, for learning. Every entry is computed by the operations of the TypeScript twin in their order: both give the same bits. */

export function scale(values: usize, count: u32, factor: f64): void {
  const factors = f64x2.splat(factor);
  for (; count >= 2; count -= 2) {
    v128.store(values, f64x2.mul(v128.load(values), factors));
    values += 16;
  }
  if (count > 0) store<f64>(values, load<f64>(values) * factor);
}

/** S = decay·S + w·xxᵀ; x float64. Rows that change nothing are passed over, as the twin does. */
export function addOuterProduct(sums: usize, x: usize, dimension: u32, weight: f64, decay: f64): void {
  const decays = f64x2.splat(decay);
  let row = sums;
  for (let i: u32 = 0; i < dimension; i++) {
    const xi = weight * load<f64>(x + (i << 3));
    const end = row + ((i + 1) << 3);
    if (xi == 0 && decay == 1) {
      row = end;
      continue;
    }
    const factors = f64x2.splat(xi);
    let xj = x;
    for (; row + 16 <= end; row += 16) {
      v128.store(row, f64x2.add(f64x2.mul(v128.load(row), decays), f64x2.mul(factors, v128.load(xj))));
      xj += 16;
    }
    if (row < end) {
      store<f64>(row, load<f64>(row) * decay + xi * load<f64>(xj));
      row = end;
    }
  }
}

/** As ../interleaved-dot.ts. */
function interleavedDot(a: usize, b: usize, length: u32): f64 {
  let s01 = f64x2.splat(0);
  let s23 = f64x2.splat(0);
  for (; length >= 4; length -= 4) {
    s01 = f64x2.add(s01, f64x2.mul(v128.load(a), v128.load(b)));
    s23 = f64x2.add(s23, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  const pairs = f64x2.add(s01, s23);
  let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  for (; length > 0; length--) {
    sum += load<f64>(a) * load<f64>(b);
    a += 8;
    b += 8;
  }
  return sum;
}

/** v and √s of ../inverse-factor.ts; returns s_d. */
function project(inverseLower: usize, dimension: u32, x: usize, v: usize, root: usize, weightRoot: f64): f64 {
  let s: f64 = 1;
  let row = inverseLower;
  for (let i: u32 = 0; i < dimension; i++) {
    const value = weightRoot * interleavedDot(row, x, i + 1);
    s += value * value;
    store<f64>(v + (i << 3), value);
    store<f64>(root + (i << 3), Math.sqrt(s));
    row += (i + 1) << 3;
  }
  return s;
}

/** W′ and g of ../inverse-factor.ts. */
function sweep(inverseLower: usize, dimension: u32, v: usize, root: usize, g: usize): void {
  for (let i: u32 = 0; i < dimension; i++) store<f64>(g + (i << 3), 0);
  let before: f64 = 1;
  let row = inverseLower;
  for (let i: u32 = 0; i < dimension; i++) {
    const value = load<f64>(v + (i << 3));
    const after = load<f64>(root + (i << 3));
    const keep = before / after;
    const correct = value / (before * after);
    const keeps = f64x2.splat(keep);
    const corrects = f64x2.splat(correct);
    const values = f64x2.splat(value);
    const whole = ((i + 1) << 3) & ~15;
    for (let at: u32 = 0; at < whole; at += 16) {
      const old = v128.load(row + at);
      const sum = v128.load(g + at);
      v128.store(row + at, f64x2.sub(f64x2.mul(keeps, old), f64x2.mul(corrects, sum)));
      v128.store(g + at, f64x2.add(sum, f64x2.mul(values, old)));
    }
    // Of an odd number of entries the last is the diagonal's, whose g is still 0.
    if ((i & 1) == 0) {
      const old = load<f64>(row + whole);
      store<f64>(row + whole, keep * old - correct * load<f64>(g + whole));
      store<f64>(g + whole, load<f64>(g + whole) + value * old);
    }
    before = after;
    row += (i + 1) << 3;
  }
}

/** As ../inverse-factor.ts; x float64, `scratch` of 3·d float64. */
export function updateInverseFactor(
  inverseLower: usize,
  dimension: u32,
  x: usize,
  scratch: usize,
  weight: f64,
  theta: usize,
  reward: f64,
): f64 {
  const v = scratch;
  const root = v + (dimension << 3);
  const g = root + (dimension << 3);
  const weightRoot = Math.sqrt(weight);
  const grown = project(inverseLower, dimension, x, v, root, weightRoot);
  sweep(inverseLower, dimension, v, root, g);
  const step = (weightRoot / grown) * (reward - interleavedDot(theta, x, dimension));
  for (let i: u32 = 0; i < dimension; i++) {
    const at = i << 3;
    store<f64>(theta + at, load<f64>(theta + at) + step * load<f64>(g + at));
  }
  return grown;
}

/** As ../inverse-product.ts; x float64. */
export function addInverseProduct(
  inverseLower: usize,
  dimension: u32,
  x: usize,
  factor: f64,
  theta: usize,
): void {
  let row = inverseLower;
  for (let i: u32 = 0; i < dimension; i++) {
    const step = factor * interleavedDot(row, x, i + 1);
    const steps = f64x2.splat(step);
    const end = row + ((i + 1) << 3);
    let thetaJ = theta;
    for (; row + 16 <= end; row += 16) {
      v128.store(thetaJ, f64x2.add(v128.load(thetaJ), f64x2.mul(steps, v128.load(row))));
      thetaJ += 16;
    }
    if (row < end) {
      store<f64>(thetaJ, load<f64>(thetaJ) + step * load<f64>(row));
      row = end;
    }
  }
}

/** As ../narrow.ts. */
export function narrow(from: usize, factor: f64, to: usize, count: u32): void {
  const factors = f64x2.splat(factor);
  for (; count >= 2; count -= 2) {
    const pair = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from), factors));
    v128.store64_lane(to, pair, 0);
    from += 16;
    to += 8;
  }
  if (count > 0) store<f32>(to, <f32>(load<f64>(from) * factor));
}
