import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer as KafkaConsumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { failed, retries, type KafkaSettings } from './kafka-settings.js';
import { samePartitionTogether } from './partition-assigner.js';

export interface GroupClientOptions {
  readonly kafka: Kafka;
  readonly settings: KafkaSettings;
  readonly groupId: string;
  /** by their names on the cluster */
  readonly topics: readonly string[];
  readonly onShare: (share: ConsumerGroupJoinEvent['payload']) => void;
  /** not to reject: the same batch would come again */
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
  /** it has given up, and is to be closed */
  readonly onFault: (fault: AppError) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * kafkajs' consumer, replaced by a new one whenever it crashes, which then joins the group as a new member. For a broker that is away it tries however long that
 * takes, a request's patience at a time; a failure that asking again does not mend is met `maxConsumerFailures` times in a row, then said.
 */
export class GroupClient {
  #consumer: KafkaConsumer;
  #running: Promise<void> = Promise.resolve();
  #renewal: NodeJS.Timeout | undefined;
  #failures = 0;
  #joinedAtMs = Infinity;
  /** by broker: the answer to its last fetch, which is worked off before the next */
  readonly #fetched = new Map<string, number>();
  #isClosed = false;

  constructor(private readonly options: GroupClientOptions) {
    this.#consumer = this.#create();
  }

  /**
   * @returns resolves with the first share, which a member that is busy with a batch may hold up, or when it is being tried anew
   * @throws AppError `log/failed` when the first try finds no brokers
   */
  async open(): Promise<{ readonly running: Promise<void> }> {
    try {
      await this.#begin(this.#consumer);
    } catch (error) {
      throw failed('the consumer could not start', error);
    }
    return { running: this.#running };
  }

  /** @throws AppError `log/failed` */
  async commit(topic: string, partition: number, offset: number): Promise<void> {
    try {
      await this.#consumer.commitOffsets([{ topic, partition, offset: String(offset) }]);
    } catch (error) {
      throw failed('the offset could not be committed', error);
    }
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  get heldBytes(): number {
    return [...this.#fetched.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#fetched.clear();
    clearTimeout(this.#renewal);
    // kafkajs cannot stop one that is joining: it would be a member that reads nothing. What joins later than this is refused its share.
    await Promise.race([
      this.#running,
      wait(this.options.settings.joinPatienceMs, undefined, { ref: false }),
    ]);
    await this.#consumer.disconnect().catch(() => undefined);
  }

  #create(): KafkaConsumer {
    const { kafka, settings, groupId } = this.options;
    const consumer = kafka.consumer({
      groupId,
      partitionAssigners: [samePartitionTogether],
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatIntervalMs,
      maxWaitTimeInMs: settings.fetchWaitMs,
      maxBytes: settings.maxFetchBytes,
      maxBytesPerPartition: settings.maxFetchBytesPerPartition,
      allowAutoTopicCreation: false,
      retry: { ...retries(settings), restartOnFailure: () => Promise.resolve(false) },
    });
    this.#watch(consumer);
    return consumer;
  }

  #watch(consumer: KafkaConsumer): void {
    const { GROUP_JOIN, CRASH, REQUEST } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      // Thrown where kafkajs joins: it crashes, for good.
      if (this.#isClosed) throw new AppError('log/closed', 'the consumer is closed; expected an open one');
      this.#joinedAtMs = performance.now();
      this.options.onShare(payload);
    });
    consumer.on(REQUEST, ({ payload: { apiName, broker, size } }) => {
      if (apiName === 'Fetch') this.#fetched.set(broker, size);
    });
    consumer.on(CRASH, ({ payload }) => {
      this.#fetched.clear();
      this.#renew(payload.error);
    });
  }

  async #begin(consumer: KafkaConsumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.options.topics], fromBeginning: true });
    if (this.#isClosed) return;
    // A failure is a CRASH.
    this.#running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.options.onBatch(payload),
    });
  }

  #renew(cause: unknown): void {
    if (this.#isClosed) return;
    const { settings, onFault } = this.options;
    if (performance.now() - this.#joinedAtMs > settings.sessionTimeoutMs) this.#failures = 0;
    this.#joinedAtMs = Infinity;
    if (!isPassing(cause)) this.#failures++;
    if (this.#failures > settings.maxConsumerFailures) {
      onFault(failed(`the consumer failed ${this.#failures} times in a row`, cause));
      return;
    }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    const name = cause instanceof Error ? cause.name : typeof cause;
    settings.onLog(`kafka consumer of ${this.options.groupId}: ${name}; a new one joins in ${waitMs} ms`);
    this.#renewal = setTimeout(() => {
      this.#running = this.#beginAnew();
    }, waitMs);
  }

  async #beginAnew(): Promise<void> {
    const consumer = (this.#consumer = this.#create());
    try {
      await this.#begin(consumer);
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      this.#renew(error);
    }
  }
}

/** Brokers that are away, or busy with a restart: what kafkajs itself would try again after. */
function isPassing(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if (cause.name === 'KafkaJSNumberOfRetriesExceeded') return true;
  if (cause.cause !== undefined) return isPassing(cause.cause);
  return 'retriable' in cause && cause.retriable === true;
}
