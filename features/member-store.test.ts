import { expect, test } from 'vitest';
import { manualClock } from '../core/clock.js';
import { contextSchema } from './context-vector.js';
import { memoryKeyValue } from './key-value/memory/index.js';
import type { KeyValueStore } from './key-value/key-value.js';
import { MemberStore } from './member-store.js';

const schema = contextSchema(['horror', 'romance']);
const open = (store: KeyValueStore, themes = schema) =>
  new MemberStore(themes, store, { priorStrength: 4, cacheEntries: 100 });
const ada = { memberId: 'ada', themes: { horror: 0.5 } };
const played = { memberId: 'ada', plays: 4, sum: Float32Array.of(0, 4) };

test('taste is what was declared and what was played, weighed together', async () => {
  const store = memoryKeyValue();
  const members = open(store);
  await members.putMembers([ada]);
  await members.putHistories([played]);
  // (4 · 0.5 + 0) / (4 + 4) and (0 + 4) / (4 + 4), by hand
  for (const m of [members, open(store)])
    expect(await m.load('ada')).toMatchObject({ plays: 4, vector: Float32Array.of(0.25, 0.5) });
  expect(await members.load('nobody')).toMatchObject({ plays: 0, vector: Float32Array.of(0, 0) });
});

test('a profile loaded while its history is being written does not stay as it was', async () => {
  const store = memoryKeyValue();
  let commit = (): void => undefined;
  const members = open({
    ...store,
    write: (batch) => new Promise<void>((resolve) => (commit = resolve)).then(() => store.write(batch)),
  });
  const writing = members.putHistories([played]);
  expect((await members.load('ada')).plays).toBe(0);
  commit();
  await writing;
  expect((members.cached('ada') ?? (await members.load('ada'))).plays).toBe(4);
});

test('a profile that others may have changed is read anew when it has expired, and is the last one known until then', async () => {
  const store = memoryKeyValue();
  const clock = manualClock(0);
  const options = { priorStrength: 4, cacheEntries: 100 };
  const members = new MemberStore(schema, store, { ...options, expiry: { afterMs: 1_000, clock } });
  await members.putMembers([ada]);
  await members.load('ada');
  await open(store).putMembers([{ memberId: 'ada', themes: { horror: 1 } }]);
  clock.advance(999);
  await members.putHistories([played]);
  expect(members.cached('ada')?.vector).toEqual(Float32Array.of(0.25, 0.5));
  clock.advance(1);
  expect(members.cached('ada')).toBeUndefined();
  expect(members.lastKnown('ada')?.vector).toEqual(Float32Array.of(0.25, 0.5));
  // (4 · 1 + 0) / (4 + 4), by hand
  expect((await members.load('ada')).vector).toEqual(Float32Array.of(0.5, 0.5));
  expect(members.cached('ada')).toBeDefined();
});

test.each([
  ['more themes', ['horror', 'romance', 'crime']],
  ['as many others', ['crime', 'family']],
])('plays told in another vocabulary (%s) are not read in this one', async (_what, themes) => {
  const store = memoryKeyValue();
  await open(store).putHistories([played]);
  expect((await open(store, contextSchema(themes)).load('ada')).plays).toBe(0);
  expect((await open(store).load('ada')).plays).toBe(4);
});
