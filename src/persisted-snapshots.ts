import type { KeyValueStore } from '../features/key-value/key-value.js';
import { decodeSnapshot } from '../feedback/update/snapshot.js';
import type { Models } from './pipeline/models.js';

/** What a process that only serves starts from: the newest base of each model, as the learner left them. */
export async function installPersistedSnapshots(store: KeyValueStore, models: Models): Promise<void> {
  for await (const [, bytes] of store.scan('snapshot/')) models.install(decodeSnapshot(bytes));
}
