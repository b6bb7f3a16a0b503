import type { Admin, Kafka, Producer } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { partitionOf } from '../../../core/hash.js';
import { checkConsumption, checkTopic } from '../consumer-groups.js';
import type { EventLog, NewRecord, Position, Topic } from '../event-log.js';
import { GroupConsumer } from './kafka-consumer.js';
import { toMessage } from './kafka-record.js';
import {
  connectKafka,
  failed,
  kafkaSettings,
  patiently,
  retries,
  topicName,
  type KafkaEventLogOptions,
  type KafkaSettings,
} from './kafka-settings.js';
import { ensureTopics } from './kafka-topics.js';
import { registryWire } from './registry-wire.js';
import { ProduceQueue, type Outgoing } from './produce-queue.js';

/**
 * The event log on Kafka: the same partition for a key as the embedded log (murmur2, which is also the Java client's), acknowledged by every in-sync
 * replica (`acks = all`), so `written` and `synced` are the same here: what they survive is the topic's replication and `min.insync.replicas`.
 *
 * Missing topics are made on opening.
 *
 * @throws AppError `config/bad-value` | `log/failed`
 */
export async function kafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const settings = await withWire(kafkaSettings(options));
  const kafka = connectKafka(settings);
  const admin = kafka.admin();
  const queue = new ProduceQueue(() => connectProducer(kafka, settings), {
    ...settings,
    patienceMs: settings.maxRetryTimeMs + settings.requestTimeoutMs,
  });
  try {
    await admin.connect();
    await ensureTopics(admin, settings);
    await queue.open();
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), queue.close()]);
    throw error instanceof AppError ? error : failed('the event log could not be opened', error);
  }
  return new KafkaEventLog(settings, kafka, admin, queue);
}

async function withWire(settings: KafkaSettings): Promise<KafkaSettings> {
  const { schemaRegistry } = settings;
  if (schemaRegistry === undefined) return settings;
  return { ...settings, wire: await registryWire(schemaRegistry, (topic) => topicName(settings, topic)) };
}

async function connectProducer(kafka: Kafka, settings: KafkaSettings): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: retries(settings),
    // Every message says its partition.
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
}

class KafkaEventLog implements EventLog {
  readonly partitions: number;
  readonly #consumers = new Set<GroupConsumer>();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly kafka: Kafka,
    private readonly admin: Admin,
    private readonly queue: ProduceQueue,
  ) {
    this.partitions = settings.partitions;
  }

  async append(topic: Topic, records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw closed();
    checkTopic(topic);
    return await this.queue.append(records.map((record) => this.#outgoing(topic, record)));
  }

  async consume(options: Parameters<EventLog['consume']>[0]): ReturnType<EventLog['consume']> {
    // While the log closes its consumers may still append; a new one would never be stopped.
    if (this.#closing !== undefined) throw closed();
    checkConsumption(options);
    const consumer = new GroupConsumer(this.kafka, this.admin, this.settings, options);
    this.#consumers.add(consumer);
    const forget = (): boolean => this.#consumers.delete(consumer);
    consumer.stopped.then(forget, forget);
    return await consumer.start();
  }

  async endOffsets(topic: Topic): Promise<readonly number[]> {
    checkTopic(topic);
    const offsets = await patiently(this.settings, 'the offsets could not be read', () =>
      this.admin.fetchTopicOffsets(topicName(this.settings, topic)),
    );
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    this.#closed = true;
    await this.queue.drained();
    await Promise.allSettled([this.queue.close(), this.admin.disconnect()]);
  }

  #outgoing(topic: Topic, record: NewRecord): Outgoing {
    const bytes = Buffer.byteLength(record.key) + record.value.length;
    if (bytes > this.settings.maxRecordBytes) {
      throw new AppError(
        'log/record-too-large',
        `a record of ${bytes} bytes; expected at most ${this.settings.maxRecordBytes}`,
      );
    }
    const partition = partitionOf(record.key, this.partitions);
    return {
      topic: topicName(this.settings, topic),
      message: toMessage(record, partition, this.settings.wire),
      bytes,
    };
  }
}

function closed(): AppError {
  return new AppError('log/closed', 'the event log is closed; expected an open log');
}
