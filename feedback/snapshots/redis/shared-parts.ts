import type { ErrorCode } from '../../../core/errors.js';
import type { NamedBase } from '../base-source.js';

/** To the reading thread. `read` numbers what was asked for, one after the other. */
export type ToReader =
  | (NamedBase & { readonly kind: 'read'; readonly read: number })
  /** the parts in that buffer have been taken: it may be filled again */
  | { readonly kind: 'taken'; readonly read: number; readonly buffer: number }
  /** no more of it is wanted */
  | { readonly kind: 'stop'; readonly read: number };

/** From the reading thread. */
export type FromReader =
  | {
      readonly kind: 'parts';
      readonly read: number;
      readonly buffer: number;
      /** from now on this is the buffer of that number; absent: as before */
      readonly shared?: SharedArrayBuffer;
      /** pairs of where a part begins and ends */
      readonly places: readonly number[];
    }
  | { readonly kind: 'end'; readonly read: number; readonly isThere: boolean }
  | { readonly kind: 'fault'; readonly read: number; readonly code: ErrorCode; readonly message: string };

/** A buffer's parts are taken while the other is filled. */
const BUFFERS = 2;
const BUFFER_BYTES = 1 << 20;
/** so that float64 and float32 in a part can be read where they are */
const ALIGNMENT = 8;

/** Somebody else asked for it to end. */
export class Stopped extends Error {}

/** Fills shared buffers with parts and passes them on, as fast as they are taken. */
export class SharedParts {
  readonly #buffers: (SharedArrayBuffer | undefined)[] = [];
  readonly #isNew: boolean[] = [];
  readonly #isFree = Array.from({ length: BUFFERS }, () => true);
  #current = 0;
  #places: number[] = [];
  #filled = 0;
  #read = 0;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(readonly pass: (message: FromReader) => void) {}

  begin(read: number): void {
    this.#read = read;
    this.#stopped = false;
    this.#places = [];
    this.#filled = 0;
    this.#isFree.fill(true);
  }

  /** @throws Stopped */
  async add(part: Uint8Array): Promise<void> {
    if (this.#places.length > 0 && this.#filled + part.length > BUFFER_BYTES) await this.flush();
    if (this.#stopped) throw new Stopped();
    new Uint8Array(this.#roomFor(part.length)).set(part, this.#filled);
    this.#places.push(this.#filled, this.#filled + part.length);
    this.#filled = Math.ceil((this.#filled + part.length) / ALIGNMENT) * ALIGNMENT;
  }

  /** Passes on what is there and waits for a buffer that is free. */
  async flush(): Promise<void> {
    if (this.#places.length === 0) return;
    const buffer = this.#current;
    const shared = this.#isNew[buffer] === true ? this.#buffers[buffer] : undefined;
    const parts = { kind: 'parts', read: this.#read, buffer, places: this.#places } as const;
    this.pass(shared === undefined ? parts : { ...parts, shared });
    this.#isNew[buffer] = false;
    this.#isFree[buffer] = false;
    this.#current = (buffer + 1) % BUFFERS;
    this.#places = [];
    this.#filled = 0;
    while (!this.#isFree[this.#current] && !this.#stopped)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  taken(read: number, buffer: number): void {
    if (read !== this.#read) return;
    this.#isFree[buffer] = true;
    this.#wake();
  }

  stop(read: number): void {
    if (read !== this.#read) return;
    this.#stopped = true;
    this.#wake();
  }

  /** The current buffer, or a larger one in its place: it holds nothing then. */
  #roomFor(length: number): SharedArrayBuffer {
    const known = this.#buffers[this.#current];
    if (known !== undefined && this.#filled + length <= known.byteLength) return known;
    const made = new SharedArrayBuffer(Math.max(BUFFER_BYTES, length));
    this.#buffers[this.#current] = made;
    this.#isNew[this.#current] = true;
    return made;
  }
}
