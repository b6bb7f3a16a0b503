import type { Model, Policy } from '../../bandit/policy.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { ChunkReader } from './base-chunks.js';
import type { Manifest } from './manifest.js';
import { chunkKey } from './snapshot-keys.js';
import type { TimeSlices } from './time-slices.js';

/**
 * Reads a base into a new model, part by part, letting others have the thread in between: however large it is, nobody waits for longer than a part and a chunk take.
 * The next chunk is on its way while one is taken in.
 *
 * @returns undefined: a chunk is not there (any more)
 * @throws AppError `snapshot/corrupt`, and what the store fails with
 */
export async function readBase<M extends Model>(
  store: Pick<KeyValueStore, 'getMany'>,
  { modelKey, base }: Pick<Manifest, 'modelKey' | 'base'>,
  policy: Policy<M>,
  slices: TimeSlices,
): Promise<M | undefined> {
  const model = policy.emptyModel();
  const reader = new ChunkReader(base);
  const fetch = async (chunk: number): Promise<Uint8Array | undefined> =>
    chunk < base.chunks ? (await store.getMany([chunkKey(modelKey, base, chunk)]))[0] : undefined;
  let next = fetch(0);
  for (let i = 0; i < base.chunks; i++) {
    const chunk = await next;
    if (chunk === undefined) return undefined;
    next = fetch(i + 1);
    // Should this one not be taken in, nobody will ask how the next one went.
    next.catch(() => undefined);
    for (const part of reader.read(chunk)) {
      policy.apply(model, part);
      await slices.pause();
    }
    await slices.pause();
  }
  reader.finish();
  return model;
}
