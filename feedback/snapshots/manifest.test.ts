import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.js';

const MANIFEST: Manifest = {
  modelKey: 'home/variant/personal',
  policy: 'squarecb',
  contextSchema: '0123456789ab',
  writtenAtMs: 1_753_000_000_123,
  base: { token: 3, version: 2 ** 40 + 1, chunks: 402, bytes: 105_000_000, parts: 1_564, crc32: 0xdead_beef },
  deltas: [2 ** 40 + 2, 2 ** 40 + 5],
  previous: { token: 2, version: 77, chunks: 1, deltas: [78] },
};

describe('the bytes of a manifest', () => {
  it('of version 1 stay readable', () => {
    // Written once, by hand of the layout in encodeManifest's docstring; never edited.
    const golden = Buffer.from(
      readFileSync(new URL('./fixtures/manifest-v1.hex', import.meta.url), 'utf8').replace(/\s/g, ''),
      'hex',
    );
    expect(decodeManifest(golden)).toEqual(MANIFEST);
    expect(Buffer.from(encodeManifest(MANIFEST)).toString('hex')).toBe(golden.toString('hex'));
  });

  it('hold a first base without deltas too', () => {
    const first: Manifest = { ...MANIFEST, deltas: [], previous: undefined };
    expect(decodeManifest(encodeManifest(first))).toEqual(first);
  });

  it('that lost or changed any byte are refused', () => {
    const bytes = encodeManifest(MANIFEST);
    const refused = expect.objectContaining({ code: 'snapshot/corrupt' }) as Error;
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte));
      expect(() => decodeManifest(changed)).toThrow(refused);
      expect(() => decodeManifest(bytes.subarray(0, at))).toThrow(refused);
    }
  });
});
