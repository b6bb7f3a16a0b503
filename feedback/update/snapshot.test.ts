import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../../bandit/arm-statistics.js';
import { createPolicy } from '../../bandit/policies/index.js';
import { emptyPrior } from '../../bandit/prior.js';
import { applySnapshot, decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.js';

const SNAPSHOT: Snapshot = {
  kind: 'base',
  modelKey: 'home/personal',
  policy: 'linear-thompson',
  contextSchema: '0123456789ab',
  version: 2 ** 40 + 1,
  parentVersion: 41,
  parts: [Uint8Array.of(1, 2, 3), new Uint8Array(0)],
};

describe('the bytes of a snapshot', () => {
  it('of version 1 stay readable', () => {
    // Written once, by hand of the layout in encodeSnapshot's docstring; never edited.
    const golden = Buffer.from(
      readFileSync(new URL('./fixtures/snapshot-v1.hex', import.meta.url), 'utf8').replace(/\s/g, ''),
      'hex',
    );
    expect(decodeSnapshot(golden)).toEqual(SNAPSHOT);
    expect(Buffer.from(encodeSnapshot(SNAPSHOT)).toString('hex')).toBe(golden.toString('hex'));
  });

  it('that lost or changed any byte are refused', () => {
    const bytes = encodeSnapshot(SNAPSHOT);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte));
      expect(() => decodeSnapshot(changed)).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
      expect(() => decodeSnapshot(bytes.subarray(0, at))).toThrow(
        expect.objectContaining({ code: 'snapshot/corrupt' }),
      );
    }
  });

  it.each([
    ['a format of the future', (bytes: Buffer) => bytes.writeUInt16LE(2, 4), 'format 2'],
    ['an unknown kind', (bytes: Buffer) => bytes.writeUInt8(7, 6), 'kind 7'],
    [
      'a part longer than what is left',
      (bytes: Buffer) => bytes.writeUInt32LE(99, bytes.length - 15),
      'where',
    ],
    [
      'more parts than there are',
      (bytes: Buffer) => bytes.writeUInt32LE(9, bytes.length - 19),
      'expected more',
    ],
  ])('that say %s are refused, checksum or not', (_what, change, why) => {
    const bytes = Buffer.from(encodeSnapshot(SNAPSHOT));
    change(bytes);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    expect(() => decodeSnapshot(bytes)).toThrow(why);
  });
});

describe('taking a snapshot in', () => {
  const policy = createPolicy('linear-thompson', {}, 2);
  const statistics = new ArmStatistics({ dimension: 2 });
  for (let i = 0; i < 20; i++) {
    statistics.addTrial(i % 2, Float32Array.of(1, i % 3), 0, 1, 0);
    if (i % 2 === 0) statistics.addReward(0, Float32Array.of(1, i % 3), 0, 1, 1, 0);
  }
  const prior = emptyPrior(2);
  const base: Snapshot = {
    ...SNAPSHOT,
    parts: [
      policy.fit(new ArmStatistics({ dimension: 2 }), prior),
      policy.fit(statistics, prior, Int32Array.of(0)),
    ],
  };
  const delta: Snapshot = {
    ...SNAPSHOT,
    kind: 'delta',
    parts: [policy.fit(statistics, prior, Int32Array.of(1))],
  };

  const meansOf = (model: ReturnType<typeof policy.emptyModel>): number[] => {
    const slate = { size: 2, rows: Int32Array.of(0, 1), contexts: Float32Array.of(1, 0, 1, 0) };
    const scores = {
      means: new Float64Array(2),
      deviations: new Float64Array(2),
      propensities: new Float64Array(2),
    };
    policy.score(model, slate, scores);
    return [...scores.means];
  };

  it('a base makes a new model; a delta changes it; together they are the whole fit', () => {
    const old = policy.emptyModel();
    const model = applySnapshot(policy, SNAPSHOT.contextSchema, old, base);
    expect(model).not.toBe(old);
    expect(old.rows).toBe(0);
    expect(applySnapshot(policy, SNAPSHOT.contextSchema, model, delta)).toBe(model);
    const whole = policy.emptyModel();
    policy.apply(whole, policy.fit(statistics, prior));
    expect(meansOf(model)).toEqual(meansOf(whole));
  });

  it('is refused for another policy or other contexts, and a delta in parts', () => {
    const model = policy.emptyModel();
    const wrong = '; expected linear-thompson, ';
    expect(() => applySnapshot(policy, 'ffffffffffff', model, base)).toThrow(wrong);
    expect(() =>
      applySnapshot(policy, SNAPSHOT.contextSchema, model, { ...base, policy: 'uniform' }),
    ).toThrow(wrong);
    expect(() => applySnapshot(policy, SNAPSHOT.contextSchema, model, { ...base, kind: 'delta' })).toThrow(
      'expected 1',
    );
  });
});
