/** What Redis answers to one command that has one value. */
export type Reply =
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  | { readonly kind: 'none' }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string };

const MAX_LINE_BYTES = 4_096;
/** Redis' own limit of a string. */
const MAX_VALUE_BYTES = 512 << 20;
const LF = 10;
const LINE_END_BYTES = 2;

/**
 * Reads RESP2 replies that are a line or one string, of which the string goes into a buffer that is used again: a value's bytes are valid until the next but
 * one arrives.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class ReplyReader {
  readonly #line = Buffer.allocUnsafe(MAX_LINE_BYTES);
  #lineBytes = 0;
  /** the value before is still the caller's while the next one arrives */
  readonly #values = [Buffer.alloc(0), Buffer.alloc(0)];
  #turn = 0;
  #length = 0;
  #filled = 0;
  /** of the value and the end of its line; 0: a line comes next */
  #left = 0;

  constructor(readonly onReply: (reply: Reply) => void) {}

  /** @param bytes not kept. @throws Error when this is not the protocol */
  read(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;)
      from = this.#left > 0 ? this.#readValue(bytes, from) : this.#readLine(bytes, from);
  }

  #readValue(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#left);
    const value = this.#values[this.#turn]!;
    if (this.#filled < this.#length) {
      const end = Math.min(to, from + this.#length - this.#filled);
      bytes.copy(value, this.#filled, from, end);
      this.#filled += end - from;
    }
    this.#left -= to - from;
    if (this.#left === 0) {
      this.#turn = 1 - this.#turn;
      this.onReply({ kind: 'value', bytes: value.subarray(0, this.#length) });
    }
    return to;
  }

  #readLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.length : end + 1;
    if (this.#lineBytes + to - from > MAX_LINE_BYTES) throw new Error('a line that does not end');
    bytes.copy(this.#line, this.#lineBytes, from, to);
    this.#lineBytes += to - from;
    if (end >= 0) {
      const line = this.#line.toString('utf8', 0, this.#lineBytes - LINE_END_BYTES);
      this.#lineBytes = 0;
      this.#begin(line.slice(0, 1), line.slice(1));
    }
    return to;
  }

  #begin(type: string, text: string): void {
    if (type === '+' || type === ':') this.onReply({ kind: 'line', text });
    else if (type === '-') this.onReply({ kind: 'error', text });
    else if (type === '$' && text === '-1') this.onReply({ kind: 'none' });
    else if (type === '$' && /^\d{1,9}$/.test(text) && Number(text) <= MAX_VALUE_BYTES)
      this.#beginValue(Number(text));
    else throw new Error('a reply that nobody asked for');
  }

  #beginValue(length: number): void {
    if (this.#values[this.#turn]!.length < length) this.#values[this.#turn] = Buffer.allocUnsafe(length);
    this.#length = length;
    this.#filled = 0;
    this.#left = length + LINE_END_BYTES;
  }
}
