/**
 * Twins of ../slate-typescript.ts. Reads and writes go by four floats and may pass the end by three: whatever is read or written next to it is
 * written again, or is room that ../slate-batch.ts left for it.
 */
import { rowAddress } from './gather';

function copyWords(from: usize, to: usize, count: u32): void {
  for (let at: u32 = 0; at < count << 2; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Σ a·b in float64, added from the left: products of two float32 are exact. */
function leftToRightDot(a: usize, b: usize, length: u32): f64 {
  let sum: f64 = 0;
  const whole = length & ~1;
  let i: u32 = 0;
  for (; i < whole; i += 2) {
    const products = f64x2.mul(
      f64x2.promote_low_f32x4(v128.load64_zero(a + (i << 2))),
      f64x2.promote_low_f32x4(v128.load64_zero(b + (i << 2))),
    );
    sum += f64x2.extract_lane(products, 0);
    sum += f64x2.extract_lane(products, 1);
  }
  if (i < length) sum += <f64>load<f32>(a + (i << 2)) * <f64>load<f32>(b + (i << 2));
  return sum;
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
  const affinity = headLength << 2;
  const products = affinity + 4;
  const last = products + (size << 2);
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
    for (let a: u32 = 0; a < arms; a++) {
      copyWords(head, contexts, headLength);
      for (let at: u32 = 0; at < size << 2; at += 16)
        v128.store(contexts + products + at, f32x4.mul(v128.load(member + at), v128.load(item + at)));
      store<f32>(contexts + affinity, <f32>leftToRightDot(member, item, size));
      copyWords(member, contexts + last, size);
      contexts += last + (size << 2);
      item += size << 2;
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
