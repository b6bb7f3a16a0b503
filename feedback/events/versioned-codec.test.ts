import type { Schema } from 'avsc';
import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMAS, type EventSchemas } from './schemas.js';
import { versionedCodec } from './versioned-codec.js';

interface Field {
  readonly name: string;
  readonly type: Schema;
  readonly default?: unknown;
}
const recordOf = (fields: readonly Field[]): Schema => ({
  type: 'record',
  name: 'Sample',
  fields: [...fields],
});
const first = recordOf([
  { name: 'memberId', type: 'string' },
  { name: 'slot', type: 'int' },
]);
const second = recordOf([
  { name: 'slot', type: 'long' },
  { name: 'memberId', type: 'string' },
  { name: 'canvas', type: 'string', default: 'home' },
]);
const schemas = (versions: readonly Schema[]): EventSchemas => ({ name: 'sample', id: 200, versions });

describe('versioned events', () => {
  it('of an older version are read as the newest: fields moved, widened, added with their default', () => {
    const old = versionedCodec(schemas([first]));
    const now = versionedCodec(schemas([first, second]));
    const written = old.encode({ memberId: 'm', slot: 3 }, 10);
    expect({ ...(now.decode(written) as object) }).toEqual({ memberId: 'm', slot: 3, canvas: 'home' });
    const rewritten = now.encode({ memberId: 'm', slot: 3, canvas: 'ad' }, 10);
    expect([...rewritten.subarray(0, 4)]).toEqual([0xa4, 200, 2, 0]);
    expect({ ...(now.decode(rewritten) as object) }).toEqual({ memberId: 'm', slot: 3, canvas: 'ad' });
  });

  it('of a newer version than is known are refused, naming it', () => {
    const now = versionedCodec(schemas([first, second]));
    const old = versionedCodec(schemas([first]));
    expect(() => old.decode(now.encode({ memberId: 'm', slot: 3, canvas: 'ad' }, 10))).toThrow(
      /version 2; expected 1–1/,
    );
  });

  it('whose versions cannot be resolved are refused when the code loads', () => {
    const incompatible = recordOf([{ name: 'required', type: 'string' }]);
    expect(() => versionedCodec(schemas([first, incompatible]))).toThrow(/required/);
  });

  it('are written whole whatever the size hint says', () => {
    const codec = versionedCodec(schemas([first]));
    const memberId = 'x'.repeat(10_000);
    for (const hint of [0, 1, 10_000, 50_000]) {
      expect({ ...(codec.decode(codec.encode({ memberId, slot: 1 }, hint)) as object) }).toEqual({
        memberId,
        slot: 1,
      });
    }
  });

  it('of another kind are refused, showing how they begin', () => {
    const impression = versionedCodec(EVENT_SCHEMAS.impression);
    const play = versionedCodec(EVENT_SCHEMAS.play);
    const bytes = impression.encode(
      { eventId: 'e', requestId: 'r', memberId: 'm', slot: 0, atMs: 0, receivedAtMs: 0 },
      50,
    );
    expect(() => play.decode(bytes)).toThrow(/begins with "a4020100"; expected "a403"/);
    expect(() => play.decode(new Uint8Array())).toThrow(/begins with ""/);
  });

  // Each version read by each: old bytes by new code (and, when a field may be dropped again, new bytes by old code after a rollback).
  for (const { name, versions } of Object.values(EVENT_SCHEMAS)) {
    it(`of ${name}: every version resolves to every other, both ways`, () => {
      for (const writer of versions) {
        for (const reader of versions) {
          expect(() => versionedCodec(schemas([writer, reader]))).not.toThrow();
        }
      }
    });
  }
});
