import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import { kafkaCanRun, startBroker } from '../../feedback/event-log/kafka/kafka-broker.fixture.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import { DEFAULT_JOIN_SETTINGS } from '../../feedback/join/join-outcome.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  REVISIONS,
  SCHEMA,
  type TopicRecord,
} from '../../feedback/join/joined-events.fixture.js';
import { countedLabels } from '../../feedback/update/counted-labels.fixture.js';
import { expectedJoin, type HappenedEvent } from '../../feedback/update/reference-join.fixture.js';
import { replayLabels, type ReplayedLabels } from '../../feedback/update/replay-labels.js';
import { startLearner } from '../../feedback/update/start-learner.js';
import { hashStatistics } from '../../feedback/update/statistics-hash.js';
import type { KafkaServer } from '../../scripts/kafka/kafka-server.js';
import { asId, type MemberId } from '../../core/ids.js';
import { until } from '../support/until.js';
import { openKafka } from './kafka-log.js';
import { LEARNED_MODEL } from './learned-model.js';
import { LearnerProcess, type LearnerReport } from './learner-process.js';

const PARTITIONS = 4;
const MEMBERS = 40;
const PATIENCE_MS = 120_000;
const CONTEXT = { schema: SCHEMA, revisions: REVISIONS };

/** What happens on page r: decided, seen, played, now and then in another order or twice. */
function happenings(request: number, rng: ReturnType<typeof seededRng>): HappenedEvent[] {
  const memberId = asId<MemberId>(`m${request % MEMBERS}`);
  const page: HappenedEvent[] = [
    { topic: 'decisions', event: decisionOf(request, { memberId }) },
    { topic: 'impressions', event: impressionOf(request, 0, { memberId }) },
    { topic: 'impressions', event: impressionOf(request, 1, { memberId }) },
  ];
  const seconds = [0, 60, 400, 4_000][rng.below(4)]!;
  if (seconds > 0) page.push({ topic: 'plays', event: playOf(request, rng.below(3), seconds, { memberId }) });
  if (rng.below(4) === 0) page.push(page[1 + rng.below(page.length - 1)]!);
  if (rng.below(4) === 0) page.reverse();
  return page;
}

function recordOf(happened: HappenedEvent): TopicRecord {
  switch (happened.topic) {
    case 'decisions':
      return decisionRecord(happened.event);
    case 'impressions':
      return impressionRecord(happened.event);
    case 'plays':
      return playRecord(happened.event);
  }
}

/** Goes on appending pages, a few at a time, until told to stop. */
class Traffic {
  readonly happened: HappenedEvent[] = [];
  readonly #rng = seededRng(4);
  #pages = 0;

  constructor(readonly log: EventLog) {}

