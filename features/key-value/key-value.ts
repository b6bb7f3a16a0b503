/**
 * The key-value port: features, snapshots, checkpoints. Keys are UTF-8 strings of 1–500 bytes, values opaque bytes.
 * Every adapter runs `keyValueContract` (key-value.contract.ts).
 */
export interface KeyValueStore {
  /** @returns the bytes last written, in the order asked; undefined where there is none. The bytes are the caller's to keep. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * All of it or none of it, durable when the promise resolves. A key both put and deleted is deleted.
   * @throws AppError `store/closed`; `store/bad-key`; `store/conflict`: an expectation did not hold, nothing was written; `store/unavailable`: the answer
   *   did not come, so it may have been written or not. A batch without expectations may then be written again; one with them is decided by reading.
   */
  write(batch: KeyValueBatch): Promise<void>;
  /** Entries whose key starts with `prefix`, in ascending byte order of key, as of some moment after the call. */
  scan(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  close(): Promise<void>;
}

export interface KeyValueBatch {
  readonly puts?: Iterable<readonly [key: string, value: Uint8Array]>;
  readonly deletes?: Iterable<string>;
  /**
   * The batch is written only if, at that moment, every key named holds exactly these bytes (undefined: there is none). What leases, fencing and
   * numbering are made of.
   */
  readonly expect?: Iterable<Expectation>;
  /**
   * Whole milliseconds ≥ 1: what this batch puts may be gone that long after it is written; until then it is there. A later put of the same key
   * without it is kept for good.
   */
  readonly expiresInMs?: number;
}

export type Expectation = readonly [key: string, value: Uint8Array | undefined];
