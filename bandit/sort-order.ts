const RUN = 8;
const scratch = { order: new Int32Array(0) };

/**
 * Sorts `order` so that keys[order[k]] falls: insertion sort of runs of 8, then bottom-up merges. Stable, O(n log n), without the comparator
 * calls and the copy of TypedArray.prototype.sort.
 *
 * @example const order = Int32Array.of(0, 1, 2); sortDescending(order, Float64Array.of(0.2, 0.9, 0.5), 3); order // => Int32Array.of(1, 2, 0)
 * @param order shape (≥ size): distinct indices into keys
 * @param keys  not NaN
 */
export function sortDescending(order: Int32Array, keys: Float64Array, size: number): void {
  for (let start = 0; start < size; start += RUN)
    insertionSort(order, keys, start, Math.min(start + RUN, size));
  if (size <= RUN) return;
  if (scratch.order.length < size) scratch.order = new Int32Array(2 * size);
  let from: Int32Array = order;
  let to: Int32Array = scratch.order;
  for (let width = RUN; width < size; width *= 2) {
    for (let start = 0; start < size; start += 2 * width) {
      mergeRuns(from, to, keys, start, Math.min(start + width, size), Math.min(start + 2 * width, size));
    }
    [from, to] = [to, from];
  }
  if (from !== order) for (let i = 0; i < size; i++) order[i] = from[i]!;
}

function insertionSort(order: Int32Array, keys: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const item = order[i]!;
    const key = keys[item]!;
    let at = i;
    while (at > start && keys[order[at - 1]!]! < key) {
      order[at] = order[at - 1]!;
      at--;
    }
    order[at] = item;
  }
}

function mergeRuns(
  from: Int32Array,
  to: Int32Array,
  keys: Float64Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let k = start; k < end; k++) {
    if (left < middle && (right >= end || keys[from[left]!]! >= keys[from[right]!]!)) to[k] = from[left++]!;
    else to[k] = from[right++]!;
  }
}
