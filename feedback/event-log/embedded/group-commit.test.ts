import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../core/clock.js';
import { record, until } from '../contract/log-fixture.contract.js';
import type { Topic } from '../event-log.js';
import { GroupCommit } from './group-commit.js';
import { PartitionLog } from './partition-log.js';

const settings = { clock: systemClock, segmentBytes: 1e6, segmentMs: 1e9, tailBytes: 1e6 };

describe('group commit', () => {
  let root: string;
  let decisions: PartitionLog;
  let plays: PartitionLog;
  let commit: GroupCommit;
  /** what was done to which file, in order; the files are real, the spies only listen */
  let done: string[];
  const opened: PartitionLog[] = [];

  const openLog = async (topic: Topic): Promise<PartitionLog> => {
    const log = await PartitionLog.open(
      { topic, partition: 0, directory: join(root, topic) },
      settings,
      () => undefined,
    );
    opened.push(log);
    for (const act of ['write', 'sync'] as const) {
      const original = log[act].bind(log) as () => Promise<unknown>;
      vi.spyOn(log, act as 'sync').mockImplementation(async () => {
        const result = await original();
        done.push(`${act} ${topic}`);
        return result as undefined;
      });
    }
    return log;
  };
  const append = async (log: PartitionLog, durability: 'written' | 'synced', what: string): Promise<void> => {
    const { bytes } = log.stage(record('key', what), 3);
    commit.touch(log, bytes);
    await commit.settled(durability);
    done.push(what);
  };

  beforeEach(async () => {
    done = [];
    root = await mkdtemp(join(tmpdir(), 'marquee-commit-'));
    decisions = await openLog('decisions');
    plays = await openLog('plays');
    commit = new GroupCommit({
      fsyncIntervalMs: 1e6,
      onWritten: () => undefined,
      onRolled: () => Promise.resolve(),
    });
  });
  afterEach(async () => {
    commit.stop();
    await Promise.all(opened.splice(0).map((log) => log.close().catch(() => undefined)));
    await rm(root, { recursive: true, force: true });
  });

  it('writes all of one turn in one write per file, and syncs it once', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => append(i % 2 ? plays : decisions, 'synced', 'appended')),
    );
    expect(done.slice(0, 4).sort()).toEqual([
      'sync decisions',
      'sync plays',
      'write decisions',
      'write plays',
    ]);
    expect(done.slice(4)).toEqual(Array.from({ length: 50 }, () => 'appended'));
  });

  it('syncs what was appended before on any topic, not only the file it was asked for', async () => {
    await append(decisions, 'written', 'the decision');
    expect(done).toEqual(['write decisions', 'the decision']);
    await append(plays, 'synced', 'the play that cites it');
    expect(done.slice(-1)).toEqual(['the play that cites it']);
    expect(done.slice(2, -1).sort()).toEqual(['sync decisions', 'sync plays', 'write plays']);
  });

  it('lets callers that come during a pass share the next one', async () => {
    const first = append(plays, 'synced', 'first');
    await until(() => done.includes('write plays'));
    const later = Array.from({ length: 20 }, (_, i) => append(plays, 'synced', `later ${i}`));
    await Promise.all([first, ...later]);
    expect(done.filter((what) => what === 'sync plays')).toHaveLength(2);
  });

  it('syncs written records after fsyncIntervalMs though nobody asks', async () => {
    commit = new GroupCommit({
      fsyncIntervalMs: 1,
      onWritten: () => undefined,
      onRolled: () => Promise.resolve(),
    });
    await append(plays, 'written', 'appended');
    await until(() => done.includes('sync plays'));
  });

  it('stops for good at the first failed write, refusing what waits and what comes', async () => {
    await append(plays, 'synced', 'fine');
    await plays.close();
    const waiting = [append(plays, 'written', 'w'), append(decisions, 'synced', 's')];
    for (const { status, ...rest } of await Promise.allSettled(waiting)) {
      expect(status).toBe('rejected');
      expect(rest).toMatchObject({ reason: { code: 'log/failed' } });
    }
    expect(() => commit.mustWork()).toThrow(/the event log stopped/);
    await expect(append(decisions, 'written', 'later')).rejects.toMatchObject({ code: 'log/failed' });
  });

  it('stops for good at a failed fsync: nothing is called durable after it', async () => {
    await append(decisions, 'written', 'written only');
    await decisions.close();
    await expect(append(plays, 'synced', 'cites it')).rejects.toMatchObject({ code: 'log/failed' });
    await expect(append(plays, 'synced', 'again')).rejects.toMatchObject({ code: 'log/failed' });
    expect(done).not.toContain('cites it');
  });
});
