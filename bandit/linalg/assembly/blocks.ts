/**
 * One float32 vector against a block of `count` vectors of the same length, row-major; lengths are multiples of 4, of int8 vectors multiples of 16. What is computed
 * is said at ../block-kernels.ts. Four rows at a time share each load of the query.
 */
const DOT: u32 = 0;
const L1: u32 = 1;
const L2: u32 = 2;
/** Generic functions are compiled once per type, and a test of a type's size costs nothing when they run: so each likeness is a type of its own size. */
type Dot = u8;
type Taxicab = u16;
type Euclid = u32;
/** complex numbers, real parts in the first half of a vector, imaginary parts in the second */
type Modulus = u64;
/** keeps 0/0 out of the gradient of a modulus; of no weight in float32 beside any other */
const TINY: f32 = 1e-18;

function lanesTotal(v: v128): f32 {
  const pairs = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

function term<T>(sum: v128, q: v128, row: usize): v128 {
  if (sizeof<T>() == 1) return f32x4.add(sum, f32x4.mul(q, v128.load(row)));
  const apart = f32x4.sub(q, v128.load(row));
  if (sizeof<T>() == 2) return f32x4.add(sum, f32x4.abs(apart));
  return f32x4.add(sum, f32x4.mul(apart, apart));
}

function modulus(sum: v128, re: v128, im: v128, row: usize, half: u32): v128 {
  const x = f32x4.sub(re, v128.load(row));
  const y = f32x4.sub(im, v128.load(row + half));
  return f32x4.add(sum, f32x4.sqrt(f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y))));
}

function scoreOf<T>(sum: v128): f32 {
  const total = lanesTotal(sum);
  if (sizeof<T>() == 1) return total;
  if (sizeof<T>() == 4) return -sqrt<f32>(total);
  return -total;
}

function scores<T>(query: usize, block: usize, count: u32, length: u32, out: usize): void {
  const stride = length << 2;
  const half = stride >> 1;
  const end = sizeof<T>() == 8 ? half : stride;
  let r0 = block;
  for (let c: u32 = 0; c < count; c += 4) {
    // The last rows of a block that is no multiple of four are computed more than once, never beyond its end.
    const left = count - c;
    const r1 = left > 1 ? r0 + stride : r0;
    const r2 = left > 2 ? r1 + stride : r0;
    const r3 = left > 3 ? r2 + stride : r0;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let at: u32 = 0; at < end; at += 16) {
      const q = v128.load(query + at);
      if (sizeof<T>() == 8) {
        const im = v128.load(query + half + at);
        s0 = modulus(s0, q, im, r0 + at, half);
        s1 = modulus(s1, q, im, r1 + at, half);
        s2 = modulus(s2, q, im, r2 + at, half);
        s3 = modulus(s3, q, im, r3 + at, half);
      } else {
        s0 = term<T>(s0, q, r0 + at);
        s1 = term<T>(s1, q, r1 + at);
        s2 = term<T>(s2, q, r2 + at);
        s3 = term<T>(s3, q, r3 + at);
      }
    }
    const to = out + (c << 2);
    store<f32>(to, scoreOf<T>(s0));
    if (left > 1) store<f32>(to, scoreOf<T>(s1), 4);
    if (left > 2) store<f32>(to, scoreOf<T>(s2), 8);
    if (left > 3) store<f32>(to, scoreOf<T>(s3), 12);
    r0 = r3 + stride;
  }
}

export function blockScores(
  kind: u32,
  query: usize,
  block: usize,
  count: u32,
  length: u32,
  out: usize,
): void {
  if (kind == DOT) scores<Dot>(query, block, count, length, out);
  else if (kind == L1) scores<Taxicab>(query, block, count, length, out);
  else if (kind == L2) scores<Euclid>(query, block, count, length, out);
  else scores<Modulus>(query, block, count, length, out);
}

/** What a row's gradient falls by and the query's grows by: w·(e − q) for half the square of their distance, w·sign(e − q) for L1. */
function pull<T>(w: v128, q: v128, e: v128): v128 {
  const apart = f32x4.sub(e, q);
  if (sizeof<T>() != 2) return f32x4.mul(w, apart);
  // 0 where they are equal: the subgradient that leaves them so.
  const sign = v128.and(apart, i32x4.splat(0x80000000));
  return v128.andnot(v128.xor(w, sign), f32x4.eq(apart, f32x4.splat(0)));
}

/** Of one row: to its gradient. Returns what is added to the query's. */
function spread<T>(w: v128, q: v128, row: usize, to: usize): v128 {
  const e = v128.load(row);
  if (sizeof<T>() == 1) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(w, q)));
    return f32x4.mul(w, e);
  }
  const step = pull<T>(w, q, e);
  v128.store(to, f32x4.sub(v128.load(to), step));
  return step;
}

/** The next row from `c` on whose weight is not 0; `count` for none. */
function nextWeighty(weights: usize, c: u32, count: u32): u32 {
  while (c < count && load<f32>(weights + (c << 2)) == 0) c++;
  return c;
}

function spreadModulus(w: v128, query: usize, row: usize, to: usize, queryGradient: usize, half: u32): void {
  for (let at: u32 = 0; at < half; at += 16) {
    const x = f32x4.sub(v128.load(row + at), v128.load(query + at));
    const y = f32x4.sub(v128.load(row + half + at), v128.load(query + half + at));
    const square = f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y));
    const scale = f32x4.div(w, f32x4.sqrt(f32x4.add(square, f32x4.splat(TINY))));
    const re = f32x4.mul(scale, x);
    const im = f32x4.mul(scale, y);
    v128.store(to + at, f32x4.sub(v128.load(to + at), re));
    v128.store(to + half + at, f32x4.sub(v128.load(to + half + at), im));
    v128.store(queryGradient + at, f32x4.add(v128.load(queryGradient + at), re));
    v128.store(queryGradient + half + at, f32x4.add(v128.load(queryGradient + half + at), im));
  }
}

