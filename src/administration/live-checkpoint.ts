import { existsSync } from 'node:fs';
import { AppError } from '../../core/errors.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { learnerPath, openLearnerStore, ownData } from '../adapters.js';
import type { Config } from '../config.js';

/** The checkpoint in the data directory, if there is one that nobody is writing to. */
export type LiveCheckpoint =
  | { readonly kind: 'open'; readonly store: KeyValueStore; close(): Promise<void> }
  | { readonly kind: 'absent'; readonly message: string; close(): Promise<void> }
  | { readonly kind: 'in-use'; readonly message: string; close(): Promise<void> };

/**
 * Takes the data directory for as long as it is open, so that nobody writes what is being read; with an embedded log whoever opened that has taken it.
 */
export async function openLiveCheckpoint(config: Config): Promise<LiveCheckpoint> {
  const path = learnerPath(config);
  const nothing = { close: () => Promise.resolve() };
  if (!existsSync(path)) return { kind: 'absent', message: `there is none in ${path}`, ...nothing };
  try {
    const owned = await ownData({ ...config, roles: ['learn'] });
    const store = openLearnerStore(config);
    return {
      ...{ kind: 'open', store },
      async close() {
        await store.close();
        await owned?.release();
      },
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'store/owned') throw error;
    return { kind: 'in-use', message: error.message, ...nothing };
  }
}
