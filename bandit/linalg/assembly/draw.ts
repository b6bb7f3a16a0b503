/** Twins of square-cb.ts (same bits) and choose.ts (same choices), for many slates. */
const LARGEST: f64 = 1.7976931348623157e308;

/** For each slate, squareCb with its own γ, floor mixed in. Returns −1, or the first arm whose score is not finite; slates before its own are written. */
export function squareCbSlates(
  starts: usize,
  slates: u32,
  scores: usize,
  gammas: usize,
  floor: f64,
  out: usize,
): i32 {
  for (let s: u32 = 0; s < slates; s++) {
    const from = load<u32>(starts + (s << 2));
    const size = load<u32>(starts + (s << 2), 4) - from;
    const at = from << 3;
    const bad = squareCbSlate(scores + at, size, load<f64>(gammas + (s << 3)), floor, out + at);
    if (bad >= 0) return <i32>from + bad;
  }
  return -1;
}

function squareCbSlate(scores: usize, size: u32, gamma: f64, floor: f64, out: usize): i32 {
  let best: u32 = 0;
  let highest: f64 = -Infinity;
  for (let a: u32 = 0; a < size; a++) {
    const score = load<f64>(scores + (a << 3));
    if (!(Math.abs(score) < Infinity)) return a;
    if (score > highest) {
      highest = score;
      best = a;
    }
  }
  writeWeights(scores, size, highest, gamma, out);
  // In the twin's order, one by one: the sums are the same bits.
  let rest: f64 = 0;
  for (let a: u32 = 0; a < best; a++) rest += load<f64>(out + (a << 3));
  for (let a = best + 1; a < size; a++) rest += load<f64>(out + (a << 3));
  store<f64>(out + (best << 3), 1 - rest);
  let total: f64 = 0;
  for (let a: u32 = 0; a < size; a++) total += load<f64>(out + (a << 3));
  mix(out, size, (1 - floor) / total, floor / <f64>size);
  return -1;
}

/** 1 / (K + γ·gap) for every arm, the best too. */
function writeWeights(scores: usize, size: u32, highest: f64, gamma: f64, out: usize): void {
  const top = f64x2.splat(highest);
  const sharpness = f64x2.splat(gamma);
  const arms = f64x2.splat(<f64>size);
  const one = f64x2.splat(1);
  const largest = f64x2.splat(LARGEST);
  let a: u32 = 0;
  for (; a + 1 < size; a += 2) {
    const gap = f64x2.pmin(f64x2.sub(top, v128.load(scores + (a << 3))), largest);
    const sum = f64x2.pmin(f64x2.add(arms, f64x2.mul(sharpness, gap)), largest);
    v128.store(out + (a << 3), f64x2.div(one, sum));
  }
  if (a < size) {
    const gap = min(highest - load<f64>(scores + (a << 3)), LARGEST);
    store<f64>(out + (a << 3), 1 / min(<f64>size + gamma * gap, LARGEST));
  }
}

function mix(out: usize, size: u32, share: f64, even: f64): void {
  const shares = f64x2.splat(share);
  const evens = f64x2.splat(even);
  let a: u32 = 0;
  for (; a + 1 < size; a += 2)
    v128.store(out + (a << 3), f64x2.add(f64x2.mul(v128.load(out + (a << 3)), shares), evens));
  if (a < size) store<f64>(out + (a << 3), load<f64>(out + (a << 3)) * share + even);
}

function mix32(h: u32): u32 {
  h ^= h >>> 16;
  h *= 0x85ebca6b;
  h ^= h >>> 13;
  h *= 0xc2b2ae35;
  return h ^ (h >>> 16);
}