/** Rows in pairs, which share the loads of the query and of its gradient. */
function gradients<T>(
  query: usize,
  block: usize,
  count: u32,
  length: u32,
  weights: usize,
  queryGradient: usize,
  blockGradient: usize,
): void {
  const stride = length << 2;
  let c = nextWeighty(weights, 0, count);
  while (c < count) {
    const w = v128.load32_splat(weights + (c << 2));
    const row = block + c * stride;
    const to = blockGradient + c * stride;
    const next = nextWeighty(weights, c + 1, count);
    if (sizeof<T>() == 8) {
      spreadModulus(w, query, row, to, queryGradient, stride >> 1);
      c = next;
      continue;
    }
    if (next == count) {
      for (let at: u32 = 0; at < stride; at += 16) {
        const step = spread<T>(w, v128.load(query + at), row + at, to + at);
        v128.store(queryGradient + at, f32x4.add(v128.load(queryGradient + at), step));
      }
      return;
    }
    const w1 = v128.load32_splat(weights + (next << 2));
    const row1 = block + next * stride;
    const to1 = blockGradient + next * stride;
    for (let at: u32 = 0; at < stride; at += 16) {
      const q = v128.load(query + at);
      const steps = f32x4.add(spread<T>(w, q, row + at, to + at), spread<T>(w1, q, row1 + at, to1 + at));
      v128.store(queryGradient + at, f32x4.add(v128.load(queryGradient + at), steps));
    }
    c = nextWeighty(weights, next + 1, count);
  }
}

export function blockGradients(
  kind: u32,
  query: usize,
  block: usize,
  count: u32,
  length: u32,
  weights: usize,
  queryGradient: usize,
  blockGradient: usize,
): void {
  if (kind == DOT) gradients<Dot>(query, block, count, length, weights, queryGradient, blockGradient);
  else if (kind == L1) gradients<Taxicab>(query, block, count, length, weights, queryGradient, blockGradient);
  else if (kind == L2) gradients<Euclid>(query, block, count, length, weights, queryGradient, blockGradient);
  else gradients<Modulus>(query, block, count, length, weights, queryGradient, blockGradient);
}

export function adagradStep(values: usize, squares: usize, gradient: usize, length: u32, rate: f32): void {
  const end = length << 2;
  for (let at: u32 = 0; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const sum = f32x4.add(v128.load(squares + at), f32x4.mul(g, g));
    v128.store(squares + at, sum);
    const step = f32x4.div(f32x4.mul(f32x4.splat(rate), g), f32x4.add(f32x4.sqrt(sum), f32x4.splat(1e-10)));
    v128.store(values + at, f32x4.sub(v128.load(values + at), step));
    v128.store(gradient + at, f32x4.splat(0));
  }
}

/** One row of int8 by a query widened to int16: 32-bit sums, exact for lengths up to 2¹⁷. */
function int8Products(query: usize, row: usize, at: u32): v128 {
  const values = v128.load(row + at);
  const wide = query + (at << 1);
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(values), v128.load(wide)),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(values), v128.load(wide, 16)),
  );
}

export function blockDotsInt8(
  query: usize,
  block: usize,
  count: u32,
  length: u32,
  scales: usize,
  scale: f32,
  out: usize,
): void {
  let r0 = block;
  for (let c: u32 = 0; c < count; c += 4) {
    const left = count - c;
    const r1 = left > 1 ? r0 + length : r0;
    const r2 = left > 2 ? r1 + length : r0;
    const r3 = left > 3 ? r2 + length : r0;
    let s0 = i32x4.splat(0);
    let s1 = i32x4.splat(0);
    let s2 = i32x4.splat(0);
    let s3 = i32x4.splat(0);
    for (let at: u32 = 0; at < length; at += 16) {
      s0 = i32x4.add(s0, int8Products(query, r0, at));
      s1 = i32x4.add(s1, int8Products(query, r1, at));
      s2 = i32x4.add(s2, int8Products(query, r2, at));
      s3 = i32x4.add(s3, int8Products(query, r3, at));
    }
    const s01 = i32x4.add(i32x4.shuffle(s0, s1, 0, 4, 1, 5), i32x4.shuffle(s0, s1, 2, 6, 3, 7));
    const s23 = i32x4.add(i32x4.shuffle(s2, s3, 0, 4, 1, 5), i32x4.shuffle(s2, s3, 2, 6, 3, 7));
    const sums = i32x4.add(i32x4.shuffle(s01, s23, 0, 1, 4, 5), i32x4.shuffle(s01, s23, 2, 3, 6, 7));
    const from = c << 2;
    if (left >= 4) {
      const factors = f32x4.mul(v128.load(scales + from), f32x4.splat(scale));
      v128.store(out + from, f32x4.mul(f32x4.convert_i32x4_s(sums), factors));
    } else {
      store<f32>(out + from, <f32>i32x4.extract_lane(sums, 0) * (load<f32>(scales + from) * scale));
      if (left > 1)
        store<f32>(out + from, <f32>i32x4.extract_lane(sums, 1) * (load<f32>(scales + from, 4) * scale), 4);
      if (left > 2)
        store<f32>(out + from, <f32>i32x4.extract_lane(sums, 2) * (load<f32>(scales + from, 8) * scale), 8);
    }
    r0 = r3 + length;
  }
}
