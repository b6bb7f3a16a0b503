import type { Timers } from '../../core/timers.js';
import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';
import type { Lease } from '../../features/key-value/lease.js';
import type { Snapshot } from '../update/snapshot.js';
import { baseChunks, baseExtent } from './base-chunks.js';
import type { BaseRecord, Manifest, StoredBase } from './manifest.js';
import { baseKeys, chunkKey, pendingKey, sameBase } from './snapshot-keys.js';

export interface BaseWriterOptions {
  readonly store: KeyValueStore;
  readonly lease: Pick<Lease, 'token' | 'guard'> | undefined;
  readonly timers: Timers;
  readonly modelKey: string;
}

/** A base whose chunks are in the store, and what makes it the model's: to be part of the batch that changes the head. */
export interface WrittenBase {
  readonly base: BaseRecord;
  /** it was announced as pending, and nothing has been lost since */
  readonly expect: readonly Expectation[];
  readonly deletes: readonly string[];
}

/** Chunks of 256 KiB that go into one batch. */
const CHUNKS_AT_ONCE = 4;
const DELETES_AT_ONCE = 256;

/**
 * Writes the chunks of bases. Which one is under way is written first: whoever comes after a writer that died removes what it left. Before that goes what
 * was kept of the base before the last.
 */
export class BaseWriter {
  #token: number | undefined;

  constructor(readonly options: BaseWriterOptions) {}

  /** @param before what the head says now; undefined: there is none, or it cannot be read */
  async write(snapshot: Snapshot, before: Manifest | undefined): Promise<WrittenBase> {
    const { store, modelKey, timers } = this.options;
    const extent = baseExtent(snapshot.parts);
    const name = { token: this.#nextToken(before), version: snapshot.version };
    const key = pendingKey(modelKey);
    const [left] = await store.getMany([key]);
    const abandoned = left && decodePending(left);
    if (abandoned && !(before && sameBase(abandoned, before.base))) await this.#remove(abandoned);
    if (before?.previous) await this.#remove(before.previous);
    const pending = encodePending({ ...name, chunks: extent.chunks });
    await this.#write({ expect: [[key, left]], puts: [[key, pending]] });
    let sum = 0;
    let puts: [key: string, chunk: Uint8Array][] = [];
    let at = 0;
    for (const { chunk, crc32 } of baseChunks(snapshot.parts)) {
      sum = crc32;
      puts.push([chunkKey(modelKey, name, at++), chunk]);
      if (puts.length < CHUNKS_AT_ONCE && at < extent.chunks) continue;
      await this.#write({ puts });
      puts = [];
      await timers.breathe();
    }
    return { base: { ...name, ...extent, crc32: sum }, expect: [[key, pending]], deletes: [key] };
  }

  /** Without a lease whoever takes over counts on from the one before, so that no base has the name of another. */
  #nextToken(before: Manifest | undefined): number {
    const { lease } = this.options;
    if (lease !== undefined) return lease.token;
    const ours = this.#token !== undefined && (before === undefined || before.base.token === this.#token);
    if (!ours) this.#token = before === undefined ? 0 : before.base.token + 1;
    return this.#token!;
  }

  async #remove(base: StoredBase): Promise<void> {
    const keys = [...baseKeys(this.options.modelKey, base)];
    for (let from = 0; from < keys.length; from += DELETES_AT_ONCE)
      await this.#write({ deletes: keys.slice(from, from + DELETES_AT_ONCE) });
  }

  #write(batch: Parameters<KeyValueStore['write']>[0]): Promise<void> {
    const { store, lease } = this.options;
    return store.write({ ...batch, expect: [...(lease?.guard() ?? []), ...(batch.expect ?? [])] });
  }
}

type Pending = Omit<StoredBase, 'deltas'>;

/** `<token> <version> <chunks>` */
function encodePending({ token, version, chunks }: Pending): Uint8Array {
  return Buffer.from(`${token} ${version} ${chunks}`);
}

/** undefined: it cannot be read, and what it names is left where it is */
export function decodePending(bytes: Uint8Array): StoredBase | undefined {
  const [, token, version, chunks] =
    /^(\d{1,16}) (\d{1,16}) (\d{1,9})$/.exec(Buffer.from(bytes).toString('utf8')) ?? [];
  if (chunks === undefined) return undefined;
  return { token: Number(token), version: Number(version), chunks: Number(chunks), deltas: [] };
}
