import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { decodeShown, type ShownArtwork } from '../../features/shown-artworks.js';
import { shownKey, ShownStore } from '../../features/shown-store.js';
import type { RevisionLookup, TitleRevision } from '../../features/title-revision.js';
import { until } from '../../test/support/until.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeLabel } from '../events/avro.js';
import { append, label, memberOf, NOON_MS, reward } from '../sink/sample-events.contract.js';
import { startShownKeeper, type ShownKeeper } from './shown-keeper.js';

const CAP = { impressions: 2, windowMs: 3_600_000 };
const ROWS = Int32Array.of(40, 41, 42);
/** Revision 7, the only one, has three artworks. */
const revisions: RevisionLookup = {
  revision: (revision) => (revision === 7 ? ({ artworkRows: ROWS } as TitleRevision) : undefined),
};

function start(log: EventLog, store: KeyValueStore, faults: unknown[] = []): Promise<ShownKeeper> {
  return startShownKeeper({
    ...{ log, revisions, onFault: (error: unknown) => faults.push(error) },
    retryDelaysMs: { first: 1, longest: 5 },
    shown: new ShownStore({ store, cap: CAP, onShown: () => undefined }),
  });
}

/** A trial of an artwork so many seconds after noon, for the member of the request. */
async function show(log: EventLog, request: string, arm: number, seconds: number, times = 1): Promise<void> {
  const one = encodeLabel(label(request, seconds, { arm, impressionAtMs: NOON_MS + seconds * 1000 + 250 }));
  await append(
    log,
    'labels',
    Array.from({ length: times }, () => one),
    request,
  );
}

async function shownTo(store: KeyValueStore, request: string): Promise<ShownArtwork[]> {
  return decodeShown((await store.getMany([shownKey(memberOf(request))]))[0]);
}

/** Waits until so many are known. */
async function known(store: KeyValueStore, request: string, count: number): Promise<ShownArtwork[]> {
  return await until(
    `${count} shown`,
    () => shownTo(store, request),
    (shown) => shown.length >= count,
  );
}

const at = (seconds: number, artworkRow: number): ShownArtwork => ({
  artworkRow,
  atSeconds: NOON_MS / 1000 + seconds,
});

describe('what members were shown', () => {
  it('is kept from trials, once each, by member; rewards and unknown titles tell nothing', async () => {
    const [log, store] = [memoryEventLog({ partitions: 2 }), memoryKeyValue()];
    const keeper = await start(log, store);
    await show(log, 'one', 0, 1);
    await show(log, 'one', 1, 2, 3);
    await append(log, 'labels', [encodeLabel(reward('one', 9, 0.5))], 'one');
    await append(log, 'labels', [encodeLabel(label('one', 3, { titleRevision: 8 }))], 'one');
    await show(log, 'one', 0, 4);
    await show(log, 'other', 2, 5);
    expect(await known(store, 'one', 3)).toEqual([at(1, 40), at(2, 41), at(4, 40)]);
    expect(await known(store, 'other', 1)).toEqual([at(5, 42)]);
    await keeper.close();
    await keeper.stopped;
    await log.close();
  });

  it('goes on where it was, and does not begin with what was before it', async () => {
    const [log, store] = [memoryEventLog({ partitions: 1 }), memoryKeyValue()];
    await show(log, 'one', 0, 1);
    const first = await start(log, store);
    await show(log, 'one', 1, 2);
    await known(store, 'one', 1);
    await first.close();
    await show(log, 'one', 2, 3);
    const second = await start(log, store);
    expect(await known(store, 'one', 2)).toEqual([at(2, 41), at(3, 42)]);
    await second.close();
    await log.close();
  });

  it('is the same when two keepers read a partition, as when one does not know yet that it lost it', async () => {
    const [log, store] = [memoryEventLog({ partitions: 1 }), memoryKeyValue()];
    const shown = (): ShownStore => new ShownStore({ store, cap: CAP, onShown: () => undefined });
    const keepers = await Promise.all(
      ['mine', 'also mine'].map((group) =>
        startShownKeeper({
          ...{ log, revisions, group, shown: shown(), onFault: () => undefined },
          retryDelaysMs: { first: 1, longest: 5 },
        }),
      ),
    );
    for (let second = 0; second < 50; second++) await show(log, 'one', second % 3, second);
    const all = Array.from({ length: 50 }, (_, second) => at(second, 40 + (second % 3)));
    expect(await known(store, 'one', 50)).toEqual(all);
    await Promise.all(keepers.map((keeper) => keeper.close()));
    await log.close();
  });

  it('waits for a store that is away', async () => {
    const [log, store] = [memoryEventLog({ partitions: 1 }), memoryKeyValue()];
    let left = 3;
    const flaky: KeyValueStore = {
      ...store,
      write: (batch) =>
        left-- > 0 ? Promise.reject(new AppError('store/unavailable', 'away')) : store.write(batch),
    };
    const faults: unknown[] = [];
    const keeper = await start(log, flaky, faults);
    await show(log, 'one', 0, 1);
    expect(await known(store, 'one', 1)).toEqual([at(1, 40)]);
    expect(faults).toHaveLength(3);
    await keeper.close();
    await log.close();
  });
});
