import type { Hashes } from './choose.js';
import type { Kernels } from './linalg/kernels.js';
import { MAX_ARMS, type SlateScores } from './policy.js';
import type { SlateRecord } from './slate-record.js';
import type { ContextRun } from './slate-run.js';
import { expandRecords } from './slate-typescript.js';

/** What all arms of a page have in common. x = [ head · m·a · m ⊙ a · m ], a the arm's own vector: d = h + 1 + 2E. */
export interface SharedContext {
  /** shape (h) */
  readonly head: Float32Array;
  /** shape (E): m */
  readonly member: Float32Array;
}

export interface SlateBatchOptions {
  /** h */
  readonly headLength: number;
  /** E */
  readonly size: number;
  /** most slates, default 200 */
  readonly slates?: number;
  /** most arms of all of them, at least the 200 of one; default 1,024: their contexts stay in a core's cache */
  readonly arms?: number;
}

/** Kernels write four numbers at a time, so up to three behind the last. */
const ROOM = 3;

/**
 * Many slates side by side, scored and drawn from in a few calls: buffers in the kernels' memory, reused from batch to batch. `add` each title's record, then `expand`,
 * then `policy.scoreSlates(model, batch, batch.scores)`, then `chooseArms(batch, …)`.
 */
export class SlateBatch implements ContextRun {
  count = 0;
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  /** shape (≥ arms): of the artworks, as the draw takes them */
  readonly hashes: Hashes;
  readonly contexts: Float32Array;
  readonly scores: SlateScores;
  readonly headLength: number;
  readonly size: number;
  /** shape (≥ slates): for who draws */
  readonly titleHashes: Int32Array;
  readonly chosen: Int32Array;
  readonly #records: SlateRecord[] = [];
  readonly #addresses: Int32Array;
  readonly #head: Float32Array;
  readonly #member: Float32Array;
  readonly #kernels: Kernels;
  readonly #at: Readonly<Record<'addresses' | 'member' | 'head' | 'rows' | 'hashes' | 'contexts', number>>;
  readonly #mostSlates: number;
  readonly #mostArms: number;
  #inside = true;

  constructor({ headLength, size, slates = MAX_ARMS, arms = 1024 }: SlateBatchOptions, kernels: Kernels) {
    const dimension = headLength + 1 + 2 * size;
    this.#kernels = kernels;
    this.#mostSlates = slates;
    this.#mostArms = Math.max(arms, MAX_ARMS);
    this.headLength = headLength;
    this.size = size;
    const [int32, float32] = [kernels.int32.bind(kernels), kernels.float32.bind(kernels)];
    const room = this.#mostArms + ROOM;
    this.starts = int32(slates + 1, this);
    this.rows = int32(room, this);
    this.hashes = int32(room, this);
    this.contexts = float32(this.#mostArms * dimension + ROOM, this);
    this.titleHashes = int32(slates, this);
    this.chosen = int32(slates, this);
    this.#addresses = int32(slates, this);
    this.#head = float32(headLength + ROOM, this);
    this.#member = float32(size + ROOM, this);
    this.scores = {
      means: kernels.float64(room, this),
      deviations: kernels.float64(room, this),
      propensities: kernels.float64(room, this),
    };
    this.#at = {
      addresses: kernels.addressOf(this.#addresses),
      member: kernels.addressOf(this.#member),
      head: kernels.addressOf(this.#head),
      rows: kernels.addressOf(this.rows),
      hashes: kernels.addressOf(this.hashes),
      contexts: kernels.addressOf(this.contexts),
    };
  }

  clear(): void {
    this.count = 0;
    this.#inside = !Object.values(this.#at).includes(-1);
  }

  /** @returns false when there is no room left: expand what there is, and begin another batch */
  add(record: SlateRecord, titleHash: number): boolean {
    const s = this.count;
    const end = this.starts[s]! + record.size;
    if (s === this.#mostSlates || end > this.#mostArms) return false;
    this.#records[s] = record;
    this.#addresses[s] = record.address;
    if (record.address < 0) this.#inside = false;
    this.titleHashes[s] = titleHash;
    this.starts[s + 1] = end;
    this.count = s + 1;
    return true;
  }

  /** Writes rows, hashes and, if asked, contexts of all arms. */
  expand({ head, member }: SharedContext, withContexts: boolean): void {
    const { instance } = this.#kernels;
    if (instance === undefined || !this.#inside) {
      expandRecords(this.#records, this, head, member, withContexts);
      return;
    }
    for (let i = 0; i < this.headLength; i++) this.#head[i] = head[i]!;
    for (let e = 0; e < this.size; e++) this.#member[e] = member[e]!;
    const at = this.#at;
    instance.exports.expandSlates(
      at.addresses,
      this.count,
      at.member,
      this.size,
      at.head,
      this.headLength,
      at.rows,
      at.hashes,
      withContexts ? at.contexts : 0,
    );
  }
}
