import { expect, test } from 'vitest';
import { ArmStatistics, createPolicy, emptyPrior } from '../bandit/index.js';
import { memoryKeyValue } from '../features/key-value/memory/index.js';
import { snapshotKey } from '../feedback/update/publisher.js';
import { encodeSnapshot } from '../feedback/update/snapshot.js';
import { installPersistedSnapshots } from './persisted-snapshots.js';
import { Models } from './pipeline/models.js';

const D = 8;
const linear = createPolicy('linear-thompson', {}, D);
const bytesOf = (modelKey: string, contextSchema: string): Uint8Array =>
  encodeSnapshot({
    ...{ kind: 'base', modelKey, policy: linear.name, contextSchema, version: 7, parentVersion: 0 },
    parts: [linear.fit(new ArmStatistics({ dimension: D }), emptyPrior(D))],
  });

test('a process that only serves starts with the models it can use, and names the others', async () => {
  const store = memoryKeyValue();
  await store.write({
    puts: [
      [snapshotKey('good'), bytesOf('good', 'now')],
      [snapshotKey('other themes'), bytesOf('other themes', 'before')],
      [snapshotKey('other policy'), bytesOf('other policy', 'now')],
      [snapshotKey('torn'), bytesOf('torn', 'now').subarray(0, 20)],
    ],
  });
  const models = new Models(
    new Map([
      ['good', linear],
      ['other themes', linear],
      ['other policy', createPolicy('best-unpersonalised', {}, D)],
      ['torn', linear],
    ]),
    'now',
  );
  const unusable: string[] = [];
  await installPersistedSnapshots(store, models, ({ code }) => unusable.push(code));
  expect([...models.all()].map(({ key, version }) => [key, version])).toEqual([
    ['good', 7],
    ['other themes', 0],
    ['other policy', 0],
    ['torn', 0],
  ]);
  expect(unusable.sort()).toEqual(['snapshot/corrupt', 'snapshot/wrong-schema', 'snapshot/wrong-schema']);
});
