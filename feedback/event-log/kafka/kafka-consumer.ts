import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { partitionKey } from '../consumer-groups.js';
import type { ConsumeOptions, Consumer, Topic } from '../event-log.js';
import { GroupClient } from './group-client.js';
import { GroupShare } from './group-share.js';
import { patiently, topicName, type KafkaSettings } from './kafka-settings.js';
import { outOfRange, PartitionReader } from './partition-reader.js';

/**
 * One member of a consumer group, as the port wants it: one batch in flight, in offset order, from where `startAt` says; handed over only when the batch in
 * flight is done. A member that is silent for the session's length (a stopped process) is given up by the group, and what it then commits is refused.
 */
export class GroupConsumer implements Consumer {
  readonly stopped: Promise<void>;
  readonly #client: GroupClient;
  readonly #readers = new Map<string, PartitionReader>();
  readonly #topics: ReadonlyMap<string, Topic>;
  readonly #share: GroupShare;
  #rebalancing = false;
  #inFlight: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #stop!: { resolve: () => void; reject: (cause: unknown) => void };

  constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly settings: KafkaSettings,
    private readonly options: ConsumeOptions,
  ) {
    this.#topics = new Map(options.topics.map((topic) => [topicName(settings, topic), topic]));
    this.#share = new GroupShare(options, (partition) => this.#drop(partition));
    this.stopped = new Promise((resolve, reject) => (this.#stop = { resolve, reject }));
    // Whoever does not watch it must not be ended by it.
    this.stopped.catch(() => undefined);
    this.#client = new GroupClient({
      kafka,
      settings,
      groupId: this.#groupId,
      topics: [...this.#topics.keys()],
      onShare: (share) => {
        this.#assigned(share);
      },
      onBatch: (payload) => this.#eachBatch(payload),
      onFault: (fault) => {
        this.#fail(fault);
      },
    });
  }

  async start(): Promise<this> {
    const { running } = await this.#client.open();
    const shared = running.then(() => this.#share.told);
    await Promise.race([shared, wait(this.settings.joinPatienceMs, undefined, { ref: false })]);
    return this;
  }

  get heldBytes(): number {
    return this.#client.heldBytes;
  }

  async commit(topic: Topic, partition: number, offset: number): Promise<void> {
    const { low, high } = await this.#range(topic, partition);
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= high))
      throw outOfRange(topic, partition, offset, low, high);
    await this.#client.commit(topicName(this.settings, topic), partition, offset);
  }

  close(): Promise<void> {
    // Not before the batch in flight is done: a consumer that is stopping drops commits without a word.
    this.#closing ??= this.#inFlight
      .then(() => this.#share.close())
      .catch((error: unknown) => {
        this.#stop.reject(error);
      })
      .then(() => this.#client.close())
      .then(() => {
        this.#stop.resolve();
      });
    return this.#closing;
  }

  get #groupId(): string {
    return this.settings.prefix + this.options.group;
  }

  #assigned({ memberId, memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    this.#rebalancing = false;
    const places = Object.entries(memberAssignment).flatMap(([name, partitions]) => {
      const topic = this.#topics.get(name);
      return topic === undefined ? [] : partitions.map((partition) => ({ topic, name, partition }));
    });
    const partitions = new Set(places.map(({ partition }) => partition));
    this.#share
      .update(memberId, partitions, async (isNewMember) => {
        if (this.#closing !== undefined) return;
        this.#keep(new Set(places.map(partitionKey)));
        await Promise.all(places.map((place) => this.#readerOf(place).position(isNewMember)));
      })
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  #keep(keys: ReadonlySet<string>): void {
    for (const key of this.#readers.keys()) if (!keys.has(key)) this.#readers.delete(key);
  }

  #drop(partition: number): void {
    for (const topic of this.#topics.values()) this.#readers.delete(partitionKey({ topic, partition }));
  }

  #readerOf(place: {
    readonly topic: Topic;
    readonly name: string;
    readonly partition: number;
  }): PartitionReader {
    const key = partitionKey(place);
    const reader = this.#readers.get(key) ?? this.#reader(place.topic, place.name, place.partition);
    this.#readers.set(key, reader);
    return reader;
  }

  #reader(topic: Topic, name: string, partition: number): PartitionReader {
    return new PartitionReader({
      topic,
      partition,
      consumption: this.options,
      wire: this.settings.wire,
      range: () => this.#range(topic, partition),
      committed: () => this.#committed(name, partition),
      seek: (offset) => {
        this.#client.seek(name, partition, offset);
      },
      interrupted: () => this.#rebalancing || this.#closing !== undefined,
    });
  }

  #eachBatch(payload: EachBatchPayload): Promise<void> {
    return (this.#inFlight = this.#handOn(payload));
  }

  /** Never rejects: kafkajs would hand the same batch on again. */
  async #handOn(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const topic = this.#topics.get(batch.topic);
    if (topic === undefined || this.#closing !== undefined) return;
    // However long a batch takes, the group hears of us; and we hear when it wants to share anew.
    const beat = setInterval(() => void this.#beat(payload), this.settings.heartbeatIntervalMs);
    try {
      if (this.#rebalancing) await this.#beat(payload);
      // A share that is being taken is waited for: what was fetched meanwhile is from where the group would have gone on.
      await this.#share.settled;
      await this.#readers.get(partitionKey({ topic, partition: batch.partition }))?.read(payload);
    } catch (error) {
      this.#fail(error);
    } finally {
      clearInterval(beat);
    }
  }

  /** One that fails may mean that the group shares anew, or that a broker was slow to answer: the next that does not fail tells. Never rejects. */
  async #beat(payload: EachBatchPayload): Promise<void> {
    await payload.heartbeat().then(
      () => (this.#rebalancing = false),
      () => (this.#rebalancing = true),
    );
  }

  #fail(cause: unknown): void {
    this.#share.abandon();
    this.#stop.reject(cause);
    void this.close();
  }

  async #range(topic: Topic, partition: number): Promise<{ low: number; high: number }> {
    const offsets = await patiently(this.settings, 'the offsets could not be read', () =>
      this.admin.fetchTopicOffsets(topicName(this.settings, topic)),
    );
    const found = offsets.find((one) => one.partition === partition);
    if (found === undefined)
      throw new AppError(
        'log/offset-out-of-range',
        `partition ${partition} of ${topic}; expected one there is`,
      );
    return { low: Number(found.low), high: Number(found.high) };
  }

  /** where the group goes on; -1: nothing was committed */
  async #committed(name: string, partition: number): Promise<number> {
    const [found] = await patiently(this.settings, 'the committed offsets could not be read', () =>
      this.admin.fetchOffsets({ groupId: this.#groupId, topics: [name] }),
    );
    return Number(found?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
  }
}
