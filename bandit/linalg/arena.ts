export type ArenaView = Float32Array | Float64Array | Int32Array | Uint32Array;

export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, address: number, length: number): T;
}

export const PAGE_BYTES = 65_536;
/** a cache line */
const ALIGNMENT = 64;
/** Growth by a quarter, so that a memory is grown some sixty times at most. */
const GROWTH = 1.25;

/**
 * Typed arrays inside one WebAssembly memory, where kernels use them in place. The memory is shared: growing it leaves every view valid.
 *
 * Sizes are rounded up to eight steps per power of two (≤ 1/8 is wasted), and what is freed serves the next request of the same rounded size. Nothing is
 * merged or moved: meant for blocks of a few sizes, asked for again and again. Beginnings are multiples of 64 bytes; contents are zeros.
 */
export class Arena {
  readonly #memory: WasmMemory;
  readonly #maximumPages: number;
  /** each buffer the memory has had: views made before it grew belong to an earlier one */
  readonly #buffers = new Set<ArrayBufferLike>();
  readonly #freed = new Map<number, number[]>();
  readonly #held = new WeakMap<ArenaView, { readonly address: number; readonly bytes: number }>();
  readonly #owners = new FinalizationRegistry<ArenaView>((view) => {
    this.free(view);
  });
  #next: number;

  /**
   * @param maximumPages the memory's
   * @param base         first byte that is free: below are the module's constants
   */
  constructor(memory: WasmMemory, maximumPages: number, base: number) {
    this.#memory = memory;
    this.#maximumPages = maximumPages;
    this.#next = roundUp(base, ALIGNMENT);
    this.#buffers.add(memory.buffer);
  }

  /**
   * A view of `length` zeros made by `make`; undefined when the memory is full.
   *
   * @param owner when given, the view is freed once its owner is garbage
   */
  allocate<T extends ArenaView>(make: ViewConstructor<T>, length: number, owner?: object): T | undefined {
    const bytes = sizeClass(length * make.BYTES_PER_ELEMENT);
    const freed = this.#freed.get(bytes)?.pop();
    const address = freed ?? this.#extend(bytes);
    if (address === undefined) return undefined;
    const view = new make(this.#memory.buffer, address, length);
    if (freed !== undefined) view.fill(0);
    this.#held.set(view, { address, bytes });
    if (owner !== undefined) this.#owners.register(owner, view, view);
    return view;
  }

  // A memory that is full is no fault: what no longer fits is an ordinary array, and its kernels are copies or twins.
  float32(length: number, owner?: object): Float32Array {
    return this.allocate(Float32Array, length, owner) ?? new Float32Array(length);
  }

  float64(length: number, owner?: object): Float64Array {
    return this.allocate(Float64Array, length, owner) ?? new Float64Array(length);
  }

  int32(length: number, owner?: object): Int32Array {
    return this.allocate(Int32Array, length, owner) ?? new Int32Array(length);
  }

  /** Gives a view back; it must not be used again. One that is not of this arena, or was given back before, is left alone. */
  free(view: ArenaView): void {
    const held = this.#held.get(view);
    if (held === undefined) return;
    this.#held.delete(view);
    this.#owners.unregister(view);
    const freed = this.#freed.get(held.bytes);
    if (freed === undefined) this.#freed.set(held.bytes, [held.address]);
    else freed.push(held.address);
  }

  /** The view's byte address, −1 when it lies elsewhere. Some 30 ns, 100 for a view not made here: remember it. */
  addressOf(view: ArenaView): number {
    const held = this.#held.get(view);
    if (held !== undefined) return held.address;
    return this.#buffers.has(view.buffer) ? view.byteOffset : -1;
  }

  #extend(bytes: number): number | undefined {
    const address = this.#next;
    const missing = address + bytes - this.#memory.buffer.byteLength;
    if (missing > 0 && !this.#grow(Math.ceil(missing / PAGE_BYTES))) return undefined;
    this.#next = address + bytes;
    return address;
  }

  #grow(pages: number): boolean {
    const now = this.#memory.buffer.byteLength / PAGE_BYTES;
    const wanted = Math.min(this.#maximumPages - now, Math.max(pages, Math.ceil(now * (GROWTH - 1))));
    if (wanted < pages) return false;
    try {
      this.#memory.grow(wanted);
    } catch {
      return false;
    }
    this.#buffers.add(this.#memory.buffer);
    return true;
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Up to a multiple of an eighth of the power of two below it, and of 64. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(Math.max(bytes, 1))) / 8;
  return roundUp(Math.max(bytes, 1), Math.max(step, ALIGNMENT));
}
