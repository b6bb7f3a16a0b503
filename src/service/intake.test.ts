import { expect, it } from 'vitest';
import type { EventReport } from '../../client/types.js';
import { manualClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import { reportLimits } from '../rate-limits/report-limits.js';
import { tokens } from '../tokens.js';
import { eventIntake } from './intake.js';

it('refuses an event the log could not hold, by itself: the others of its request are kept', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const log = memoryEventLog({ partitions: 1, maxRecordBytes: 1_024 });
  const signer = tokens({ key: 'k'.repeat(32), clock, ttlMs: 60_000 });
  const outcomes: string[] = [];
  const intake = eventIntake(
    {
      ...{ log, tokens: signer, clock },
      maxBatch: 10,
      maxClockSkewMs: 0,
      maxEventBytes: 512,
      limits: reportLimits({ maxPerMemberPerMinute: 0, countedEntries: 10 }),
      onEvent: (type, outcome) => outcomes.push(`${type} ${outcome}`),
    },
    (report) => ({ kind: 'valid', value: report as EventReport }),
  );
  const token = signer.sign({
    requestId: asId<RequestId>('AAAAAAAAAAAAAAAAAAAAAA'),
    memberId: asId<MemberId>('m'.repeat(200)),
    issuedAtMs: clock.nowMs(),
    slots: 1,
  });
  const play = { type: 'play', token, slot: 0, watchedSeconds: 400 } as const;
  // 64 characters, as many as a playId may have, of 4 bytes each
  const answer = await intake.accept([play, { ...play, playId: '🎬'.repeat(64) }, { ...play, playId: '2' }]);
  expect(answer.accepted).toBe(2);
  expect(answer.rejected).toMatchObject([{ index: 1, code: 'event/too-large' }]);
  expect(answer.rejected[0]!.message).toMatch(/^the event has \d+ bytes; expected at most 512$/);
  expect(await log.endOffsets('plays')).toEqual([2]);
  expect(outcomes).toEqual(['play accepted', 'event event/too-large', 'play accepted']);
});

it('takes ten events for each slot of a page, and counts none that the log did not take', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const memory = memoryEventLog({ partitions: 1, maxRecordBytes: 1_024 });
  let isAway = true;
  // A log that comes back: as when a disk was full.
  const log: EventLog = {
    ...memory,
    append: (...records) =>
      isAway ? Promise.reject(new AppError('log/failed', 'the disk is full')) : memory.append(...records),
  };
  const signer = tokens({ key: 'k'.repeat(32), clock, ttlMs: 60_000 });
  const outcomes: string[] = [];
  const intake = eventIntake(
    {
      ...{ log, tokens: signer, clock, maxBatch: 100, maxClockSkewMs: 0, maxEventBytes: 512 },
      limits: reportLimits({ maxPerMemberPerMinute: 20, countedEntries: 10 }),
      onEvent: (type, outcome) => outcomes.push(`${type} ${outcome}`),
    },
    (report) => ({ kind: 'valid', value: report as EventReport }),
  );
  const token = signer.sign({
    requestId: asId<RequestId>('AAAAAAAAAAAAAAAAAAAAAA'),
    memberId: asId<MemberId>('ada'),
    issuedAtMs: clock.nowMs(),
    slots: 2,
  });
  const batch = Array.from({ length: 7 }, (_, n) => ({
    ...{ type: 'play', token, slot: n % 2, playId: `${n}`, watchedSeconds: 1 },
  }));
  for (let tries = 0; tries < 10; tries++)
    await expect(intake.accept(batch)).rejects.toMatchObject({ code: 'log/failed' });
  isAway = false;
  outcomes.length = 0;
  for (const accepted of [7, 7, 6]) expect(await intake.accept(batch)).toMatchObject({ accepted });
  const over = await intake.accept(batch);
  expect(over.accepted).toBe(0);
  expect(over.rejected.map(({ code }) => code)).toEqual(batch.map(() => 'event/too-many-reports'));
  expect(outcomes.filter((line) => line === 'play accepted')).toHaveLength(20);
  expect(outcomes.filter((line) => line === 'event event/too-many-reports')).toHaveLength(8);
});
