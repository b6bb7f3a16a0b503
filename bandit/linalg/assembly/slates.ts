/**
 * Twins of ../slate-typescript.ts. Reads and writes go by four floats and may pass the end by three: whatever is read or written next to it is
 * written again, or is room that ../slate-batch.ts left for it.
 */
import { rowAddress } from './gather';

function copyWords(from: usize, to: usize, count: u32): void {
  for (let at: u32 = 0; at < count << 2; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Σ m·a and Σ m·b in float64, each added from the left: products of two float32 are exact. Two at once, so that sums wait less for each other. */
function leftToRightDots(m: usize, a: usize, b: usize, length: u32): v128 {
  let sums = f64x2.splat(0);
  const whole = (length & ~1) << 2;
  let at: u32 = 0;
  for (; at < whole; at += 8) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(m + at));
    const ofA = f64x2.mul(pair, f64x2.promote_low_f32x4(v128.load64_zero(a + at)));
    const ofB = f64x2.mul(pair, f64x2.promote_low_f32x4(v128.load64_zero(b + at)));
    sums = f64x2.add(sums, i64x2.shuffle(ofA, ofB, 0, 2));
    sums = f64x2.add(sums, i64x2.shuffle(ofA, ofB, 1, 3));
  }
  if (at < length << 2) {
    const last = f64x2.splat(<f64>load<f32>(m + at));
    const items = f64x2.replace_lane(f64x2.splat(<f64>load<f32>(a + at)), 1, <f64>load<f32>(b + at));
    sums = f64x2.add(sums, f64x2.mul(last, items));
  }
  return sums;
}

/** x of one arm, from left to right: what is written too far is written again. */
function writeContext(
  contexts: usize,
  head: usize,
  headBytes: u32,
  member: usize,
  item: usize,
  itemBytes: u32,
  affinity: f32,
): void {
  for (let at: u32 = 0; at < headBytes; at += 16) v128.store(contexts + at, v128.load(head + at));
  const products = contexts + headBytes + 4;
  for (let at: u32 = 0; at < itemBytes; at += 16)
    v128.store(products + at, f32x4.mul(v128.load(member + at), v128.load(item + at)));
  store<f32>(contexts + headBytes, affinity);
  const last = products + itemBytes;
  for (let at: u32 = 0; at < itemBytes; at += 16) v128.store(last + at, v128.load(member + at));
}

/** `records`: address of each slate's record. `contexts` 0: none are written. */
export function expandSlates(
  records: usize,
  slates: u32,
  member: usize,
  size: u32,
  head: usize,
  headLength: u32,
  rows: usize,
  hashes: usize,
  contexts: usize,
): void {
  const headBytes = headLength << 2;
  const itemBytes = size << 2;
  const stride = headBytes + 4 + (itemBytes << 1);
  for (let s: u32 = 0; s < slates; s++) {
    const record = load<u32>(records + (s << 2));
    const arms = load<u32>(record);
    const bytes = arms << 2;
    copyWords(record + 4, rows, arms);
    copyWords(record + 4 + bytes, hashes, arms);
    rows += bytes;
    hashes += bytes;
    if (contexts == 0) continue;
    let item = record + 4 + (bytes << 1);
    for (let left = arms; left > 0;) {
      // The last arm of an odd number is its own pair.
      const next = left > 1 ? item + itemBytes : item;
      const sums = leftToRightDots(member, item, next, size);
      const first = <f32>f64x2.extract_lane(sums, 0);
      writeContext(contexts, head, headBytes, member, item, itemBytes, first);
      contexts += stride;
      item += itemBytes;
      if (--left == 0) break;
      const second = <f32>f64x2.extract_lane(sums, 1);
      writeContext(contexts, head, headBytes, member, item, itemBytes, second);
      contexts += stride;
      item += itemBytes;
      left--;
    }
  }
}

/** out[s] = Σ over the slate's arms of the float `at` bytes into its row; 0 where there is none. */
export function sumsOfSlates(
  table: usize,
  at: usize,
  starts: usize,
  slates: u32,
  rows: usize,
  out: usize,
): void {
  const slots = load<u32>(table);
  const known = load<u32>(table, 4);
  const blocks = load<u32>(table, 8);
  const shift = load<u32>(table, 12);
  const stride = load<u32>(table, 16);
  for (let s: u32 = 0; s < slates; s++) {
    const from = load<u32>(starts + (s << 2));
    const to = load<u32>(starts + (s << 2), 4);
    let sum: f64 = 0;
    for (let a = from; a < to; a++) {
      const row = rowAddress(slots, known, blocks, shift, stride, load<u32>(rows + (a << 2)));
      if (row != 0) sum += <f64>load<f32>(row + at);
    }
    store<f64>(out + (s << 3), sum);
  }
}

/** Bytes of `count` pieces, each an address and a length, one after another. Returns the address after the last. Up to 15 bytes behind it are overwritten. */
export function joinBytes(pieces: usize, count: u32, out: usize): usize {
  for (let i: u32 = 0; i < count; i++) {
    const from = load<u32>(pieces + (i << 3));
    const bytes = load<u32>(pieces + (i << 3), 4);
    for (let at: u32 = 0; at < bytes; at += 16) v128.store(out + at, v128.load(from + at));
    out += bytes;
  }
  return out;
}
