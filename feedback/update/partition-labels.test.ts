import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import { systemTimers } from '../../core/timers.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeLabel } from '../events/avro.js';
import type { LabelEvent } from '../events/events.js';
import { LabelFence, type Verdict } from '../events/label-fence.js';
import { decodeLabelsRecord, type LabelsRecord } from '../events/labels-record.js';
import { decisionOf, NOON_MS } from '../join/joined-events.fixture.js';
import { compactDecision, labelOf } from '../join/open-join.js';
import { readLabels } from './labels-reader.js';
import { PartitionLabels, PartitionLost, type CountedLabel } from './partition-labels.js';

const EVENTS = 12;
const CAUSE = { atMs: NOON_MS, rewardBefore: 0, rewardAfter: 0, watchedSeconds: 0 };

/** The label of the n-th event: who learns it finds out by its request. */
function labelOfEvent(n: number, memberId = 'm0'): LabelEvent {
  const page = decisionOf(n, { requestId: asId<RequestId>(`e${n}`), memberId: asId<MemberId>(memberId) });
  return labelOf(compactDecision(page), 0, NOON_MS, CAUSE);
}

/** How an append goes wrong; `arrives` and fails all the same is what a lost answer looks like. */
type Fault = 'none' | 'arrives' | 'does not arrive';

function faultyLog(log: EventLog, scheduler: fc.Scheduler, faults: Iterator<Fault>): EventLog {
  return {
    ...log,
    async append(topic, records, durability) {
      // Anybody may go first, now and before the answer.
      await scheduler.schedule(Promise.resolve(), 'append');
      const fault = faults.next().value as Fault;
      const positions = fault === 'does not arrive' ? [] : await log.append(topic, records, durability);
      await scheduler.schedule(Promise.resolve(), 'answer');
      if (fault !== 'none') throw new AppError('log/failed', 'no answer');
      return positions;
    },
  };
}

/** Owns the partition for as long as it can, and learns every event that nobody has learned. */
class Owner {
  learned: CountedLabel[] = [];
  labels: PartitionLabels;

  constructor(
    readonly log: EventLog,
    readonly name: string,
  ) {
    this.labels = this.#begin();
  }

  async work(takeovers: number): Promise<void> {
    const takeIn = (labels: readonly CountedLabel[]): Promise<void> =>
      Promise.resolve(void this.learned.push(...labels));
    for (let times = 0; times < takeovers; times++) {
      if (!(await this.labels.claim(NOON_MS, () => true, takeIn))) return;
      try {
        for (let batch = this.#lacking(); batch.length > 0; batch = this.#lacking())
          this.learned.push(...(await this.labels.append(batch.map((n) => labelOfEvent(n)))));
        return;
      } catch (error) {
        if (!(error instanceof PartitionLost)) throw error;
        this.learned = [];
        this.labels = this.#begin();
      }
    }
  }

  #begin(): PartitionLabels {
    const { log, name } = this;
    return new PartitionLabels(0, { log, timers: systemTimers, owner: name, readingGroup: name });
  }

  #lacking(): number[] {
    const known = new Set(this.learned.map(({ label }) => label.requestId));
    const lacking = Array.from({ length: EVENTS }, (_, n) => n).filter(
      (n) => !known.has(asId<RequestId>(`e${n}`)),
    );
    return lacking.slice(0, 3);
  }
}

async function recordsOf(log: EventLog): Promise<LabelsRecord[]> {
  const records: LabelsRecord[] = [];
  const [to = 0] = await log.endOffsets('labels');
  await readLabels(log, 0, { from: 0, to, group: 'check' }, (batch) =>
    Promise.resolve(void records.push(...batch.map(({ value }) => decodeLabelsRecord(value)))),
  );
  return records;
}

