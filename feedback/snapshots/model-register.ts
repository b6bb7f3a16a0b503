import type { Clock } from '../../core/clock.js';
import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';
import type { Lease } from '../../features/key-value/lease.js';
import { decodePending } from './base-writer.js';
import { decodeManifest, type Manifest } from './manifest.js';
import { baseKeys, headKey, pendingKey } from './snapshot-keys.js';

export interface ModelRegisterOptions {
  readonly store: KeyValueStore;
  readonly lease: Pick<Lease, 'guard'> | undefined;
  readonly clock: Clock;
  /** of every model that this publisher puts */
  readonly modelKeys: readonly string[];
  readonly forgetAfterMs: number;
}

/** Which models were published into the store, and when that was last said: JSON, model key → ms since the epoch. */
export const REGISTER_KEY = 'snapshot-models';

const LOOKS_PER_AGE = 10;
const LONGEST_BETWEEN_LOOKS_MS = 3_600_000;
const RETRY_MS = 60_000;
const DELETES_AT_ONCE = 256;

/**
 * The models in the store have an owner: whoever publishes them says so now and then, and removes those that nobody has published or named for `forgetAfterMs`, as
 * when an experiment has ended. What a model's head names goes first, the head last: a removal that was cut short is found again.
 */
export class ModelRegister {
  #nextMs = -Infinity;

  constructor(readonly options: ModelRegisterOptions) {}

  /** Does nothing most of the time. @throws AppError `store/conflict`: somebody else wrote it, or has the lease; `store/unavailable` */
  async check(): Promise<void> {
    const { store, clock, modelKeys, forgetAfterMs } = this.options;
    const nowMs = clock.nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + RETRY_MS;
    const [held] = await store.getMany([REGISTER_KEY]);
    const named = decodeRegister(held);
    for (const modelKey of modelKeys) named.set(modelKey, nowMs);
    for (const [modelKey, atMs] of [...named]) {
      if (nowMs - atMs < forgetAfterMs) continue;
      const publishedAtMs = await this.#removeUnless(modelKey, nowMs - forgetAfterMs);
      if (publishedAtMs === undefined) named.delete(modelKey);
      else named.set(modelKey, publishedAtMs);
    }
    const register = Buffer.from(JSON.stringify(Object.fromEntries(named)));
    await this.#write({ expect: [[REGISTER_KEY, held]], puts: [[REGISTER_KEY, register]] });
    this.#nextMs = nowMs + Math.min(forgetAfterMs / LOOKS_PER_AGE, LONGEST_BETWEEN_LOOKS_MS);
  }

  /** @returns when it was published last, if that is later than `sinceMs`: then it is left alone */
  async #removeUnless(modelKey: string, sinceMs: number): Promise<number | undefined> {
    const names = [headKey(modelKey), pendingKey(modelKey)];
    const [head, pending] = await this.options.store.getMany(names);
    const manifest = head && readManifest(head);
    if (manifest !== undefined && manifest.writtenAtMs > sinceMs) return manifest.writtenAtMs;
    const bases = [manifest?.base && { ...manifest.base, deltas: manifest.deltas }, manifest?.previous];
    const keys = [...bases, pending && decodePending(pending)].flatMap((base) =>
      base === undefined ? [] : [...baseKeys(modelKey, base)],
    );
    const expect: Expectation[] = names.map((name, i) => [name, i === 0 ? head : pending]);
    for (let from = 0; from < keys.length; from += DELETES_AT_ONCE)
      await this.#write({ expect, deletes: keys.slice(from, from + DELETES_AT_ONCE) });
    await this.#write({ expect, deletes: names });
    return undefined;
  }

  #write(batch: Parameters<KeyValueStore['write']>[0]): Promise<void> {
    const { store, lease } = this.options;
    return store.write({ ...batch, expect: [...(lease?.guard() ?? []), ...(batch.expect ?? [])] });
  }
}

/** What cannot be read names nothing; it is written anew. */
function decodeRegister(held: Uint8Array | undefined): Map<string, number> {
  try {
    const named = JSON.parse(Buffer.from(held ?? []).toString('utf8')) as Record<string, unknown>;
    return new Map(
      Object.entries(named).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
    );
  } catch {
    return new Map();
  }
}

/** undefined: nobody can tell what it names, and it goes alone */
function readManifest(head: Uint8Array): Manifest | undefined {
  try {
    return decodeManifest(head);
  } catch {
    return undefined;
  }
}