function mix32x4(h: v128): v128 {
  h = v128.xor(h, i32x4.shr_u(h, 16));
  h = i32x4.mul(h, i32x4.splat(<i32>0x85ebca6b));
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, i32x4.splat(<i32>0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** Arrivals within this share of each other may be ordered otherwise in double precision: errors here stay under 1e-6. */
const CLOSE: f32 = 1.00001;
/** Beyond this a propensity was so small that float32 may have lost it. */
const LATE: f32 = 1e20;

/**
 * For each slate the arm drawn, or −1 where float32 cannot tell which comes first, or some p is not a propensity: the caller then asks the twin.
 * `scratch`: 64 bytes.
 */
export function chooseSlates(
  starts: usize,
  slates: u32,
  propensities: usize,
  keyA: u32,
  keyB: u32,
  titleHashes: usize,
  artworkHashes: usize,
  scratch: usize,
  chosen: usize,
): void {
  for (let s: u32 = 0; s < slates; s++) {
    const from = load<u32>(starts + (s << 2));
    const size = load<u32>(starts + (s << 2), 4) - from;
    const title = load<u32>(titleHashes + (s << 2));
    const laneA = mix32(mix32(keyA ^ mix32(title + 0x9e3779b9)) + keyB);
    const laneB = mix32(mix32(keyB ^ mix32(title ^ 0x243f6a88)) + mix32(keyA + 0x3c6ef372));
    const arm = chooseSlate(
      propensities + (from << 3),
      artworkHashes + (from << 2),
      size,
      i32x4.splat(laneA),
      i32x4.splat(laneB),
      scratch,
    );
    store<i32>(chosen + (s << 2), arm);
  }
}

function chooseSlate(
  propensities: usize,
  hashes: usize,
  size: u32,
  laneA: v128,
  laneB: v128,
  scratch: usize,
): i32 {
  let first = f32x4.splat(Infinity);
  let second = first;
  let arms = i32x4.splat(-1);
  let index = i32x4(0, 1, 2, 3);
  let sound = i32x4.splat(-1);
  let a: u32 = 0;
  for (; a < size; a += 4) {
    if (a + 4 > size) {
      copyRest(propensities, hashes, size - a, scratch);
      propensities = scratch;
      hashes = scratch + 32;
    }
    const low = f32x4.demote_f64x2_zero(v128.load(propensities));
    const high = f32x4.demote_f64x2_zero(v128.load(propensities, 16));
    const p = i32x4.shuffle(low, high, 0, 1, 4, 5);
    sound = v128.and(sound, f32x4.le(f32x4.splat(0), p));
    sound = v128.and(sound, f32x4.lt(p, f32x4.splat(Infinity)));
    const arrival = f32x4.div(minusLogOfUniform(v128.load(hashes), laneA, laneB), p);
    const earlier = f32x4.lt(arrival, first);
    second = f32x4.pmin(second, v128.bitselect(first, arrival, earlier));
    first = v128.bitselect(arrival, first, earlier);
    arms = v128.bitselect(index, arms, earlier);
    index = i32x4.add(index, i32x4.splat(4));
    propensities += 32;
    hashes += 16;
  }
  let earliest = f32x4.pmin(first, i32x4.shuffle(first, first, 2, 3, 0, 1));
  earliest = f32x4.pmin(earliest, i32x4.shuffle(earliest, earliest, 1, 0, 3, 2));
  const limit = f32x4.mul(earliest, f32x4.splat(CLOSE));
  const near = i32x4.bitmask(f32x4.le(first, limit));
  const clear = popcnt(near) == 1 && !v128.any_true(f32x4.le(second, limit));
  if (!clear || !i32x4.all_true(sound) || f32x4.extract_lane(earliest, 0) > LATE) return -1;
  v128.store(scratch, arms);
  return load<i32>(scratch + (ctz(near) << 2));
}

/** The last, fewer than four arms to `scratch`, p = 0 behind them. */
function copyRest(propensities: usize, hashes: usize, count: u32, scratch: usize): void {
  for (let i: u32 = 0; i < 4; i++) {
    store<f64>(scratch + (i << 3), i < count ? load<f64>(propensities + (i << 3)) : 0);
    if (i < count) store<u32>(scratch + (i << 2), load<u32>(hashes + (i << 2)), 32);
  }
}

/** −log u of hashedUniform's u, within 4e-7 of itself however near u is to 0 or 1. */
function minusLogOfUniform(hash: v128, laneA: v128, laneB: v128): v128 {
  const a = mix32x4(v128.xor(mix32x4(v128.xor(hash, laneA)), laneB));
  const b = mix32x4(i32x4.add(mix32x4(v128.xor(i32x4.add(hash, i32x4.splat(0x7f4a7c15)), laneB)), laneA));
  // Above ½ the distance to 1 is taken, from the complements of both words: 1 − u would lose it.
  const above = i32x4.shr_s(a, 31);
  const coarse = f32x4.convert_i32x4_s(i32x4.shr_u(v128.xor(a, above), 5));
  const fine = f32x4.convert_i32x4_s(i32x4.shr_u(v128.xor(b, above), 6));
  const tail = f32x4.mul(f32x4.add(fine, f32x4.splat(0.5)), f32x4.splat(1.1102230246251565e-16));
  const side = f32x4.add(f32x4.mul(coarse, f32x4.splat(7.450580596923828e-9)), tail);
  // side = 2^e·m, m in [½, 1): log u = e·log 2 + log1p(m − 1); above ½, log1p(−side).
  const exponent = v128.andnot(i32x4.sub(i32x4.shr_u(side, 23), i32x4.splat(126)), above);
  const mantissa = v128.or(v128.and(side, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000));
  const f = v128.bitselect(f32x4.neg(side), f32x4.sub(mantissa, f32x4.splat(1)), above);
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const s2 = f32x4.mul(s, s);
  // 2·atanh(s)/s = 2 + 2s²/3 + 2s⁴/5 + …, s² ≤ 1/9; the last term stands for all that follow
  let series = f32x4.add(f32x4.splat(0.2222222222222222), f32x4.mul(s2, f32x4.splat(0.197)));
  series = f32x4.add(f32x4.splat(0.2857142857142857), f32x4.mul(s2, series));
  series = f32x4.add(f32x4.splat(0.4), f32x4.mul(s2, series));
  series = f32x4.add(f32x4.splat(0.6666666666666666), f32x4.mul(s2, series));
  series = f32x4.add(f32x4.splat(2), f32x4.mul(s2, series));
  const whole = f32x4.mul(f32x4.convert_i32x4_s(exponent), f32x4.splat(0.6931471805599453));
  return f32x4.neg(f32x4.add(whole, f32x4.mul(s, series)));
}
