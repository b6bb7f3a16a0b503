/**
 * Float32 rows of a RowTable, described by five i32 at `table`: address and length of the slots by row (slot + 1; 0 for none), address of the block
 * addresses, rows per block as a shift, bytes per row. See ../row-table.ts.
 */
function rowAddress(table: usize, row: u32): usize {
  if (row >= load<u32>(table, 4)) return 0;
  const slot = <u32>load<i32>(load<u32>(table) + (row << 2));
  if (slot == 0) return 0;
  const shift = load<u32>(table, 12);
  const block = load<u32>(load<u32>(table, 8) + (((slot - 1) >> shift) << 2));
  return block + ((slot - 1) & ((1 << shift) - 1)) * load<u32>(table, 16);
}

function sumOfLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

function dot(a: usize, b: usize, length: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let left = length;
  for (; left >= 16; left -= 16) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  for (; left >= 4; left -= 4) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = sumOfLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; left > 0; left--) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
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
  let bad: i32 = -1;
  let x = contexts;
  for (let a: u32 = 0; a < count; a++) {
    const row = rowAddress(table, load<u32>(rows + (a << 2)));
    const value = row == 0 ? dotWide(unknown, x, dimension) : <f64>dot(row, x, dimension);
    store<f64>(out + (a << 3), value);
    if (!(Math.abs(value) < Infinity) && bad < 0) bad = a;
    x += dimension << 2;
  }
  return bad;
}

/** Sum of the squares of four rows' products, whose partial sums are the lanes of y0 … y3. */
function squaresOf(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const y01 = f32x4.add(i32x4.shuffle(y0, y1, 0, 4, 1, 5), i32x4.shuffle(y0, y1, 2, 6, 3, 7));
  const y23 = f32x4.add(i32x4.shuffle(y2, y3, 0, 4, 1, 5), i32x4.shuffle(y2, y3, 2, 6, 3, 7));
  const y = f32x4.add(i32x4.shuffle(y01, y23, 0, 1, 4, 5), i32x4.shuffle(y01, y23, 2, 3, 6, 7));
  return f32x4.mul(y, y);
}

/** ‖T·x‖² for a packed lower triangle. Four rows at a time share each load of x and keep four sums going; the corner where they differ in length is masked. */
function squaredNormOfProduct(triangle: usize, x: usize, dimension: u32): f32 {
  const one = i32x4(-1, 0, 0, 0);
  const two = i32x4(-1, -1, 0, 0);
  const three = i32x4(-1, -1, -1, 0);
  let squares = f32x4.splat(0);
  let row = triangle;
  let i: u32 = 0;
  for (; i + 3 < dimension; i += 4) {
    let r0 = row;
    let r1 = r0 + ((i + 1) << 2);
    let r2 = r1 + ((i + 2) << 2);
    let r3 = r2 + ((i + 3) << 2);
    let xj = x;
    let y0 = f32x4.splat(0);
    let y1 = f32x4.splat(0);
    let y2 = f32x4.splat(0);
    let y3 = f32x4.splat(0);
    const end = x + (i << 2);
    for (; xj < end; xj += 16) {
      const context = v128.load(xj);
      y0 = f32x4.add(y0, f32x4.mul(context, v128.load(r0)));
      y1 = f32x4.add(y1, f32x4.mul(context, v128.load(r1)));
      y2 = f32x4.add(y2, f32x4.mul(context, v128.load(r2)));
      y3 = f32x4.add(y3, f32x4.mul(context, v128.load(r3)));
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
    const context = v128.load(xj);
    y0 = f32x4.add(y0, f32x4.mul(context, v128.and(v128.load(r0), one)));
    y1 = f32x4.add(y1, f32x4.mul(context, v128.and(v128.load(r1), two)));
    y2 = f32x4.add(y2, f32x4.mul(context, v128.and(v128.load(r2), three)));
    y3 = f32x4.add(y3, f32x4.mul(context, v128.load(r3)));
    squares = f32x4.add(squares, squaresOf(y0, y1, y2, y3));
    row = r3 + 16;
  }
  let sum = sumOfLanes(squares);
  for (; i < dimension; i++) {
    const y = dot(row, x, i + 1);
    sum += y * y;
    row += (i + 1) << 2;
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
  let x = contexts;
  for (let a: u32 = 0; a < count; a++) {
    const row = rowAddress(table, load<u32>(rows + (a << 2)));
    const norm =
      row == 0
        ? unknownScale * Math.sqrt(<f64>dot(x, x, dimension))
        : scale * Math.sqrt(<f64>squaredNormOfProduct(row + at, x, dimension));
    store<f64>(out + (a << 3), norm);
    x += dimension << 2;
  }
}
