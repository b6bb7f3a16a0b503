/**
 * Twin of thompson-quadrature.ts in float32, four nodes at a time.
 *
 * `tables`: u32 addresses of the grids by index (16 of them), then 1,474 × 4 float32 (Φ, its rise to the next entry, φ/Φ, its rise). A grid: per four nodes, 4 nodes and
 * 4 weights. `scratch`: see the offsets.
 */
const MAX_ARMS: usize = 200;
const MAX_VECTORS: usize = 100;
const TABLE_AT: usize = 64;

const RATE_AT: usize = MAX_ARMS << 2;
const ARM_AT: usize = RATE_AT + (MAX_ARMS << 2);
const END_AT: usize = ARM_AT + (MAX_ARMS << 2);
const PRODUCT_AT: usize = END_AT + (MAX_ARMS << 2);
const HAZARD_AT: usize = PRODUCT_AT + (MAX_VECTORS << 4);

const REACH: f64 = 5.2;
const ARM_END: f32 = 5.25;
const SMALLEST_SHARE: f64 = 1e-6;
const LARGEST_SCORE: f64 = 1e150;
/** As in the twin; and products stop falling at LEAST, where multiplying once more is still a normal number: subnormal ones are slow. */
const NOTHING: f32 = 1e-10;
const LEAST: f32 = 1e-29;

/** For each slate, its propensities to `out`. Returns −1, or the first arm that is out of range; slates before its own are written. */
export function thompsonSlates(
  tables: usize,
  scratch: usize,
  starts: usize,
  slates: u32,
  means: usize,
  deviations: usize,
  floor: f64,
  out: usize,
): i32 {
  for (let s: u32 = 0; s < slates; s++) {
    const from = load<u32>(starts + (s << 2));
    const size = load<u32>(starts + (s << 2), 4) - from;
    const at = from << 3;
    const bad = thompsonSlate(tables, scratch, means + at, deviations + at, size, floor, out + at);
    if (bad >= 0) return <i32>from + bad;
  }
  return -1;
}

/** One slate. Returns −1, or its first arm that is out of range; then nothing is written. */
export function thompsonSlate(
  tables: usize,
  scratch: usize,
  means: usize,
  deviations: usize,
  size: u32,
  floor: f64,
  out: usize,
): i32 {
  let widest: f64 = 0;
  let best: f64 = -Infinity;
  for (let a: u32 = 0; a < size; a++) {
    const mean = load<f64>(means + (a << 3));
    const deviation = load<f64>(deviations + (a << 3));
    if (!(Math.abs(mean) <= LARGEST_SCORE && deviation >= 0 && deviation <= LARGEST_SCORE)) return a;
    widest = max(widest, deviation);
    best = max(best, mean);
  }
  let count: u32;
  if (widest < 1 / LARGEST_SCORE) count = keepBest(scratch, means, size, best);
  else {
    count = keepPossibleWinners(scratch, means, deviations, size, best, widest * SMALLEST_SHARE);
    if (count == 1) store<f32>(scratch, 1);
    else if (count == 2) compareTwo(scratch, means, deviations, widest * SMALLEST_SHARE);
    else integrate(tables, scratch, count);
  }
  writeMixed(scratch, count, size, floor, out);
  return -1;
}

function keepBest(scratch: usize, means: usize, size: u32, best: f64): u32 {
  let count: u32 = 0;
  for (let a: u32 = 0; a < size; a++) {
    if (load<f64>(means + (a << 3)) != best) continue;
    store<u32>(scratch + ARM_AT + (count << 2), a);
    store<f32>(scratch + (count << 2), 1);
    count++;
  }
  return count;
}

/** Writes start, rate and arm of those that can win; returns how many. */
function keepPossibleWinners(
  scratch: usize,
  means: usize,
  deviations: usize,
  size: u32,
  best: f64,
  smallest: f64,
): u32 {
  let low: f64 = -Infinity;
  for (let a: u32 = 0; a < size; a++) {
    const deviation = max(load<f64>(deviations + (a << 3)), smallest);
    low = max(low, load<f64>(means + (a << 3)) - best - REACH * deviation);
  }
  let sharpest: f64 = Infinity;
  let count: u32 = 0;
  for (let a: u32 = 0; a < size; a++) {
    const mean = load<f64>(means + (a << 3)) - best;
    const deviation = max(load<f64>(deviations + (a << 3)), smallest);
    if (mean + REACH * deviation <= low) continue;
    sharpest = min(sharpest, deviation);
    const at = scratch + (count << 2);
    store<f32>(at, <f32>((low - mean) / deviation));
    store<f32>(at, <f32>(smallest / deviation), RATE_AT);
    store<u32>(at, a, ARM_AT);
    count++;
  }
  const scale = <f32>(sharpest / smallest);
  for (let i: u32 = 0; i < count; i++) {
    const at = scratch + (i << 2);
    store<f32>(at, load<f32>(at, RATE_AT) * scale, RATE_AT);
  }
  return count;
}

function compareTwo(scratch: usize, means: usize, deviations: usize, smallest: f64): void {
  const a = load<u32>(scratch, ARM_AT) << 3;
  const b = load<u32>(scratch, ARM_AT + 4) << 3;
  // In units of the wider one: squares neither overflow nor vanish.
  const deviationA = max(load<f64>(deviations + a), smallest);
  const deviationB = max(load<f64>(deviations + b), smallest);
  const unit = max(deviationA, deviationB);
  const spread = Math.sqrt((deviationA / unit) ** 2 + (deviationB / unit) ** 2);
  const p = normalCdf((load<f64>(means + a) - load<f64>(means + b)) / unit / spread);
  store<f32>(scratch, <f32>p);
  store<f32>(scratch, <f32>(1 - p), 4);
}

