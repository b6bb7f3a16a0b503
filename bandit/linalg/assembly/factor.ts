/** Factorising float64 packed lower triangles, for learning. As in symmetric.ts, every entry gets the twin's operations in the twin's order. */
function rowAt(triangle: usize, i: u32): usize {
  return triangle + ((i * (i + 1)) << 2);
}

/**
 * L(i, k … k+width−1) of the panel, and a copy of it in `columns` (column after column, d apart) where the trailing update reads it in order.
 * For rows of the panel itself, `width` is cut at the diagonal, which is left to the caller.
 */
function solvePanelRow(a: usize, columns: usize, dimension: u32, k: u32, i: u32, width: u32): void {
  const row = rowAt(a, i) + (k << 3);
  for (let j: u32 = 0; j < width; j++) {
    const pivotRow = rowAt(a, k + j) + (k << 3);
    let sum = load<f64>(row + (j << 3));
    for (let m: u32 = 0; m < j; m++) sum -= load<f64>(row + (m << 3)) * load<f64>(pivotRow + (m << 3));
    const value = sum / load<f64>(pivotRow + (j << 3));
    store<f64>(row + (j << 3), value);
    store<f64>(columns + ((j * dimension + i) << 3), value);
  }
}

/** L(i, i) of a panel row whose entries before it are done. False when the pivot is not finite and > 0; it is then left in place. */
function takePivot(a: usize, k: u32, i: u32): bool {
  const row = rowAt(a, i) + (k << 3);
  const diagonal = row + ((i - k) << 3);
  let pivot = load<f64>(diagonal);
  for (let m = row; m < diagonal; m += 8) pivot -= load<f64>(m) * load<f64>(m);
  if (!(pivot > 0 && pivot < Infinity)) {
    store<f64>(diagonal, pivot);
    return false;
  }
  store<f64>(diagonal, Math.sqrt(pivot));
  return true;
}

/** a(i, j) −= Σ of four columns' products, one after another, for j from `from` to i. */
function subtractFour(a: usize, columns: usize, dimension: u32, i: u32, from: u32): void {
  const c0 = columns;
  const c1 = c0 + (dimension << 3);
  const c2 = c1 + (dimension << 3);
  const c3 = c2 + (dimension << 3);
  const at = i << 3;
  const l0 = v128.load64_splat(c0 + at);
  const l1 = v128.load64_splat(c1 + at);
  const l2 = v128.load64_splat(c2 + at);
  const l3 = v128.load64_splat(c3 + at);
  const row = rowAt(a, i);
  let j = from << 3;
  for (; j + 8 <= at; j += 16) {
    let v = v128.load(row + j);
    v = f64x2.sub(v, f64x2.mul(l0, v128.load(c0 + j)));
    v = f64x2.sub(v, f64x2.mul(l1, v128.load(c1 + j)));
    v = f64x2.sub(v, f64x2.mul(l2, v128.load(c2 + j)));
    v = f64x2.sub(v, f64x2.mul(l3, v128.load(c3 + j)));
    v128.store(row + j, v);
  }
  if (j <= at) {
    let v = load<f64>(row + j);
    v -= f64x2.extract_lane(l0, 0) * load<f64>(c0 + j);
    v -= f64x2.extract_lane(l1, 0) * load<f64>(c1 + j);
    v -= f64x2.extract_lane(l2, 0) * load<f64>(c2 + j);
    v -= f64x2.extract_lane(l3, 0) * load<f64>(c3 + j);
    store<f64>(row + j, v);
  }
}

/**
 * A = L·Lᵀ in place, by panels of four columns: the rows below a panel are solved against it, then what they contribute is taken from all that is right of it.
 * Returns −1, or the row whose pivot is not finite and > 0 (left on its diagonal). `columns`: scratch of 4·d float64.
 */
export function choleskyInPlace(a: usize, dimension: u32, columns: usize): i32 {
  for (let k: u32 = 0; k < dimension; k += 4) {
    const width = min<u32>(4, dimension - k);
    for (let i = k; i < k + width; i++) {
      solvePanelRow(a, columns, dimension, k, i, i - k);
      if (!takePivot(a, k, i)) return i;
    }
    for (let i = k + 4; i < dimension; i++) {
      solvePanelRow(a, columns, dimension, k, i, 4);
      subtractFour(a, columns, dimension, i, k + 4);
    }
  }
  return -1;
}

/** L⁻¹ to `out`, row by row: (i, j) = Σ_k factor_k·out(k, j), k from j to i − 1, four columns at a time. `factors`: scratch of d float64. */
export function invertLower(lower: usize, dimension: u32, out: usize, factors: usize): void {
  for (let i: u32 = 0; i < dimension; i++) {
    const row = rowAt(lower, i);
    const target = rowAt(out, i);
    const inversePivot: f64 = 1 / load<f64>(row + (i << 3));
    for (let k: u32 = 0; k < i; k++)
      store<f64>(factors + (k << 3), -load<f64>(row + (k << 3)) * inversePivot);
    let j: u32 = 0;
    for (; j + 4 <= i; j += 4) addFourColumns(out, factors, i, j, target);
    for (; j < i; j++) store<f64>(target + (j << 3), sumColumn(out, factors, j, i, j));
    store<f64>(target + (i << 3), inversePivot);
  }
}

/** Σ_k factor_k·out(k, j), k from j to end − 1. */
function sumColumn(out: usize, factors: usize, j: u32, end: u32, from: u32): f64 {
  let sum: f64 = 0;
  for (let k = from; k < end; k++) sum += load<f64>(factors + (k << 3)) * load<f64>(rowAt(out, k) + (j << 3));
  return sum;
}

function addFourColumns(out: usize, factors: usize, i: u32, j: u32, target: usize): void {
  // Where the four columns begin, one below the other, they are summed one by one.
  let first = f64x2.splat(sumColumn(out, factors, j, j + 4, j));
  first = f64x2.replace_lane(first, 1, sumColumn(out, factors, j + 1, j + 4, j + 1));
  let second = f64x2.splat(sumColumn(out, factors, j + 2, j + 4, j + 2));
  second = f64x2.replace_lane(second, 1, sumColumn(out, factors, j + 3, j + 4, j + 3));
  let row = rowAt(out, j + 4) + (j << 3);
  for (let k = j + 4; k < i; k++) {
    const factor = v128.load64_splat(factors + (k << 3));
    first = f64x2.add(first, f64x2.mul(factor, v128.load(row)));
    second = f64x2.add(second, f64x2.mul(factor, v128.load(row, 16)));
    row += (k + 1) << 3;
  }
  v128.store(target + (j << 3), first);
  v128.store(target + (j << 3), second, 16);
}

/** L·y = b in place. */
export function solveLower(lower: usize, dimension: u32, b: usize): void {
  let row = lower;
  for (let i: u32 = 0; i < dimension; i++) {
    const end = i << 3;
    let sum = load<f64>(b + end);
    for (let k: u32 = 0; k < end; k += 8) sum -= load<f64>(row + k) * load<f64>(b + k);
    store<f64>(b + end, sum / load<f64>(row + end));
    row += end + 8;
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
