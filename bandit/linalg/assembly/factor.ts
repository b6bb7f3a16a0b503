/** Factorising float64 packed lower triangles, for learning. As in symmetric.ts, every entry gets the twin's operations in the twin's order. */
/** Address of row i. */
export function rowAt(triangle: usize, i: u32): usize {
  return triangle + ((i * (i + 1)) << 2);
}

/** L(i, k) … L(i, i) of a panel's own row. False when the pivot is not finite and > 0; it is then left on the diagonal. */
function factorPanelRow(a: usize, k: u32, i: u32): bool {
  const row = rowAt(a, i) + (k << 3);
  const diagonal = row + ((i - k) << 3);
  let pivot = load<f64>(diagonal);
  for (let j: u32 = 0; j < i - k; j++) {
    const pivotRow = rowAt(a, k + j) + (k << 3);
    let sum = load<f64>(row + (j << 3));
    for (let m: u32 = 0; m < j; m++) sum -= load<f64>(row + (m << 3)) * load<f64>(pivotRow + (m << 3));
    const value = sum / load<f64>(pivotRow + (j << 3));
    store<f64>(row + (j << 3), value);
    pivot -= value * value;
  }
  if (!(pivot > 0 && pivot < Infinity)) {
    store<f64>(diagonal, pivot);
    return false;
  }
  store<f64>(diagonal, Math.sqrt(pivot));
  return true;
}

/** Entry `column` of a pair of rows, side by side. */
function pairOf(row: usize, next: usize, column: u32): v128 {
  return f64x2.replace_lane(v128.load64_splat(row + (column << 3)), 1, load<f64>(next + (column << 3)));
}

function storePair(row: usize, next: usize, column: u32, columns: usize, pair: v128): void {
  v128.store64_lane(row + (column << 3), pair, 0);
  v128.store64_lane(next + (column << 3), pair, 1);
  v128.store(columns, pair);
}

/**
 * L(i, k … k + 3) of every row below a panel, two rows at a time (a division takes as long for two), and a copy of it in `columns` (column after column, `height`
 * bytes apart) where the trailing update reads it in order. Without a second row the first stands in for it.
 */
function solveBelowPanel(a: usize, columns: usize, height: usize, dimension: u32, k: u32): void {
  const p0 = rowAt(a, k) + (k << 3);
  const p1 = rowAt(a, k + 1) + (k << 3);
  const p2 = rowAt(a, k + 2) + (k << 3);
  const p3 = rowAt(a, k + 3) + (k << 3);
  const l00 = v128.load64_splat(p0);
  const l10 = v128.load64_splat(p1);
  const l11 = v128.load64_splat(p1, 8);
  const l20 = v128.load64_splat(p2);
  const l21 = v128.load64_splat(p2, 8);
  const l22 = v128.load64_splat(p2, 16);
  const l30 = v128.load64_splat(p3);
  const l31 = v128.load64_splat(p3, 8);
  const l32 = v128.load64_splat(p3, 16);
  const l33 = v128.load64_splat(p3, 24);
  for (let i = k + 4; i < dimension; i += 2) {
    const row = rowAt(a, i) + (k << 3);
    const next = i + 1 < dimension ? rowAt(a, i + 1) + (k << 3) : row;
    const to = columns + (i << 3);
    const v0 = f64x2.div(pairOf(row, next, 0), l00);
    const v1 = f64x2.div(f64x2.sub(pairOf(row, next, 1), f64x2.mul(v0, l10)), l11);
    let v2 = f64x2.sub(pairOf(row, next, 2), f64x2.mul(v0, l20));
    v2 = f64x2.div(f64x2.sub(v2, f64x2.mul(v1, l21)), l22);
    let v3 = f64x2.sub(pairOf(row, next, 3), f64x2.mul(v0, l30));
    v3 = f64x2.sub(f64x2.sub(v3, f64x2.mul(v1, l31)), f64x2.mul(v2, l32));
    v3 = f64x2.div(v3, l33);
    storePair(row, next, 0, to, v0);
    storePair(row, next, 1, to + height, v1);
    storePair(row, next, 2, to + 2 * height, v2);
    storePair(row, next, 3, to + 3 * height, v3);
  }
}

