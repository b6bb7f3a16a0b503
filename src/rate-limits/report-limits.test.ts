import { expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import { reportLimits, type ReportLimitOptions } from './report-limits.js';

/** @returns how many of `times` events in a row were let in */
function counter(options: Partial<ReportLimitOptions>, clock = manualClock(0)) {
  const limits = reportLimits({ maxPerMemberPerMinute: 0, countedEntries: 100, ...options });
  return (request: string, member: string, times: number, slots = 1): number => {
    let taken = 0;
    for (let i = 0; i < times; i++) {
      try {
        const ids = { requestId: asId<RequestId>(request), memberId: asId<MemberId>(member) };
        limits.count({ ...ids, issuedAtMs: 0, slots }, clock.nowMs());
        taken++;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'event/too-many-reports' });
        expect((error as AppError).message).not.toContain(member);
      }
    }
    return taken;
  };
}

it('lets in ten events for each slot of a page, each page for itself, whoever asks', () => {
  const count = counter({});
  expect(count('page-1', 'ada', 31, 3)).toBe(30);
  expect(count('page-1', 'ada', 1, 3)).toBe(0);
  expect(count('page-2', 'ada', 31, 3)).toBe(30);
  expect(count('page-3', 'ada', 31)).toBe(10);
});

it('lets in as many as configured, however many slots there are', () => {
  expect(counter({ maxPerToken: 4 })('page-1', 'ada', 9, 50)).toBe(4);
});

it('lets a member have so many events a minute, over all pages', () => {
  const clock = manualClock(0);
  const count = counter({ maxPerToken: 1_000, maxPerMemberPerMinute: 6 }, clock);
  expect(count('page-1', 'ada', 4)).toBe(4);
  expect(count('page-2', 'ada', 4)).toBe(2);
  expect(count('page-3', 'bob', 4)).toBe(4);
  // 6 a minute: one in ten seconds
  clock.advance(9_999);
  expect(count('page-2', 'ada', 1)).toBe(0);
  clock.advance(1);
  expect(count('page-2', 'ada', 2)).toBe(1);
  clock.advance(3_600_000);
  expect(count('page-2', 'ada', 20)).toBe(6);
});

it('remembers no more than it may: the pages heard of longest ago begin anew', () => {
  const count = counter({ maxPerToken: 2, countedEntries: 3 });
  for (const page of ['a', 'b', 'c']) expect(count(page, 'ada', 3)).toBe(2);
  // Heard of again: a is now the newest, b the oldest.
  expect(count('a', 'ada', 1)).toBe(0);
  expect(count('d', 'ada', 3)).toBe(2);
  expect(count('a', 'ada', 1)).toBe(0);
  expect(count('b', 'ada', 3)).toBe(2);
});
