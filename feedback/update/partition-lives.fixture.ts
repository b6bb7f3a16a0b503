import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import type { EventLog, LogRecord } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import {
  JOINED_TOPICS,
  type JoinedTopic,
  type JoinOutcome,
  type JoinSettings,
} from '../join/join-outcome.js';
import { REVISIONS, SCHEMA, type TopicRecord } from '../join/joined-events.fixture.js';
import type { RewardExpression } from '../join/reward-expression.js';
import { HorizonSweep } from './horizon-sweep.js';
import { LearnerPartition } from './learner-partition.js';
import { recoverPartition } from './partition-recovery.js';

/**
 * One partition on a real log of labels and a real store, that is killed and recovers as often as one likes. Nothing runs by itself: each call is one thing that
 * a learner does.
 */
export class PartitionLives {
  readonly log: EventLog = memoryEventLog({ partitions: 1 });
  readonly clock;
  readonly records: Record<JoinedTopic, LogRecord[]> = { decisions: [], impressions: [], plays: [] };
  /** by "topic/offset", with why */
  readonly refused = new Map<string, string>();
  readonly counts = new Map<JoinOutcome['kind'], number>();
  store: KeyValueStore = memoryKeyValue();
  lives = 0;
  #partition: LearnerPartition | undefined;
  #sweep: HorizonSweep;
  #writing: KeyValueBatch | undefined;
  #labelsLeft = Infinity;

  constructor(
    startMs: number,
    readonly settings: JoinSettings,
    readonly reward: RewardExpression,
  ) {
    this.clock = manualClock(startMs);
    this.#sweep = new HorizonSweep(this.clock);
  }

  async partition(): Promise<LearnerPartition> {
    if (this.#partition !== undefined) return this.#partition;
    const owner = `life-${++this.lives}`;
    const partition = new LearnerPartition(0, {
      log: this.log,
      store: this.store,
      clock: this.clock,
      timers: manualTimers(this.clock),
      context: { schema: SCHEMA, revisions: REVISIONS },
      models: [],
      reward: this.reward,
      join: this.settings,
      maxMemberHistories: 2,
      owner,
      recoveryGroup: owner,
    });
    await recoverPartition(partition, this.clock.nowMs());
    this.#sweep = new HorizonSweep(this.clock);
    return (this.#partition = partition);
  }

  async append({ topic, ...record }: TopicRecord): Promise<void> {
    this.records[topic].push({ ...record, offset: this.records[topic].length });
    await this.log.append(topic, [record], 'synced');
  }

  /** @param most records of the topic; undefined: all that there are */
  async take(topic: JoinedTopic, most = Infinity): Promise<void> {
    const partition = await this.partition();
    const from = partition.consumed[topic];
    const batch = this.records[topic].slice(from, from + most);
    await this.#settle(partition, await partition.take(topic, batch));
  }

  async sweep(): Promise<void> {
    const partition = await this.partition();
    const ends = JOINED_TOPICS.map((topic) => [this.records[topic].length]);
    const horizonMs = this.#sweep.horizon(partition, this.#sweep.timeIn(partition), ends);
    if (horizonMs !== undefined) await this.#settle(partition, partition.join.advanceHorizon(horizonMs));
    for await (const outcomes of partition.joins.sweep()) await this.#settle(partition, outcomes);
  }

  /** A checkpoint begins: from here on the partition goes on, and nothing is written yet. */
  async encode(): Promise<void> {
    await this.write();
    const { puts, deletes } = (await this.partition()).encodeCheckpoint();
    this.#writing = { puts: [...puts], deletes: [...deletes] };
  }

  /** The checkpoint under way, if there is one, is written. */
  async write(): Promise<void> {
    if (this.#writing === undefined) return;
    await this.store.write(this.#writing);
    this.#writing = undefined;
    this.#partition?.saved();
  }

  /** Whatever was in memory is gone. */
  kill(): void {
    this.#partition = undefined;
    this.#writing = undefined;
  }

  /** Dies while it writes labels: so many still get to the log. */
  dieAfterLabels(labels: number): void {
    this.#labelsLeft = labels;
  }

  /** A learner takes over that has no checkpoint: it has the logs alone. */
  move(): void {
    this.kill();
    this.store = memoryKeyValue();
  }

  /** Keys of what the store keeps of open joins. */
  async storedJoins(): Promise<string[]> {
    const keys: string[] = [];
    for await (const [key] of this.store.scan('learner/'))
      if (/\/(decision|join|expiry)\//.test(key)) keys.push(key);
    return keys;
  }

  async #settle(partition: LearnerPartition, outcomes: readonly JoinOutcome[]): Promise<void> {
    for (const outcome of outcomes) {
      this.counts.set(outcome.kind, (this.counts.get(outcome.kind) ?? 0) + 1);
      if (outcome.kind === 'refused')
        this.refused.set(`${outcome.record.topic}/${outcome.record.offset}`, outcome.code);
    }
    const labels = outcomes.flatMap((outcome) =>
      outcome.kind === 'trial' || outcome.kind === 'labelled' ? [outcome] : [],
    );
    await partition.learn(labels.slice(0, this.#labelsLeft));
    this.#labelsLeft -= labels.length;
    if (this.#labelsLeft >= 0) return;
    this.#labelsLeft = Infinity;
    this.kill();
  }
}
