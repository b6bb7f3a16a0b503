import { expect, it } from 'vitest';
import { NOON_MS } from '../join/joined-events.fixture.js';
import { EventTimes } from './event-times.js';

const HOUR_MS = 3_600_000;

it('is as late as the topic that has come least far', () => {
  const times = new EventTimes();
  expect(times.nowMs(NOON_MS)).toBe(-Infinity);
  times.see('decisions', NOON_MS, NOON_MS);
  // Nothing has ever come in the others: they hold up nobody.
  expect(times.nowMs(NOON_MS)).toBe(NOON_MS);
  times.see('plays', NOON_MS - HOUR_MS, NOON_MS);
  expect(times.nowMs(NOON_MS)).toBe(NOON_MS - HOUR_MS);
  times.see('plays', NOON_MS - 2 * HOUR_MS, NOON_MS + 1);
  expect(times.nowMs(NOON_MS)).toBe(NOON_MS - HOUR_MS);
});

it('goes on at the pace of the wall while nothing comes, after a restart too', () => {
  const times = new EventTimes();
  // last week's log, read now
  const lastWeekMs = NOON_MS - 168 * HOUR_MS;
  times.see('decisions', lastWeekMs, NOON_MS);
  expect(times.nowMs(NOON_MS + HOUR_MS)).toBe(lastWeekMs + HOUR_MS);
  const again = new EventTimes(times.watermarks);
  expect(again.nowMs(NOON_MS + 50 * HOUR_MS)).toBe(lastWeekMs + 50 * HOUR_MS);
});

it('is never later than the wall, whatever clock an event is from', () => {
  const times = new EventTimes();
  times.see('decisions', NOON_MS + 24 * HOUR_MS, NOON_MS);
  times.see('decisions', NaN, NOON_MS);
  expect(times.nowMs(NOON_MS)).toBe(NOON_MS);
  expect(times.nowMs(NOON_MS + HOUR_MS)).toBe(NOON_MS + HOUR_MS);
  // A wall clock that was set back.
  expect(times.nowMs(NOON_MS - HOUR_MS)).toBe(NOON_MS - HOUR_MS);
});
