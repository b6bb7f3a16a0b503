import type { Kernels } from '../../bandit/index.js';

/** Kernels copy sixteen bytes at a time, so up to fifteen behind the last. */
const ROOM = 15;
const WORD = 4;

/** A few texts as UTF-8, one after another in the kernels' memory: made once, joined into many answers, freed when garbage. */
export class TextBlock {
  /** shape (n + 1): text i is the bytes starts[i] … starts[i + 1] − 1 */
  readonly starts: Int32Array;
  readonly bytes: Uint8Array;
  /** −1 when there was no room in the kernels' memory, or they have none */
  readonly address: number;

  constructor(kernels: Kernels, texts: readonly string[]) {
    const encoded = texts.map((text) => Buffer.from(text, 'utf8'));
    this.starts = new Int32Array(texts.length + 1);
    encoded.forEach((text, i) => (this.starts[i + 1] = this.starts[i]! + text.length));
    const words = kernels.int32(Math.ceil((this.starts[texts.length]! + ROOM) / WORD), this);
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.address = kernels.addressOf(words);
    encoded.forEach((text, i) => {
      this.bytes.set(text, this.starts[i]);
    });
  }
}

/**
 * Puts an answer together from texts that are known and texts that are new: all are copied by one kernel call instead of one by one. Reused from answer to
 * answer.
 */
export class TextJoiner {
  readonly #kernels: Kernels;
  /** shape (pieces, 2): address and bytes of each */
  #pieces: Int32Array;
  /** where kernels cannot reach: the same pieces */
  readonly #blocks: Uint8Array[] = [];
  readonly #froms: number[] = [];
  #count = 0;
  #length = 0;
  #isInside = true;
  /** texts that are new, kept until they are joined */
  #written: Scratch;
  #writtenAt = 0;
  #out: Scratch;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#pieces = kernels.int32(2048, this);
    this.#written = new Scratch(kernels, 4096);
    this.#out = new Scratch(kernels, 4096);
  }

  clear(): void {
    this.#count = 0;
    this.#length = 0;
    this.#writtenAt = 0;
    this.#isInside = this.#kernels.instance !== undefined;
  }

  /** @param cut bytes left off at its end */
  add(block: TextBlock, text: number, cut = 0): void {
    const from = block.starts[text]!;
    this.#add(block.bytes, block.address, from, block.starts[text + 1]! - cut - from);
  }

  addText(text: string): void {
    const most = 3 * text.length + ROOM;
    // What was written is cited by its place: it stays, and the rest goes to a larger one.
    if (this.#writtenAt + most > this.#written.bytes.length) {
      this.#written = new Scratch(this.#kernels, 2 * (most + this.#written.bytes.length));
      this.#writtenAt = 0;
    }
    const length = this.#written.bytes.write(text, this.#writtenAt, 'utf8');
    this.#add(this.#written.bytes, this.#written.address, this.#writtenAt, length);
    this.#writtenAt += length;
  }

  /** All that was added, in a buffer of its own. */
  joined(): Buffer {
    const answer = Buffer.allocUnsafeSlow(this.#length);
    if (this.#length + ROOM > this.#out.bytes.length)
      this.#out = new Scratch(this.#kernels, 2 * (this.#length + ROOM));
    const pieces = this.#kernels.addressOf(this.#pieces);
    const { instance } = this.#kernels;
    if (instance === undefined || !this.#isInside || pieces < 0 || this.#out.address < 0) {
      this.#copyTo(answer);
    } else {
      instance.exports.joinBytes(pieces, this.#count, this.#out.address);
      answer.set(this.#out.bytes.subarray(0, this.#length));
    }
    return answer;
  }

  #add(bytes: Uint8Array, address: number, from: number, length: number): void {
    const i = this.#count++;
    if (2 * i === this.#pieces.length) this.#grow();
    this.#pieces[2 * i] = address + from;
    this.#pieces[2 * i + 1] = length;
    this.#blocks[i] = bytes;
    this.#froms[i] = from;
    this.#length += length;
    if (address < 0) this.#isInside = false;
  }

  #grow(): void {
    const larger = this.#kernels.int32(2 * this.#pieces.length, this);
    larger.set(this.#pieces);
    this.#kernels.free(this.#pieces);
    this.#pieces = larger;
  }

  #copyTo(answer: Buffer): void {
    let at = 0;
    for (let i = 0; i < this.#count; i++) {
      const from = this.#froms[i]!;
      const end = from + this.#pieces[2 * i + 1]!;
      answer.set(this.#blocks[i]!.subarray(from, end), at);
      at += end - from;
    }
  }
}

/** Bytes in the kernels' memory, for as long as this is held. */
class Scratch {
  readonly bytes: Buffer;
  readonly address: number;

  constructor(kernels: Kernels, length: number) {
    const words = kernels.int32(Math.ceil(length / WORD), this);
    this.bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.address = kernels.addressOf(words);
  }
}
