/** Twin of philox.ts, four counters at a time. */
const SCALE: f64 = 2.220446049250313e-16;

/** Pairs first … first + count − 1 of the stream to `out`, which has room for the next multiple of four pairs. */
export function fillPairs(
  seedLow: u32,
  seedHigh: u32,
  first: f64,
  count: u32,
  normal: bool,
  out: usize,
): void {
  let pair = <u64>first;
  for (let i: u32 = 0; i < count; i += 4) {
    // Counters of the four lanes; the carry into the second word is taken lane by lane.
    const c0 = i32x4(<i32>pair, <i32>(pair + 1), <i32>(pair + 2), <i32>(pair + 3));
    const c1 = i32x4(
      <i32>(pair >> 32),
      <i32>((pair + 1) >> 32),
      <i32>((pair + 2) >> 32),
      <i32>((pair + 3) >> 32),
    );
    writeBlocks(c0, c1, seedLow, seedHigh, normal, out);
    pair += 4;
    out += 64;
  }
}

function writeBlocks(c0: v128, c1: v128, k0: u32, k1: u32, normal: bool, out: usize): void {
  const multiplierA = i32x4.splat(<i32>0xd2511f53);
  const multiplierB = i32x4.splat(<i32>0xcd9e8d57);
  let c2 = i32x4.splat(0);
  let c3 = c2;
  for (let round = 0; round < 10; round++) {
    const a02 = i64x2.extmul_low_i32x4_u(c0, multiplierA);
    const a13 = i64x2.extmul_high_i32x4_u(c0, multiplierA);
    const b02 = i64x2.extmul_low_i32x4_u(c2, multiplierB);
    const b13 = i64x2.extmul_high_i32x4_u(c2, multiplierB);
    c0 = v128.xor(v128.xor(i32x4.shuffle(b02, b13, 1, 3, 5, 7), c1), i32x4.splat(k0));
    c1 = i32x4.shuffle(b02, b13, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(i32x4.shuffle(a02, a13, 1, 3, 5, 7), c3), i32x4.splat(k1));
    c3 = i32x4.shuffle(a02, a13, 0, 2, 4, 6);
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  writePairs(uniform(c0, c1), uniform(c2, c3), normal, out);
  c0 = i32x4.shuffle(c0, c0, 2, 3, 0, 1);
  c1 = i32x4.shuffle(c1, c1, 2, 3, 0, 1);
  c2 = i32x4.shuffle(c2, c2, 2, 3, 0, 1);
  c3 = i32x4.shuffle(c3, c3, 2, 3, 0, 1);
  writePairs(uniform(c0, c1), uniform(c2, c3), normal, out + 32);
}

/** Of lanes 0 and 1. */
function uniform(coarse: v128, fine: v128): v128 {
  const high = f64x2.convert_low_i32x4_u(i32x4.shr_u(coarse, 6));
  const low = f64x2.convert_low_i32x4_u(i32x4.shr_u(fine, 6));
  const sum = f64x2.add(f64x2.add(f64x2.mul(high, f64x2.splat(67108864)), low), f64x2.splat(0.5));
  return f64x2.mul(sum, f64x2.splat(SCALE));
}

function writePairs(u: v128, v: v128, normal: bool, out: usize): void {
  let first = u;
  let second = v;
  if (normal) {
    const radius = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), log(u)));
    // v in quarter turns: q of them and f in [−½, ½] of one.
    const turns = f64x2.mul(v, f64x2.splat(4));
    const whole = f64x2.nearest(turns);
    const angle = f64x2.mul(f64x2.sub(turns, whole), f64x2.splat(1.5707963267948966));
    const quarter = i32x4.trunc_sat_f64x2_s_zero(whole);
    const q = i64x2.extend_low_i32x4_u(quarter);
    const sine = sin(angle);
    const cosine = cos(angle);
    const swap = i64x2.ne(v128.and(q, i64x2.splat(1)), i64x2.splat(0));
    const minusSine = i64x2.shl(v128.and(q, i64x2.splat(2)), 62);
    const minusCosine = i64x2.shl(v128.and(i64x2.add(q, i64x2.splat(1)), i64x2.splat(2)), 62);
    first = f64x2.mul(radius, v128.xor(v128.bitselect(sine, cosine, swap), minusCosine));
    second = f64x2.mul(radius, v128.xor(v128.bitselect(cosine, sine, swap), minusSine));
  }
  v128.store(out, i64x2.shuffle(first, second, 0, 2));
  v128.store(out, i64x2.shuffle(first, second, 1, 3), 16);
}

/** log u for u in (0, 1): u = 2^e·m, m in [√½, √2); log m = 2·atanh((m − 1)/(m + 1)). */
function log(u: v128): v128 {
  // Adding what lies between √½ and 1 moves the carry into the exponent at √½ instead of at 1.
  const raised = i64x2.add(u, i64x2.splat(0x95f619980c433));
  const exponent = i64x2.sub(i64x2.shr_u(raised, 52), i64x2.splat(1023));
  const m = i64x2.sub(u, i64x2.shl(exponent, 52));
  const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const z = f64x2.mul(s, s);
  let sum = f64x2.splat(0.10526315789473684);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.11764705882352941));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.13333333333333333));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.15384615384615385));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.18181818181818182));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.2222222222222222));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.2857142857142857));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.4));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.6666666666666666));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2));
  const e = f64x2.convert_low_i32x4_s(i32x4.shuffle(exponent, exponent, 0, 2, 0, 2));
  return f64x2.add(f64x2.mul(e, f64x2.splat(0.6931471805599453)), f64x2.mul(s, sum));
}

/** Taylor, |x| ≤ π/4: the next term is under 1e-15. */
function sin(x: v128): v128 {
  const z = f64x2.mul(x, x);
  let sum = f64x2.splat(1.6059043836821613e-10);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-2.505210838544172e-8));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.7557319223985893e-6));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-1.984126984126984e-4));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(8.333333333333333e-3));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.16666666666666666));
  return f64x2.add(x, f64x2.mul(f64x2.mul(sum, z), x));
}

function cos(x: v128): v128 {
  const z = f64x2.mul(x, x);
  let sum = f64x2.splat(-1.1470745597729725e-11);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.08767569878681e-9));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-2.755731922398589e-7));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.48015873015873e-5));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-1.388888888888889e-3));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(4.1666666666666664e-2));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.5));
  return f64x2.add(f64x2.splat(1), f64x2.mul(sum, z));
}
