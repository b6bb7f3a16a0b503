import { setTimeout as wait } from 'node:timers/promises';
import type {
  Admin,
  Consumer as KafkaConsumer,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
  Kafka,
} from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { partitionKey } from '../consumer-groups.js';
import type { ConsumeOptions, Consumer, Topic } from '../event-log.js';
import { failed, patiently, retries, topicName, type KafkaSettings } from './kafka-settings.js';
import { samePartitionTogether } from './partition-assigner.js';
import { GroupShare } from './group-share.js';
import { outOfRange, PartitionReader } from './partition-reader.js';

/**
 * One member of a consumer group, as the port wants it: one batch in flight, in offset order, from where `startAt` says; handed over only when the batch in
 * flight is done. A member that is silent for the session's length (a stopped process) is given up by the group, and what it then commits is refused.
 */
export class GroupConsumer implements Consumer {
  readonly stopped: Promise<void>;
  readonly #consumer: KafkaConsumer;
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
    this.#consumer = kafka.consumer({
      groupId: settings.prefix + options.group,
      partitionAssigners: [samePartitionTogether],
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatIntervalMs,
      maxWaitTimeInMs: settings.fetchWaitMs,
      maxBytesPerPartition: settings.maxFetchBytesPerPartition,
      allowAutoTopicCreation: false,
      // A broker that is away comes back: consumers wait for it, however long.
      retry: { ...retries(settings), restartOnFailure: () => Promise.resolve(this.#closing === undefined) },
    });
  }

  async start(): Promise<this> {
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, (event) => {
      this.#assigned(event);
    });
    this.#consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.#fail(failed('the consumer stopped', payload.error));
    });
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#topics.keys()], fromBeginning: true });
    } catch (error) {
      throw failed('the consumer could not start', error);
    }
    // Resolves with the first share, which a member that is busy with a batch may hold up; a failure is a CRASH.
    const running = this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
    const shared = running.then(() => this.#share.told);
    await Promise.race([shared, wait(this.settings.joinPatienceMs, undefined, { ref: false })]);
    return this;
  }

  async commit(topic: Topic, partition: number, offset: number): Promise<void> {
    const { low, high } = await this.#range(topic, partition);
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= high))
      throw outOfRange(topic, partition, offset, low, high);
    try {
      const name = topicName(this.settings, topic);
      await this.#consumer.commitOffsets([{ topic: name, partition, offset: String(offset) }]);
    } catch (error) {
      throw failed('the offset could not be committed', error);
    }
  }

  close(): Promise<void> {
    // Not before the batch in flight is done: a consumer that is stopping drops commits without a word.
    this.#closing ??= this.#inFlight
      .then(() => this.#share.close())
      .catch((error: unknown) => {
        this.#stop.reject(error);
      })
      .then(() => this.#consumer.disconnect())
      .catch(() => undefined)
      .then(() => {
        this.#stop.resolve();
      });
    return this.#closing;
  }

  #assigned({ payload }: ConsumerGroupJoinEvent): void {
    this.#rebalancing = false;
    const places = Object.entries(payload.memberAssignment).flatMap(([name, partitions]) => {
      const topic = this.#topics.get(name);
      return topic === undefined ? [] : partitions.map((partition) => ({ topic, name, partition }));
    });
    const partitions = new Set(places.map(({ partition }) => partition));
    this.#share
      .update(payload.memberId, partitions, async () => {
        if (this.#closing !== undefined) return;
        this.#keep(new Set(places.map(partitionKey)));
        await Promise.all(places.map((place) => this.#readerOf(place).position()));
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
      seek: (offset) => {
        this.#consumer.seek({ topic: name, partition, offset: String(offset) });
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
    const beat = setInterval(() => {
      payload.heartbeat().catch(() => (this.#rebalancing = true));
    }, this.settings.heartbeatIntervalMs);
    try {
      // A share that is being taken is waited for: what was fetched meanwhile is from where the group would have gone on.
      await this.#share.settled;
      await this.#readers.get(partitionKey({ topic, partition: batch.partition }))?.read(payload);
    } catch (error) {
      this.#fail(error);
    } finally {
      clearInterval(beat);
    }
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
}
