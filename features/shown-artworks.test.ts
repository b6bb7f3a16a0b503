import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addShown, cappedArtworks, decodeShown, encodeShown, type ShownArtwork } from './shown-artworks.js';

const WINDOW_MS = 20_000;
const SHOWN: fc.Arbitrary<ShownArtwork[]> = fc.array(
  fc.record({ artworkRow: fc.integer({ min: 0, max: 3 }), atSeconds: fc.integer({ min: 100, max: 140 }) }),
  { maxLength: 40 },
);

describe('what a member was shown', () => {
  it('is stored in bytes that stay readable', () => {
    // Written once, by hand of the layout in encodeShown's docstring; never edited.
    const golden = Buffer.from(
      readFileSync(new URL('./fixtures/shown-v1.hex', import.meta.url), 'utf8').replace(/\s/g, ''),
      'hex',
    );
    const shown = [
      { artworkRow: 7, atSeconds: 0x67415b80 },
      { artworkRow: 0x40000, atSeconds: 0x67415bff },
    ];
    expect(decodeShown(golden)).toEqual(shown);
    expect(Buffer.from(encodeShown(shown)).toString('hex')).toBe(golden.toString('hex'));
  });

  it('is nothing where the bytes cannot be read', () => {
    expect(decodeShown(undefined)).toEqual([]);
    expect(decodeShown(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0))).toEqual([]);
    expect(decodeShown(Uint8Array.of(1, 0, 0))).toEqual([]);
  });

  it('is the same however it is told: in any order, in parts, more than once', () => {
    fc.assert(
      fc.property(SHOWN, SHOWN, (one, other) => {
        const all = addShown([], [...one, ...other], WINDOW_MS, 100);
        const inParts = addShown(addShown([], other, WINDOW_MS, 100), [...one, ...other], WINDOW_MS, 100);
        expect(inParts).toEqual(all);
        expect(decodeShown(encodeShown(all))).toEqual(all);
        expect(addShown(all, [], WINDOW_MS, 3)).toEqual(all.slice(-3));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('caps an artwork exactly while it was shown so often within the window', () => {
    const moments = fc.integer({ min: 95, max: 170 });
    fc.assert(
      fc.property(SHOWN, fc.integer({ min: 1, max: 4 }), moments, (shown, impressions, atSeconds) => {
        const history = addShown([], shown, Infinity, 1_000);
        const capped = cappedArtworks(history, { impressions, windowMs: WINDOW_MS });
        const nowMs = Math.max(atSeconds, ...shown.map((one) => one.atSeconds)) * 1000;
        for (let row = 0; row < 4; row++) {
          // By the definition: impressions of it within the window that ends now.
          const times = new Set(shown.flatMap((s) => (s.artworkRow === row ? [s.atSeconds * 1000] : [])));
          const inWindow = [...times].filter((ms) => nowMs - ms < WINDOW_MS).length;
          const cap = capped?.get(row);
          expect(cap !== undefined && nowMs < cap.untilMs).toBe(inWindow >= impressions);
          if (cap !== undefined) expect(cap.lastMs).toBe(Math.max(...times));
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
