/**
 * Float32 rows of a RowTable, described by five i32 at `table`: address and length of the slots by row (slot + 1; 0 for none), address of the block
 * addresses, rows per block as a shift, bytes per row. See ../row-table.ts. What is loop-invariant is loaded once: the compiler must assume that a store changes it.
 */
export function rowAddress(
  slots: usize,
  known: u32,
  blocks: usize,
  shift: u32,
  stride: u32,
  row: u32,
): usize {
  if (row >= known) return 0;
  const slot = load<u32>(slots + (row << 2));
  if (slot == 0) return 0;
  const at = slot - 1;
  return load<u32>(blocks + ((at >> shift) << 2)) + (at & ((1 << shift) - 1)) * stride;
}

/** Sums of the lanes of y0 … y3, in that order: each (0 + 2) + (1 + 3). */
function sumsOfLanes(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const y01 = f32x4.add(i32x4.shuffle(y0, y1, 0, 4, 1, 5), i32x4.shuffle(y0, y1, 2, 6, 3, 7));
  const y23 = f32x4.add(i32x4.shuffle(y2, y3, 0, 4, 1, 5), i32x4.shuffle(y2, y3, 2, 6, 3, 7));
  return f32x4.add(i32x4.shuffle(y01, y23, 0, 1, 4, 5), i32x4.shuffle(y01, y23, 2, 3, 6, 7));
}

function sumOfLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** One dot, by the same operations as fourDots: an arm's score does not depend on where in the slate it stands. */
function dot(a: usize, b: usize, length: u32): f32 {
  let lanes = f32x4.splat(0);
  let left = length;
  for (; left >= 4; left -= 4) {
    lanes = f32x4.add(lanes, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = sumOfLanes(lanes);
  for (; left > 0; left--) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}

/** Four dots at once: no sum waits for another, and their lanes are added together. Contexts stand d floats apart. */
function fourDots(r0: usize, r1: usize, r2: usize, r3: usize, x0: usize, length: u32): v128 {
  const step = length << 2;
  const x1 = x0 + step;
  const x2 = x1 + step;
  const x3 = x2 + step;
  const whole = step & ~15;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let at: u32 = 0;
  for (; at < whole; at += 16) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(r0 + at), v128.load(x0 + at)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(r1 + at), v128.load(x1 + at)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(r2 + at), v128.load(x2 + at)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(r3 + at), v128.load(x3 + at)));
  }
  let sums = sumsOfLanes(s0, s1, s2, s3);
  for (; at < step; at += 4) {
    let products = f32x4.splat(load<f32>(r0 + at) * load<f32>(x0 + at));
    products = f32x4.replace_lane(products, 1, load<f32>(r1 + at) * load<f32>(x1 + at));
    products = f32x4.replace_lane(products, 2, load<f32>(r2 + at) * load<f32>(x2 + at));
    products = f32x4.replace_lane(products, 3, load<f32>(r3 + at) * load<f32>(x3 + at));
    sums = f32x4.add(sums, products);
  }
  return sums;
}

/** a float64, b float32. */
function dotWide(a: usize, b: usize, length: u32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let left = length;
  for (; left >= 4; left -= 4) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), f64x2.promote_low_f32x4(v128.load64_zero(b))));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), f64x2.promote_low_f32x4(v128.load64_zero(b, 8))));
    a += 32;
    b += 16;
  }
  const pairs = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  for (; left > 0; left--) {
    sum += load<f64>(a) * <f64>load<f32>(b);
    a += 8;
    b += 4;
  }
  return sum;
}

/** The first of `count` float64 that is not finite, −1 for none. */
function firstNotFinite(values: usize, count: u32): i32 {
  for (let a: u32 = 0; a < count; a++) {
    if (!(Math.abs(load<f64>(values + (a << 3))) < Infinity)) return a;
  }
  return -1;
}