describe('labels under two owners', () => {
  it('are the same for every reader and learn each event once, however appends interleave, fail and repeat', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'arrives', 'does not arrive');
    let voided = 0;
    let claims = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.infiniteStream(fault),
        fc.nat({ max: 1_000 }),
        async (scheduler, faults, cut) => {
          const log = memoryEventLog({ partitions: 1 });
          const shared = faultyLog(log, scheduler, faults[Symbol.iterator]());
          const owners = [new Owner(shared, 'one'), new Owner(shared, 'other')];
          await scheduler.waitFor(Promise.all(owners.map((owner) => owner.work(3))));
          const last = new Owner(log, 'last');
          await last.work(1);

          const records = await recordsOf(log);
          const whole = new LabelFence();
          const verdicts = records.map((record) => whole.take(record));
          const counted = records.flatMap((record, i) =>
            verdicts[i] === 'counts' && record.kind === 'label' ? [record.label.requestId] : [],
          );
          expect([...counted].sort()).toEqual(Array.from({ length: EVENTS }, (_, n) => `e${n}`).sort());
          expect(last.learned.map(({ label }) => label.requestId)).toEqual(counted);
          // What an owner folded while it owned the partition is what the log says, as far as it came.
          for (const { learned } of owners)
            for (const { label, offset } of learned.filter(({ offset: at }) => verdicts[at] !== 'void'))
              expect(records[offset]).toMatchObject({ kind: 'label', label: { requestId: label.requestId } });
          const at = cut % (records.length + 1);
          const before = new LabelFence();
          for (const record of records.slice(0, at)) before.take(record);
          const after = new LabelFence(structuredClone(before.state));
          expect(records.slice(at).map((record): Verdict => after.take(record))).toEqual(verdicts.slice(at));
          voided += verdicts.filter((verdict) => verdict === 'void').length;
          claims += verdicts.filter((verdict) => verdict === 'claimed').length;
        },
      ),
      { seed: 7, numRuns: 150 },
    );
    // The property would be empty if nobody had got in anybody's way.
    expect(voided).toBeGreaterThan(500);
    expect(claims).toBeGreaterThan(400);
  });

  it('of a former owner are void, and tell it that it is one', async () => {
    const log = memoryEventLog({ partitions: 1 });
    const [first, second] = [new Owner(log, 'first'), new Owner(log, 'second')];
    const none = (): Promise<void> => Promise.resolve();
    await first.labels.claim(NOON_MS, () => true, none);
    await first.labels.append([labelOfEvent(0)]);
    const seen: CountedLabel[] = [];
    await second.labels.claim(
      NOON_MS,
      () => true,
      (labels) => Promise.resolve(void seen.push(...labels)),
    );
    await expect(first.labels.append([labelOfEvent(1)])).rejects.toMatchObject({ code: 'store/owned' });
    await expect(first.labels.append([labelOfEvent(2)])).rejects.toBeInstanceOf(PartitionLost);
    const counted = await second.labels.append([labelOfEvent(1)]);
    expect([...seen, ...counted].map(({ label }) => label.requestId)).toEqual(['e0', 'e1']);
    // The label, and its own first claim: it had not read the other's yet.
    expect(second.labels.voided).toBe(2);
    expect(second.labels.ownerEpoch).toBe(2);
  });

  it('from before there were claims count until the first claim, and rubbish never does', async () => {
    const log = memoryEventLog({ partitions: 1 });
    const append = (value: Uint8Array): Promise<unknown> =>
      log.append('labels', [{ key: 'm0', value, timestampMs: NOON_MS }], 'written');
    await append(encodeLabel(labelOfEvent(0)));
    await append(Uint8Array.of(1, 2, 3));
    await append(encodeLabel(labelOfEvent(1)));
    const owner = new Owner(log, 'owner');
    await owner.labels.claim(
      NOON_MS,
      () => true,
      (labels) => Promise.resolve(void owner.learned.push(...labels)),
    );
    await append(encodeLabel(labelOfEvent(2)));
    const counted = await owner.labels.append([labelOfEvent(3)]);
    expect([...owner.learned, ...counted].map(({ label }) => label.requestId)).toEqual(['e0', 'e1', 'e3']);
    expect(owner.labels.voided).toBe(2);
  });

  it('are not claimed for who no longer wants the partition', async () => {
    const log = memoryEventLog({ partitions: 1 });
    const owner = new Owner(log, 'owner');
    expect(
      await owner.labels.claim(
        NOON_MS,
        () => false,
        () => Promise.resolve(),
      ),
    ).toBe(false);
    expect(await log.endOffsets('labels')).toEqual([0]);
    await expect(owner.labels.append([labelOfEvent(0)])).rejects.toBeInstanceOf(PartitionLost);
  });

  it('whose claim is no longer kept stand for it', () => {
    const fence = new LabelFence();
    const label = (ownerEpoch: number, ownerSequence: number): LabelsRecord => ({
      kind: 'label',
      label: { ...labelOfEvent(0), ownerEpoch, ownerSequence },
    });
    const verdicts = [label(4, 9), label(3, 1), label(4, 9), label(4, 10), label(0, 0)].map((record) =>
      fence.take(record),
    );
    expect(verdicts).toEqual(['counts', 'void', 'void', 'counts', 'void']);
    expect(fence.state).toEqual({ epoch: 4, owner: '', sequence: 10 });
  });
});