  async pages(count: number): Promise<void> {
    for (const end = this.#pages + count; this.#pages < end; this.#pages += 5) {
      const some = Array.from({ length: 5 }, (_, i) => happenings(this.#pages + i, this.#rng)).flat();
      this.happened.push(...some);
      for (const topic of ['decisions', 'impressions', 'plays'] as const) {
        const records = some.filter((one) => one.topic === topic).map(recordOf);
        if (records.length > 0) await this.log.append(topic, records, 'synced');
      }
    }
  }
}

async function calmly(happened: readonly HappenedEvent[]): Promise<ReplayedLabels> {
  const log = memoryEventLog({ partitions: PARTITIONS });
  for (const { topic, ...record } of happened.map(recordOf)) await log.append(topic, [record], 'written');
  const learner = await startLearner({
    ...{ log, store: memoryKeyValue(), clock: manualClock(NOON_MS), models: [LEARNED_MODEL] },
    ...CONTEXT,
    onSnapshot: () => undefined,
  });
  await learner.drained();
  await learner.close();
  return replayLabels(log, [LEARNED_MODEL], CONTEXT);
}

/** Every sum of every row the same, but for the order in which it was added up. */
function expectSameSums(found: ReplayedLabels, wanted: ReplayedLabels): void {
  const d = SCHEMA.dimension;
  for (const [p, { models }] of wanted.partitions.entries()) {
    const [mine, theirs] = [found.partitions[p]!.models[0]!.arms, models[0]!.arms];
    expect(mine.rows).toBe(theirs.rows);
    for (let row = 0; row < theirs.rows; row++) {
      expect(mine.asOfMs(row)).toBe(theirs.asOfMs(row));
      const sums = [mine, theirs].map((arms) => {
        const [outer, rewarded] = [new Float64Array((d * (d + 1)) / 2), new Float64Array(d)];
        arms.readSums(row, outer, rewarded);
        return [arms.trials(row), arms.rewardSum(row), ...outer, ...rewarded];
      });
      for (const [i, sum] of sums[0]!.entries())
        expect(Math.abs(sum - sums[1]![i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(sum)));
    }
  }
}

describe.runIf(kafkaCanRun)('two learners in processes of their own, on a real broker', () => {
  let server: KafkaServer;
  let directory: string;
  const processes: LearnerProcess[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'marquee-learners-'));
    server = await startBroker();
  }, 600_000);
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = (name: string, prefix: string, slowMs?: number): LearnerProcess => {
    const learner = new LearnerProcess({
      ...{ broker: server.broker, prefix, partitions: PARTITIONS, directory: join(directory, prefix + name) },
      ...(slowMs !== undefined && { slowMs }),
    });
    processes.push(learner);
    return learner;
  };
  const owns = (learner: LearnerProcess, count: number): Promise<LearnerReport> =>
    until(
      `a learner that owns ${count} partitions`,
      () => learner.report(),
      ({ stats }) => stats.partitions.length === count,
      PATIENCE_MS,
    );

  it('count every event once through a kill, a stop longer than the session, and every sharing anew', async () => {
    const prefix = 'shared.';
    const log = await openKafka({ broker: server.broker, prefix, partitions: PARTITIONS });
    const traffic = new Traffic(log);
    const first = start('first', prefix);
    await owns(first, PARTITIONS);
    await traffic.pages(100);
    const second = start('second', prefix);
    await Promise.all([owns(first, 2), owns(second, 2), traffic.pages(100)]);

    // Killed in the middle of things; the other takes over, and it comes back with what it had kept.
    const flowing = traffic.pages(100);
    await first.kill();
    await flowing;
    await owns(second, PARTITIONS);
    const again = start('first', prefix);
    await Promise.all([owns(again, 2), traffic.pages(100)]);

    // Stopped for longer than the session lasts; it wakes up believing that its partitions are its own.
    const stopping = traffic.pages(100);
    second.signal('SIGSTOP');
    await stopping;
    await owns(again, PARTITIONS);
    await traffic.pages(50);
    second.signal('SIGCONT');
    await traffic.pages(100);

    // While partitions still move, two reports may be of the same ones: what is asked for is an end at which each has its own.
    const reports = await until(
      'two learners that have drained a half each',
      () => Promise.all([again, second].map((learner) => learner.report({ drained: true }))),
      (found) =>
        found
          .flatMap(({ stats }) => stats.partitions)
          .sort()
          .join() === '0,1,2,3',
      PATIENCE_MS,
    );
    const replayed = await replayLabels(log, [LEARNED_MODEL], CONTEXT);
    const { rewards } = expectedJoin(
      traffic.happened,
      DEFAULT_JOIN_SETTINGS.attributionWindowMs,
      ({ watchedSeconds }) => (watchedSeconds >= 360 ? 1 : 0),
    );
    const counted = new Map<string, number>();
    for (const { kind, requestId, slot, rewardAfter } of await countedLabels(log, 'check')) {
      const key = `${requestId}/${slot}`;
      expect(counted.has(key), `${kind} of ${key}`).toBe(kind === 'reward');
      counted.set(key, rewardAfter);
    }
    expect([...counted].sort()).toEqual([...rewards].sort());
    for (const { stats, hash } of reports)
      expect(hash).toBe(hashStatistics(stats.partitions.map((p) => replayed.partitions[p]!)));
    expectSameSums(replayed, await calmly(traffic.happened));
    await log.close();
  }, 600_000);
});
