import { expect, test } from 'vitest';
import fc from 'fast-check';
import { manualClock } from '../core/clock.js';
import type { AppError } from '../core/errors.js';
import { asId, type MemberId } from '../core/ids.js';
import { memberTokens } from './member-tokens.js';
import { tokens } from './tokens.js';

const key = 'k'.repeat(32);
const clock = manualClock(1_700_000_000_000);
const issuer = memberTokens({ key, clock, ttlMs: 60_000 });
const ada = asId<MemberId>('ada');

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as AppError).code;
  }
  return 'none';
};

test('says whose it is until it expires', () => {
  const clock = manualClock(1_000);
  const short = memberTokens({ key, clock, ttlMs: 500 });
  const { token, expiresAtMs } = short.issue(ada);
  expect(expiresAtMs).toBe(1_500);
  clock.advance(499);
  expect(short.verify(token)).toBe('ada');
  clock.advance(1);
  expect(codeOf(() => short.verify(token))).toBe('member-token/expired');
});

test('any member id survives, any change does not', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary', maxLength: 60 }), fc.nat(), (id, at) => {
      const memberId = asId<MemberId>(Buffer.from(id).toString());
      const { token } = issuer.issue(memberId);
      expect(issuer.verify(token)).toBe(memberId);
      const place = 3 + (at % (token.length - 3));
      const other = token[place] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, place) + other + token.slice(place + 1);
      expect(codeOf(() => issuer.verify(changed))).toBe('member-token/invalid');
    }),
    { seed: 7, numRuns: 200 },
  );
});

test.each(['mt_', 'mt_AAAA', `mt_${'A'.repeat(700)}`, 'mt_!!!!'])('%j is none of ours', (token) => {
  expect(codeOf(() => issuer.verify(token))).toBe('member-token/invalid');
});

test('another key, and a token of a page under the same key, are refused', () => {
  const { token } = issuer.issue(ada);
  const elsewhere = memberTokens({ key: 'j'.repeat(32), clock, ttlMs: 60_000 });
  expect(codeOf(() => elsewhere.verify(token))).toBe('member-token/invalid');
  const page = tokens({ key, clock, ttlMs: 60_000 });
  const claims = { requestId: 'AAAAAAAAAAAAAAAAAAAAAA', memberId: ada, issuedAtMs: clock.nowMs(), slots: 1 };
  const pageToken = page.sign(claims as Parameters<typeof page.sign>[0]);
  expect(codeOf(() => issuer.verify(`mt_${pageToken}`))).toBe('member-token/invalid');
  expect(codeOf(() => page.verify(token.slice(3)))).not.toBe('none');
});