/** a(i, j) −= Σ of four columns' products, one after another, for j from `from` to i. */
function subtractFour(a: usize, columns: usize, height: usize, i: u32, from: u32): void {
  const c1 = columns + height;
  const c2 = c1 + height;
  const c3 = c2 + height;
  const at = i << 3;
  const l0 = v128.load64_splat(columns + at);
  const l1 = v128.load64_splat(c1 + at);
  const l2 = v128.load64_splat(c2 + at);
  const l3 = v128.load64_splat(c3 + at);
  const row = rowAt(a, i);
  let j = from << 3;
  for (; j < at; j += 16) {
    let v = v128.load(row + j);
    v = f64x2.sub(v, f64x2.mul(l0, v128.load(columns + j)));
    v = f64x2.sub(v, f64x2.mul(l1, v128.load(c1 + j)));
    v = f64x2.sub(v, f64x2.mul(l2, v128.load(c2 + j)));
    v = f64x2.sub(v, f64x2.mul(l3, v128.load(c3 + j)));
    v128.store(row + j, v);
  }
  if (j > at) return;
  let v = load<f64>(row + j);
  v -= f64x2.extract_lane(l0, 0) * load<f64>(columns + j);
  v -= f64x2.extract_lane(l1, 0) * load<f64>(c1 + j);
  v -= f64x2.extract_lane(l2, 0) * load<f64>(c2 + j);
  v -= f64x2.extract_lane(l3, 0) * load<f64>(c3 + j);
  store<f64>(row + j, v);
}

/**
 * A = L·Lᵀ in place, by panels of four columns: the rows below a panel are solved against it, then what they contribute is taken from all that is right of it.
 * Returns −1, or the row whose pivot is not finite and > 0 (left on its diagonal). `columns`: scratch of 4·(d + 1) float64.
 */
export function choleskyInPlace(a: usize, dimension: u32, columns: usize): i32 {
  const height = (dimension + 1) << 3;
  for (let k: u32 = 0; k < dimension; k += 4) {
    const end = min<u32>(k + 4, dimension);
    for (let i = k; i < end; i++) {
      if (!factorPanelRow(a, k, i)) return i;
    }
    if (end == dimension) return -1;
    solveBelowPanel(a, columns, height, dimension, k);
    for (let i = end; i < dimension; i++) subtractFour(a, columns, height, i, end);
  }
  return -1;
}

/**
 * L⁻¹ to `out`, row by row: (i, j) = Σ_k factor_k·out(k, j), k from j to i − 1, eight columns at a time. The rows done so far also stand in `square`, whole,
 * with zeros right of the diagonal, so that no column begins in the middle of a step; a zero added changes no sum. Scratch: `factors` of d float64, `square` of
 * d rounded up to a multiple of 8, squared.
 */
export function invertLower(lower: usize, dimension: u32, out: usize, factors: usize, square: usize): void {
  const stride = ((dimension + 7) & ~7) << 3;
  let target = square;
  for (let i: u32 = 0; i < dimension; i++) {
    const row = rowAt(lower, i);
    const inversePivot: f64 = 1 / load<f64>(row + (i << 3));
    for (let k: u32 = 0; k < i << 3; k += 8) store<f64>(factors + k, -load<f64>(row + k) * inversePivot);
    let j: u32 = 0;
    for (; j < i; j += 8) addEightColumns(square + (j << 3), stride, factors, j, i, target + (j << 3));
    // By hand: memory.fill and memory.copy leave WebAssembly, which takes longer than a row does.
    for (let at = j << 3; at < stride; at += 16) v128.store(target + at, f64x2.splat(0));
    store<f64>(target + (i << 3), inversePivot);
    copyRow(target, rowAt(out, i), i + 1);
    target += stride;
  }
}

function copyRow(from: usize, to: usize, count: u32): void {
  const whole = (count << 3) & ~15;
  for (let at: u32 = 0; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
  if ((count & 1) == 1) store<f64>(to + whole, load<f64>(from + whole));
}

function addEightColumns(
  square: usize,
  stride: u32,
  factors: usize,
  first: u32,
  end: u32,
  target: usize,
): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let row = square + first * stride;
  const last = factors + (end << 3);
  for (let k = factors + (first << 3); k < last; k += 8) {
    const factor = v128.load64_splat(k);
    s0 = f64x2.add(s0, f64x2.mul(factor, v128.load(row)));
    s1 = f64x2.add(s1, f64x2.mul(factor, v128.load(row, 16)));
    s2 = f64x2.add(s2, f64x2.mul(factor, v128.load(row, 32)));
    s3 = f64x2.add(s3, f64x2.mul(factor, v128.load(row, 48)));
    row += stride;
  }
  v128.store(target, s0);
  v128.store(target, s1, 16);
  v128.store(target, s2, 32);
  v128.store(target, s3, 48);
}