/** Φ in double precision: Hart, Computer Approximations, 1968, algorithm 5666; 0 or 1 beyond 5√2, where it is within 1e-12 of it. */
function normalCdf(t: f64): f64 {
  const x = Math.abs(t);
  if (x > 7.07106781186547) return t > 0 ? 1 : 0;
  let above: f64 = 3.52624965998911e-2 * x + 0.700383064443688;
  above = above * x + 6.37396220353165;
  above = above * x + 33.912866078383;
  above = above * x + 112.079291497871;
  above = above * x + 221.213596169931;
  above = above * x + 220.206867912376;
  let below: f64 = 8.83883476483184e-2 * x + 1.75566716318264;
  below = below * x + 16.064177579207;
  below = below * x + 86.7807322029461;
  below = below * x + 296.564248779674;
  below = below * x + 637.333633378831;
  below = below * x + 793.826512519948;
  below = below * x + 440.413735824752;
  const tail = (Math.exp(-0.5 * x * x) * above) / below;
  return t > 0 ? 1 - tail : tail;
}

/** P(arm is best) for every arm, not normalised, over its start in `scratch`. */
function integrate(tables: usize, scratch: usize, count: u32): void {
  const grid = load<u32>(tables + ((32 - clz<u32>(count - 1)) << 2));
  const products = scratch + PRODUCT_AT;
  let first: usize = 0;
  let reached: usize = 0;
  let hazards = scratch + HAZARD_AT;
  for (let i: u32 = 0; i < count; i++) {
    const arm = scratch + (i << 2);
    const end = multiplyArm(tables + TABLE_AT, grid, arm, first, reached, products, hazards);
    store<u32>(arm, <u32>end, END_AT);
    reached = max(reached, end);
    hazards += end;
    while (first < reached && !v128.any_true(f32x4.ge(v128.load(products + first), f32x4.splat(NOTHING))))
      first += 16;
  }
  hazards = scratch + HAZARD_AT;
  for (let i: u32 = 0; i < count; i++) {
    const arm = scratch + (i << 2);
    const end = <usize>load<u32>(arm, END_AT);
    let sums = f32x4.splat(0);
    for (let at = first; at < end; at += 16)
      sums = f32x4.add(sums, f32x4.mul(v128.load(products + at), v128.load(hazards + at)));
    sums = f32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1));
    const sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
    store<f32>(arm, sum * load<f32>(arm, RATE_AT));
    hazards += end;
  }
}

/** Multiplies an arm's Φ into the products from byte `first` on and writes its hazards, until Φ is 1 in every lane: returns that byte. */
function multiplyArm(
  table: usize,
  grid: usize,
  arm: usize,
  first: usize,
  reached: usize,
  products: usize,
  hazards: usize,
): usize {
  const start = v128.load32_splat(arm);
  const rate = v128.load32_splat(arm, RATE_AT);
  const limit = f32x4.splat(5.984375);
  const steps = f32x4.splat(128);
  const half = f32x4.splat(0.5);
  // 1.5·2²³ rounds to integers, half a step below rounds down; 704 = −T_MIN·128 makes them indices, left in the low bits.
  const magic = f32x4.splat(12582912 + 704);
  const least = f32x4.splat(LEAST);
  let at = first;
  for (; ; at += 16) {
    const node = grid + (at << 1);
    const t = f32x4.add(start, f32x4.mul(v128.load(node), rate));
    if (f32x4.extract_lane(t, 0) >= ARM_END) break;
    const position = f32x4.sub(f32x4.mul(f32x4.pmin(limit, t), steps), half);
    const rounded = f32x4.add(position, magic);
    const share = f32x4.add(f32x4.sub(position, f32x4.sub(rounded, magic)), half);
    const row = v128.and(i32x4.shl(rounded, 4), i32x4.splat(0xffff));
    const row0 = v128.load(table + i32x4.extract_lane(row, 0));
    const row1 = v128.load(table + i32x4.extract_lane(row, 1));
    const row2 = v128.load(table + i32x4.extract_lane(row, 2));
    const row3 = v128.load(table + i32x4.extract_lane(row, 3));
    const cdf01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
    const cdf23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
    const hazard01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
    const hazard23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
    const cdf = f32x4.add(
      i32x4.shuffle(cdf01, cdf23, 0, 1, 4, 5),
      f32x4.mul(share, i32x4.shuffle(cdf01, cdf23, 2, 3, 6, 7)),
    );
    const hazard = f32x4.add(
      i32x4.shuffle(hazard01, hazard23, 0, 1, 4, 5),
      f32x4.mul(share, i32x4.shuffle(hazard01, hazard23, 2, 3, 6, 7)),
    );
    const before = at < reached ? v128.load(products + at) : v128.load(node, 16);
    v128.store(products + at, f32x4.pmax(least, f32x4.mul(before, cdf)));
    v128.store(hazards + at, hazard);
  }
  return at;
}

function writeMixed(scratch: usize, count: u32, size: u32, floor: f64, out: usize): void {
  let total: f64 = 0;
  for (let i: u32 = 0; i < count; i++) total += <f64>load<f32>(scratch + (i << 2));
  const share = (1 - floor) / total;
  const even = floor / <f64>size;
  for (let a: u32 = 0; a < size; a++) store<f64>(out + (a << 3), even);
  for (let i: u32 = 0; i < count; i++) {
    const at = scratch + (i << 2);
    store<f64>(out + (load<u32>(at, ARM_AT) << 3), <f64>load<f32>(at) * share + even);
  }
}