/** out[a] = x_a · (the first d floats of row a; where there is none, `unknown` in float64), float64. Returns the first arm whose result is not finite, −1 for none. */
export function gatherDots(
  table: usize,
  rows: usize,
  count: u32,
  contexts: usize,
  dimension: u32,
  unknown: usize,
  out: usize,
): i32 {
  const slots = load<u32>(table);
  const known = load<u32>(table, 4);
  const blocks = load<u32>(table, 8);
  const shift = load<u32>(table, 12);
  const stride = load<u32>(table, 16);
  let a: u32 = 0;
  while (a < count) {
    const at = rows + (a << 2);
    const x = contexts + ((a * dimension) << 2);
    const to = out + (a << 3);
    const r0 = rowAddress(slots, known, blocks, shift, stride, load<u32>(at));
    if (a + 4 <= count) {
      const r1 = rowAddress(slots, known, blocks, shift, stride, load<u32>(at, 4));
      const r2 = rowAddress(slots, known, blocks, shift, stride, load<u32>(at, 8));
      const r3 = rowAddress(slots, known, blocks, shift, stride, load<u32>(at, 12));
      if (r0 != 0 && r1 != 0 && r2 != 0 && r3 != 0) {
        const sums = fourDots(r0, r1, r2, r3, x, dimension);
        v128.store(to, f64x2.promote_low_f32x4(sums));
        v128.store(to, f64x2.promote_low_f32x4(i32x4.shuffle(sums, sums, 2, 3, 2, 3)), 16);
        a += 4;
        continue;
      }
    }
    store<f64>(to, r0 == 0 ? dotWide(unknown, x, dimension) : <f64>dot(r0, x, dimension));
    a++;
  }
  return firstNotFinite(out, count);
}

/** ‖T·x‖² for a packed lower triangle. Four rows at a time share each load of x and keep four sums going; the corner where they differ in length is masked. */
function squaredNormOfProduct(triangle: usize, x: usize, dimension: u32): f32 {
  let squares = f32x4.splat(0);
  let r0 = triangle;
  let i: u32 = 0;
  for (; i + 3 < dimension; i += 4) {
    const width = i << 2;
    const r1 = r0 + width + 4;
    const r2 = r1 + width + 8;
    const r3 = r2 + width + 12;
    let y0 = f32x4.splat(0);
    let y1 = f32x4.splat(0);
    let y2 = f32x4.splat(0);
    let y3 = f32x4.splat(0);
    for (let at: u32 = 0; at < width; at += 16) {
      const context = v128.load(x + at);
      y0 = f32x4.add(y0, f32x4.mul(context, v128.load(r0 + at)));
      y1 = f32x4.add(y1, f32x4.mul(context, v128.load(r1 + at)));
      y2 = f32x4.add(y2, f32x4.mul(context, v128.load(r2 + at)));
      y3 = f32x4.add(y3, f32x4.mul(context, v128.load(r3 + at)));
    }
    const context = v128.load(x + width);
    const one = i32x4(-1, 0, 0, 0);
    const two = i32x4(-1, -1, 0, 0);
    const three = i32x4(-1, -1, -1, 0);
    y0 = f32x4.add(y0, f32x4.mul(context, v128.and(v128.load(r0 + width), one)));
    y1 = f32x4.add(y1, f32x4.mul(context, v128.and(v128.load(r1 + width), two)));
    y2 = f32x4.add(y2, f32x4.mul(context, v128.and(v128.load(r2 + width), three)));
    y3 = f32x4.add(y3, f32x4.mul(context, v128.load(r3 + width)));
    const y = sumsOfLanes(y0, y1, y2, y3);
    squares = f32x4.add(squares, f32x4.mul(y, y));
    r0 = r3 + width + 16;
  }
  let sum = sumOfLanes(squares);
  for (; i < dimension; i++) {
    const y = dot(r0, x, i + 1);
    sum += y * y;
    r0 += (i + 1) << 2;
  }
  return sum;
}

/** out[a] = scale·‖T_a·x_a‖, T_a the triangle `at` bytes into row a; unknownScale·‖x_a‖ where there is no row. */
export function gatherNorms(
  table: usize,
  at: usize,
  rows: usize,
  count: u32,
  contexts: usize,
  dimension: u32,
  scale: f64,
  unknownScale: f64,
  out: usize,
): void {
  const slots = load<u32>(table);
  const known = load<u32>(table, 4);
  const blocks = load<u32>(table, 8);
  const shift = load<u32>(table, 12);
  const stride = load<u32>(table, 16);
  let x = contexts;
  for (let a: u32 = 0; a < count; a++) {
    const row = rowAddress(slots, known, blocks, shift, stride, load<u32>(rows + (a << 2)));
    const norm =
      row == 0
        ? unknownScale * Math.sqrt(<f64>dot(x, x, dimension))
        : scale * Math.sqrt(<f64>squaredNormOfProduct(row + at, x, dimension));
    store<f64>(out + (a << 3), norm);
    x += dimension << 2;
  }
}
