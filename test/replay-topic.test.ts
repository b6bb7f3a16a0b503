import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpMarqueeClient } from '../client/index.js';
import type { EventReport } from '../client/types.js';
import { kafkaCanRun, startBroker } from '../feedback/event-log/kafka/kafka-broker.fixture.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import type { KafkaServer } from '../scripts/kafka/kafka-server.js';
import type { Comparison } from '../src/administration/replay-topic.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { marqueeCommand, type Ended } from './support/marquee-command.js';
import { members, rows, titles } from './support/small-catalogue.js';

/** `marquee replay-topic`, as an operator runs it, on what the service itself has learned. */
const PATIENCE_MS = 300_000;
const PARTITIONS = 2;
const scratch = mkdtempSync(join(tmpdir(), 'marquee-replay-topic-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Replayed {
  readonly hash: string;
  readonly labels: number;
  readonly unlearnable: number;
  readonly voided: number;
  readonly skipped: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly partitions: readonly {
    readonly labels: number;
    readonly endOffset: number;
    readonly checkpoint: Comparison;
  }[];
}

interface Learned {
  readonly hash: string;
  /** an impression each */
  readonly trials: number;
  /** a reward each */
  readonly rewards: number;
}

/** One service, its settings in a file. */
class Service {
  readonly directory: string;
  readonly file: string;
  readonly seen = { trials: 0, rewards: 0 };

  constructor(
    name: string,
    readonly settings: Readonly<Record<string, unknown>> = {},
  ) {
    this.directory = join(scratch, name);
    this.file = `${this.directory}.json`;
    writeFileSync(this.file, JSON.stringify({ ...this.#base(), ...settings }));
  }

  #base() {
    return {
      data: { directory: this.directory },
      server: { port: 0 },
      roles: ['serve', 'learn'],
      eventLog: { partitions: PARTITIONS },
      features: { themes: ['horror', 'romance', 'star', 'comedy'] },
      learn: { checkpointIntervalMs: 50, halfLifeDays: 36_500 },
      log: { level: 'silent' },
    };
  }

  start(): Promise<Marquee> {
    return compose(loadConfig({ file: this.file, environment: {} }), { logger: pino({ level: 'silent' }) });
  }

  /** Pages, everything on them seen, every other one played. */
  async traffic(marquee: Marquee, pages: number): Promise<void> {
    const client = new HttpMarqueeClient({ baseUrl: `http://127.0.0.1:${await marquee.listen()}` });
    await client.putTitles(titles);
    await client.putRows(rows);
    await client.putMembers(members);
    for (let n = 0; n < pages; n++) {
      const { memberId } = members[n % members.length]!;
      const page = await client.home({ memberId, country: 'GB', language: 'en', device: 'tv' });
      const slots = page.rows.flatMap((row) => row.titles.map(({ slot }) => slot));
      const events = slots.flatMap((slot): EventReport[] => [
        { type: 'impression', token: page.token, slot },
        ...(slot % 2 === 0 ? [{ type: 'play', token: page.token, slot, watchedSeconds: 3600 } as const] : []),
      ]);
      await client.events(events);
      this.seen.trials += slots.length;
      this.seen.rewards += events.length - slots.length;
    }
  }

  /** What the next start finds. */
  async learned(): Promise<string> {
    const marquee = await this.start();
    await marquee.drained();
    const hash = marquee.learner!.hash();
    await marquee.close();
    return hash;
  }

  command(...args: readonly string[]): Promise<Ended> {
    return marqueeCommand('replay-topic', '--config', this.file, ...args);
  }

  async replay(...args: readonly string[]): Promise<Replayed> {
    const ended = await this.command('--json', ...args);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(ended.stdout) as Replayed;
  }
}

async function learnAndStop(service: Service): Promise<Learned> {
  const marquee = await service.start();
  await service.traffic(marquee, 60);
  await marquee.drained();
  const hash = marquee.learner!.hash();
  await marquee.close();
  return { hash, ...service.seen };
}

const kinds = (replayed: Replayed): string[] => replayed.partitions.map(({ checkpoint }) => checkpoint.kind);

describe('marquee replay-topic on the embedded log', () => {
  const service = new Service('embedded');
  let learned: Learned;
  beforeAll(async () => {
    learned = await learnAndStop(service);
  }, PATIENCE_MS);

  test(
    'gives the learner’s hash, and finds its checkpoint the same bit for bit',
    async () => {
      const replayed = await service.replay();
      expect(replayed.hash).toBe(learned.hash);
      expect(replayed.labels).toBe(learned.trials + learned.rewards);
      expect(kinds(replayed)).toEqual(['same', 'same']);
      expect(replayed).toMatchObject({ unlearnable: 0, skipped: 0 });
      expect(replayed.partitions.map(({ labels }) => labels > 50)).toEqual([true, true]);
      const table = await service.command();
      expect(table.stdout).toContain(`statistics: ${learned.hash}`);
      expect(table.stdout).toContain('the same, bit for bit');
      expect(await service.learned()).toBe(learned.hash);
    },
    PATIENCE_MS,
  );

  test(
    'finds a checkpoint that is not what its labels say, and puts it right where that is asked for',
    async () => {
      const damaged = join(scratch, 'damaged');
      cpSync(service.directory, damaged, { recursive: true });
      const store = lmdbKeyValue({ path: join(damaged, 'learner') });
      const [key, row] = await firstRow(store.scan('learner/00000/row/'));
      // The exponent of n.
      const changed = Uint8Array.from(row, (byte, i) => (i === 14 ? byte ^ 1 : byte));
      await store.write({ puts: [[key, changed]] });
      await store.close();
      const found = await service.command('--json', '--data', damaged);
      expect(found.code).toBe(1);
      expect(kinds(JSON.parse(found.stdout) as Replayed)).toEqual(['different', 'same']);
      const refused = await service.command('--data', damaged, '--into', damaged);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--replace') as string });
      await service.command('--data', damaged, '--into', damaged, '--replace');
      expect(kinds(await service.replay('--data', damaged))).toEqual(['same', 'same']);
    },
    PATIENCE_MS,
  );

  test(
    'leaves a checkpoint that a learner starts from: with what the live one knew of joins, or of nothing but the labels',
    async () => {
      for (const hasLive of [true, false]) {
        const from = join(scratch, `from-${hasLive}`);
        const into = join(scratch, `into-${hasLive}`);
        cpSync(service.directory, from, { recursive: true });
        if (!hasLive) rmSync(join(from, 'learner'), { recursive: true });
        const replayed = await service.replay('--data', from, '--into', into);
        expect(kinds(replayed)).toEqual(Array(2).fill(hasLive ? 'same' : 'not-compared'));
        expect(existsSync(join(from, 'learner'))).toBe(hasLive);
        rmSync(join(from, 'learner'), { recursive: true, force: true });
        cpSync(join(into, 'learner'), join(from, 'learner'), { recursive: true });
        const moved = new Service(`moved-${hasLive}`, { data: { directory: from } });
        expect(await moved.learned()).toBe(learned.hash);
        // Every event is still known: none is learned again.
        expect(await service.replay('--data', from)).toMatchObject({
          hash: learned.hash,
          ...sizes(replayed),
        });
      }
    },
    PATIENCE_MS,
  );

  test(
    'begins where it is told: labels from before are left out, and nothing is compared',
    async () => {
      const all = await service.replay();
      const late = await service.replay('--from', '2999-01-01');
      expect(late).toMatchObject({ labels: 0, skipped: all.labels });
      const later = await service.replay('--from', '20');
      expect(later.labels).toBeGreaterThan(0);
      expect(later.labels + later.skipped).toBe(all.labels);
      expect(later.hash).not.toBe(all.hash);
      expect(kinds(later)).toEqual(['not-compared', 'not-compared']);
      const wrong = await service.command('--from', 'yesterday');
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toContain('2026-01-31T18:00:00Z');
    },
    PATIENCE_MS,
  );

  test(
    'refuses directories that are in use, and one that is not there',
    async () => {
      const marquee = await service.start();
      const other = new Service('other');
      const running = await other.start();
      try {
        const live = await service.command();
        expect(live).toMatchObject({ code: 2, stderr: expect.stringContaining('store/owned') as string });
      } finally {
        await marquee.close();
      }
      const into = await service.command('--into', other.directory, '--replace');
      await running.close();
      expect(into).toMatchObject({ code: 2, stderr: expect.stringContaining('store/owned') as string });
      const absent = join(scratch, 'absent');
      expect(await service.command('--data', absent)).toMatchObject({ code: 2 });
      expect(existsSync(absent)).toBe(false);
    },
    PATIENCE_MS,
  );
});

const sizes = ({ labels, rows: learnedRows }: Replayed) => ({ labels, rows: learnedRows });

async function firstRow(
  entries: AsyncIterable<readonly [string, Uint8Array]>,
): Promise<readonly [string, Uint8Array]> {
  for await (const entry of entries) return entry;
  throw new Error('the checkpoint has no rows');
}

describe.runIf(kafkaCanRun)('marquee replay-topic on Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startBroker();
  }, 600_000);
  afterAll(() => kafka.stop());

  test(
    'gives the running learner’s hash beside it, and its checkpoint’s once it has stopped',
    async () => {
      mkdirSync(join(scratch, 'kafka'));
      const service = new Service('kafka', {
        eventLog: {
          ...{ adapter: 'kafka', partitions: PARTITIONS },
          kafka: { brokers: [kafka.broker], replicationFactor: 1 },
        },
      });
      const marquee = await service.start();
      await service.traffic(marquee, 20);
      await marquee.drained();
      const beside = await service.replay();
      const hash = marquee.learner!.hash();
      await marquee.close();
      expect(beside.hash).toBe(hash);
      expect(beside.labels).toBe(service.seen.trials + service.seen.rewards);
      expect(beside.partitions.map(({ checkpoint }) => checkpoint)).toEqual(
        Array(PARTITIONS).fill({
          kind: 'not-compared',
          message: expect.stringContaining(`in use by process ${process.pid}`) as string,
        }),
      );
      const after = await service.replay();
      expect(after.hash).toBe(hash);
      expect(kinds(after)).toEqual(['same', 'same']);
    },
    PATIENCE_MS,
  );
});
