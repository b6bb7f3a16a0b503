import { AppError } from '../core/errors.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { decodeSnapshot } from '../feedback/update/snapshot.js';
import type { Models } from './pipeline/models.js';

/**
 * What a process that only serves starts from: the newest base of each model, as the learner left them. One that cannot be used (it is damaged, or
 * themes or the variant's policy have changed since) is left out: that model serves what it would before the first snapshot.
 */
export async function installPersistedSnapshots(
  store: KeyValueStore,
  models: Models,
  onUnusable: (error: AppError) => void,
): Promise<void> {
  for await (const [, bytes] of store.scan('snapshot/')) {
    try {
      models.install(decodeSnapshot(bytes));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      onUnusable(error);
    }
  }
}
