import type { Kernels } from './kernels.js';

/** A block is at most this, and at most 64 slots. */
const BLOCK_BYTES = 262_144;
const MAX_SLOT_SHIFT = 6;

/**
 * Rows of `stride` float32 under sparse row numbers: what kernels gather from. Blocks of up to 64 slots, so that a growing table never copies
 * what it holds (a copy of 100,000 artworks would stall a page), and 4 bytes per row number for finding it. A row that was never claimed takes nothing.
 */
export class RowTable {
  readonly stride: number;
  readonly kernels: Kernels;
  readonly shift: number;
  readonly #mask: number;
  /** by row: slot + 1, 0 for none */
  #slots: Int32Array;
  #used = 0;
  #blocks: Float32Array[] = [];
  /** by block: its address in the kernels' memory */
  #addresses: Int32Array;
  /** what a WASM kernel needs to find a row: addresses of slots and of block addresses, see assembly/gather.ts */
  readonly #descriptor: Int32Array;
  #address = -1;

  /** @param stride floats per row, ≥ 1 */
  constructor(stride: number, kernels: Kernels) {
    this.stride = stride;
    this.kernels = kernels;
    let shift = 0;
    while (shift < MAX_SLOT_SHIFT && 2 ** (shift + 1) * stride * 4 <= BLOCK_BYTES) shift++;
    this.shift = shift;
    this.#mask = 2 ** shift - 1;
    this.#slots = kernels.int32(64, this);
    this.#addresses = kernels.int32(16, this);
    this.#descriptor = kernels.int32(5, this);
    this.#describe();
  }

  /** Address of the descriptor; −1 when some part of the table lies outside the kernels' memory. */
  get address(): number {
    return this.#address;
  }

  get rows(): number {
    return this.#used;
  }

  get byteLength(): number {
    return this.#slots.byteLength + this.#blocks.length * (this.#mask + 1) * this.stride * 4;
  }

  /** The row's slot, or −1 when it was never claimed. */
  slotOf(row: number): number {
    return row >= 0 && row < this.#slots.length ? this.#slots[row]! - 1 : -1;
  }

  block(slot: number): Float32Array {
    return this.#blocks[slot >> this.shift]!;
  }

  offset(slot: number): number {
    return (slot & this.#mask) * this.stride;
  }

  /** The row's slot, made if need be. */
  claim(row: number): number {
    if (row >= this.#slots.length) {
      this.#slots = this.#grown(this.#slots, Math.max(row + 1, Math.ceil(this.#slots.length * 1.5)));
      this.#describe();
    }
    const known = this.#slots[row]! - 1;
    if (known >= 0) return known;
    const slot = this.#used++;
    if (slot >> this.shift === this.#blocks.length) this.#addBlock();
    this.#slots[row] = slot + 1;
    return slot;
  }

  /** Forgets every row and gives its memory back. */
  clear(): void {
    for (const block of this.#blocks) this.kernels.free(block);
    this.#blocks = [];
    this.#slots.fill(0);
    this.#used = 0;
    this.#describe();
  }

  #addBlock(): void {
    const block = this.kernels.float32((this.#mask + 1) * this.stride, this);
    if (this.#blocks.length === this.#addresses.length)
      this.#addresses = this.#grown(this.#addresses, 2 * this.#addresses.length);
    this.#addresses[this.#blocks.length] = this.kernels.addressOf(block);
    this.#blocks.push(block);
    this.#describe();
  }

  #grown(values: Int32Array, length: number): Int32Array {
    const larger = this.kernels.int32(length, this);
    larger.set(values);
    this.kernels.free(values);
    return larger;
  }

  #describe(): void {
    const { kernels } = this;
    const parts = [this.#descriptor, this.#slots, this.#addresses].map((part) => kernels.addressOf(part));
    const inside = !parts.includes(-1) && !this.#addresses.subarray(0, this.#blocks.length).includes(-1);
    this.#descriptor.set([parts[1]!, this.#slots.length, parts[2]!, this.shift, this.stride * 4]);
    this.#address = inside ? parts[0]! : -1;
  }
}
