import { existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../../core/errors.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { CHECKPOINT_PREFIX } from '../../feedback/update/replay-checkpoint.js';
import { learnerPath, openLearnerStore, ownDataAndLog } from '../adapters.js';
import type { Config } from '../config.js';
import type { LiveCheckpoint } from './live-checkpoint.js';

/** Where replayed statistics go. */
export interface ReplayTarget {
  /** Runs the writing on a checkpoint that has everything but them; it is there whole once this resolves. */
  write(work: (store: KeyValueStore) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Entries copied in one write: statistics rows have some 4.5 KB at d = 32. */
const ENTRIES_AT_ONCE = 2_048;

/**
 * Takes the directory; refuses one that is in use, and one with a checkpoint unless it is to be replaced.
 *
 * @throws AppError `store/owned` | `config/bad-value`
 */
export async function openReplayTarget(
  config: Config,
  live: LiveCheckpoint,
  into: string,
  options: { readonly replace: boolean },
): Promise<ReplayTarget> {
  const directory = resolve(into);
  const place = { data: { directory } };
  const isThere = existsSync(learnerPath(place));
  if (isThere && !options.replace)
    throw new AppError(
      'config/bad-value',
      `--into ${into}: there is a checkpoint in ${learnerPath(place)}; expected a directory without one, or --replace`,
    );
  if (directory === resolve(config.data.directory)) return liveTarget(config, live);
  const owned = await ownDataAndLog(directory);
  return {
    write: (work) => (isThere ? inPlace(place, work) : aside(directory, live, work)),
    close: () => owned.release(),
  };
}

/** The data directory itself: whoever opened log and checkpoint holds it. */
function liveTarget(config: Config, live: LiveCheckpoint): ReplayTarget {
  if (live.kind === 'in-use') throw new AppError('store/owned', live.message);
  return {
    write: (work) =>
      live.kind === 'open' ? work(live.store) : aside(resolve(config.data.directory), live, work),
    close: () => Promise.resolve(),
  };
}

async function inPlace(
  place: Pick<Config, 'data'>,
  work: (store: KeyValueStore) => Promise<void>,
): Promise<void> {
  const store = openLearnerStore(place);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** Made beside and moved into place when it is whole: a copy that was interrupted must not look like a checkpoint. */
async function aside(
  directory: string,
  live: LiveCheckpoint,
  work: (store: KeyValueStore) => Promise<void>,
): Promise<void> {
  const staging = { data: { directory: join(directory, 'replayed') } };
  rmSync(staging.data.directory, { recursive: true, force: true });
  await inPlace(staging, async (store) => {
    if (live.kind === 'open') await copyCheckpoint(live.store, store);
    await work(store);
  });
  renameSync(learnerPath(staging), learnerPath({ data: { directory } }));
  rmSync(staging.data.directory, { recursive: true });
}

async function copyCheckpoint(from: KeyValueStore, to: KeyValueStore): Promise<void> {
  let puts: (readonly [string, Uint8Array])[] = [];
  for await (const entry of from.scan(CHECKPOINT_PREFIX)) {
    puts.push(entry);
    if (puts.length < ENTRIES_AT_ONCE) continue;
    await to.write({ puts });
    puts = [];
  }
  await to.write({ puts });
}
