/**
 * The key-value port: features, snapshots, checkpoints. Keys are UTF-8 strings of 1–500 bytes, values opaque bytes.
 * Every adapter runs `keyValueContract` (key-value.contract.ts).
 */
export interface KeyValueStore {
  /** @returns the bytes last written, in the order asked; undefined where there is none. The bytes are the caller's to keep. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * All of it or none of it, durable when the promise resolves. A key both put and deleted is deleted.
   * @throws AppError `store/closed`
   */
  write(batch: KeyValueBatch): Promise<void>;
  /** Entries whose key starts with `prefix`, in ascending byte order of key, as of some moment after the call. */
  scan(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  close(): Promise<void>;
}

export interface KeyValueBatch {
  readonly puts?: Iterable<readonly [key: string, value: Uint8Array]>;
  readonly deletes?: Iterable<string>;
}
