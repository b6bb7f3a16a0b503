import { AppError, shown } from '../../core/errors.js';
import { groupMember, type GroupMember } from './group-member.js';
import { type ConsumeOptions, type Consumer, type LogRecord, type Topic, TOPICS } from './event-log.js';

/** A place in one topic partition that moves on as it is read. */
export interface Cursor {
  /** offset of the next record */
  readonly nextOffset: number;
  /** @returns the next records there are, at most `maxRecords`; none when all that exists has been read */
  read(maxRecords: number): Promise<readonly LogRecord[]>;
  close(): Promise<void>;
}

/** What consumers of one process need from the log behind them. */
export interface RecordSource {
  readonly partitions: number;
  /** offset of the oldest record kept */
  startOffset(topic: Topic, partition: number): number;
  /** offset after the newest record that may be read */
  endOffset(topic: Topic, partition: number): number;
  cursor(topic: Topic, partition: number, offset: number): Cursor;
}

export interface CommittedOffsets {
  committed(group: string, topic: Topic, partition: number): number | undefined;
  commit(group: string, topic: Topic, partition: number, offset: number): Promise<void>;
}

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: Topic;
  readonly partition: number;
}

export interface ConsumerGroups {
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Tells waiting consumers that a topic has new records. */
  grown(topic: Topic): void;
  /** Stops every consumer, after the batch it is at. */
  close(): Promise<void>;
}

/**
 * Consumer groups inside one process, shared by the logs that live in one. The members of a group share the partitions of each topic: partition p goes
 * to member p mod n of those that read the topic, in the order they joined. When that changes, a partition passes on only after the batch in
 * flight on it is done, and its new reader starts where the group has committed (or where its `startAt` says): at least once, in order.
 */
export function consumerGroups(source: RecordSource, offsets: CommittedOffsets): ConsumerGroups {
  const groups = new Map<string, Group>();
  return {
    async consume(options) {
      checkConsumption(options);
      let group = groups.get(options.group);
      if (group === undefined) groups.set(options.group, (group = new Group(source.partitions)));
      const member = groupMember(options, group, source, offsets);
      group.join(member);
      await member.shared;
      return member.consumer;
    },
    grown(topic) {
      for (const group of groups.values()) group.wake(topic);
    },
    async close() {
      await Promise.all([...groups.values()].map((group) => group.close()));
    },
  };
}

/** Who may read which partition: `targets` is the plan, `holders` who has it now. */
export class Group {
  readonly #members: GroupMember[] = [];
  readonly #targets = new Map<string, GroupMember>();
  readonly #holders = new Map<string, GroupMember>();
  /** moves on whenever a member may get or lose a partition */
  changes = 0;

  constructor(private readonly partitions: number) {}

  join(member: GroupMember): void {
    this.#members.push(member);
    this.#rebalance();
  }

  leave(member: GroupMember): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    for (const [key, holder] of this.#holders) if (holder === member) this.#holders.delete(key);
    this.#rebalance();
  }

  /** @returns whether `member` may read the partition now; it then holds it until released */
  hold(member: GroupMember, key: string): boolean {
    if (this.#targets.get(key) !== member) return false;
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder !== member) return false;
    this.#holders.set(key, member);
    return true;
  }

  /** Is the member to read the partition, by plan? */
  isPlanned(member: GroupMember, key: string): boolean {
    return this.#targets.get(key) === member;
  }

  /** May the member hold all of these now? Then it does. */
  holdAll(member: GroupMember, keys: readonly string[]): boolean {
    const isFree = (key: string): boolean => (this.#holders.get(key) ?? member) === member;
    if (!keys.every((key) => this.isPlanned(member, key) && isFree(key))) return false;
    for (const key of keys) this.#holders.set(key, member);
    return true;
  }

  release(member: GroupMember, keys: readonly string[]): void {
    this.changes++;
    for (const key of keys) {
      if (this.#holders.get(key) === member) this.#holders.delete(key);
      this.#targets.get(key)?.wake();
    }
  }

  /** Gives up a partition that the plan has moved to another member. @returns whether it was given up */
  releaseIfMoved(member: GroupMember, key: string): boolean {
    if (this.#targets.get(key) === member) return false;
    this.release(member, [key]);
    return true;
  }

  wake(topic: Topic): void {
    for (const member of this.#members) if (member.topics.includes(topic)) member.wake();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.consumer.close()));
  }

  #rebalance(): void {
    this.changes++;
    this.#targets.clear();
    for (const topic of TOPICS) {
      const readers = this.#members.filter((member) => member.topics.includes(topic));
      if (readers.length === 0) continue;
      for (let partition = 0; partition < this.partitions; partition++) {
        this.#targets.set(partitionKey({ topic, partition }), readers[partition % readers.length]!);
      }
    }
    for (const [key, holder] of this.#holders) {
      if (this.#targets.get(key) !== holder && holder.letGo(key)) this.#holders.delete(key);
    }
    for (const member of this.#members) member.wake();
  }
}

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** @throws AppError `log/unknown-topic` | `config/bad-value` */
export function checkConsumption(options: ConsumeOptions): void {
  for (const topic of options.topics) checkTopic(topic);
  const most = options.maxBatchRecords;
  if (most !== undefined && !(Number.isInteger(most) && most >= 1)) {
    throw new AppError('config/bad-value', `maxBatchRecords is ${shown(most)}; expected an integer ≥ 1`);
  }
}

/** @throws AppError `log/unknown-topic` */
export function checkTopic(topic: string): void {
  if (!(TOPICS as readonly string[]).includes(topic)) {
    throw new AppError('log/unknown-topic', `topic ${shown(topic)}; expected one of ${TOPICS.join(', ')}`);
  }
}
