import { expect, it } from 'vitest';
import type { Consumer, EventLog } from '../event-log.js';
import { gate, logOpener, type LogFactory, record, records, until } from './log-fixture.contract.js';

/** A member that writes down what it is told and given, and commits what it took in when it is to give it up. */
class Member {
  readonly told: string[] = [];
  readonly held = new Set<number>();
  readonly taken: string[] = [];
  readonly next = new Map<number, number>();
  consumer!: Consumer;

  static async join(log: EventLog, group = 'g'): Promise<Member> {
    const member = new Member();
    member.consumer = await log.consume({
      group,
      topics: ['plays'],
      maxBatchRecords: 10,
      startAt: (_topic, partition) => {
        member.told.push(`startAt ${partition}`);
        return Promise.resolve(undefined);
      },
      onAssigned: async (partitions) => {
        await Promise.resolve();
        member.told.push(`assigned ${partitions.join(',')}`);
        for (const partition of partitions) member.held.add(partition);
      },
      onRevoked: async (partitions) => {
        for (const partition of partitions) {
          const next = member.next.get(partition);
          if (next !== undefined)
            await member.consumer.commit('plays', partition, next).catch(() => undefined);
          member.held.delete(partition);
        }
        member.told.push(`revoked ${[...partitions].sort((a, b) => a - b).join(',')}`);
      },
      onBatch: async ({ partition, records: got }) => {
        expect(member.held.has(partition)).toBe(true);
        for (const { offset } of got) member.taken.push(`${partition}:${offset}`);
        member.next.set(partition, got.at(-1)!.offset + 1);
        await Promise.resolve();
      },
    });
    return member;
  }

  get shares(): number[] {
    return [...this.held].sort((a, b) => a - b);
  }
}

export function assigningContract(factory: LogFactory): void {
  const open = logOpener(factory);

  it('tells a consumer of its share before asking where to start, and takes it back when it closes', async () => {
    const log = await open(3);
    const member = await Member.join(log);
    await log.append('plays', records(30, 2), 'written');
    await until(() => member.taken.length === 60);
    expect(member.told[0]).toBe('assigned 0,1,2');
    expect(member.told.slice(1).sort()).toEqual(['startAt 0', 'startAt 1', 'startAt 2']);
    await member.consumer.close();
    expect(member.told.slice(4)).toEqual(['revoked 0,1,2']);
  });

  it('moves partitions between members that come and go, all of them held by somebody in the end', async () => {
    const log = await open(4);
    const first = await Member.join(log);
    await log.append('plays', records(40, 5), 'written');
    await until(() => first.taken.length === 200);
    const second = await Member.join(log);
    await until(() => first.held.size === 2 && second.held.size === 2);
    expect([...first.shares, ...second.shares].sort()).toEqual([0, 1, 2, 3]);
    await log.append('plays', records(40, 5), 'written');
    await until(() => new Set([...first.taken, ...second.taken]).size === 400);
    await first.consumer.close();
    await until(() => second.held.size === 4);
    await log.append('plays', records(40, 5), 'written');
    await until(() => new Set([...first.taken, ...second.taken]).size === 600);
    expect(first.held.size).toBe(0);
    // Asked anew about each partition that it got later.
    expect(second.told.filter((line) => line.startsWith('startAt')).sort()).toEqual([
      'startAt 0',
      'startAt 1',
      'startAt 2',
      'startAt 3',
    ]);
    await second.consumer.close();
  });

  it('tells of an empty share too, and of a later one', async () => {
    const log = await open(1);
    const first = await Member.join(log);
    await until(() => first.held.size === 1);
    const second = await Member.join(log);
    await until(
      () => first.told.length + second.told.length >= 2 && first.held.size + second.held.size === 1,
    );
    const [holder, other] = first.held.size === 1 ? [first, second] : [second, first];
    await holder.consumer.close();
    await until(() => other.held.size === 1);
    await other.consumer.close();
  });

  it('reads nothing while a consumer makes itself ready, and stops when it cannot', async () => {
    const log = await open(1);
    const door = gate();
    const texts: string[] = [];
    const slow = await log.consume({
      group: 'slow',
      topics: ['plays'],
      onAssigned: () => door.opened,
      onBatch: async ({ records: got }) => {
        texts.push(...got.map(({ key }) => key));
        await Promise.resolve();
      },
    });
    await log.append('plays', [record('k', 'v')], 'synced');
    const quick: string[] = [];
    const other = await log.consume({
      group: 'quick',
      topics: ['plays'],
      onBatch: async ({ records: got }) => {
        quick.push(...got.map(({ key }) => key));
        await Promise.resolve();
      },
    });
    await until(() => quick.length === 1);
    expect(texts).toEqual([]);
    door.open();
    await until(() => texts.length === 1);
    await Promise.all([slow.close(), other.close()]);
    const unable = await log.consume({
      group: 'unable',
      topics: ['plays'],
      onAssigned: () => Promise.reject(new Error('no room')),
      onBatch: () => Promise.resolve(),
    });
    await expect(unable.stopped).rejects.toThrow('no room');
  });
}
