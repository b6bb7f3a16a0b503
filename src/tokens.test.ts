import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manualClock } from '../core/clock.js';
import { asId, type MemberId, type RequestId } from '../core/ids.js';
import { tokens } from './tokens.js';

const requestId = asId<RequestId>(Buffer.from('0123456789abcdef').toString('base64url'));
const claims = { requestId, memberId: asId<MemberId>('zoë'), issuedAtMs: 1_800_000_000_000, slots: 320 };
const make = (key = 'k'.repeat(32)) => {
  const clock = manualClock(claims.issuedAtMs);
  return { clock, tokens: tokens({ key, clock, ttlMs: 1000 }) };
};

test('what was signed is what is verified', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 256 }), fc.nat(2 ** 31), (member, slots) => {
      const memberId = asId<MemberId>(Buffer.from(member, 'utf8').toString('utf8'));
      fc.pre(memberId.length > 0);
      const { tokens: t } = make();
      expect(t.verify(t.sign({ ...claims, memberId, slots }))).toEqual({ ...claims, memberId, slots });
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('any other bytes are refused: every single bit flipped, every truncation, another key', () => {
  const { tokens: t } = make();
  const bytes = Buffer.from(t.sign(claims), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes);
    forged[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => t.verify(forged.toString('base64url'))).toThrow(/token/);
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(() => t.verify(bytes.toString('base64url', 0, length))).toThrow(/token/);
  }
  expect(() => make('other'.repeat(8)).tokens.verify(t.sign(claims))).toThrow(
    expect.objectContaining({ code: 'token/bad-signature' }) as Error,
  );
});

test('an old token is refused even when it was verified before', () => {
  const { tokens: t, clock } = make();
  const token = t.sign(claims);
  clock.advance(1000);
  expect(t.verify(token).slots).toBe(320);
  clock.advance(1);
  expect(() => t.verify(token)).toThrow(expect.objectContaining({ code: 'token/expired' }) as Error);
});
