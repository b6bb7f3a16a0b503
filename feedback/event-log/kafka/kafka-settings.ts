import type { ConnectionOptions } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import kafkajs, { Kafka, logLevel, type logCreator, type RetryOptions, type SASLOptions } from 'kafkajs';
import { AppError, shown } from '../../../core/errors.js';
import type { Topic } from '../event-log.js';
import { PLAIN_WIRE, type SchemaRegistryOptions, type Wire } from './wire.js';

export interface KafkaEventLogOptions {
  /** host:port, at least one */
  readonly brokers: readonly string[];
  /** of every topic: fixed when the topics are made; 1 … 1,024 */
  readonly partitions: number;
  /** topics and groups of one Marquee on a shared cluster begin with this; default `marquee.` */
  readonly prefix?: string;
  readonly clientId?: string;
  /** TLS: true for the system's authorities, or which to trust and which certificate to show */
  readonly tls?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  /** payloads carry schema ids of this registry instead of our own header; default: none */
  readonly schemaRegistry?: SchemaRegistryOptions;
  /** copies of each partition when this process makes the topics; default 3 */
  readonly replicationFactor?: number;
  /** how long topics keep records, labels excepted: those are kept for ever; default 7 days */
  readonly retentionMs?: number;
  /** most bytes of key + value; default 1 MiB */
  readonly maxRecordBytes?: number;
  /** appended but not yet acknowledged: beyond this `append` throws `request/overloaded`; default 64 MiB */
  readonly maxPendingBytes?: number;
  /** bytes of one request to the brokers; default 4 MiB */
  readonly maxRequestBytes?: number;
  /** bytes fetched at a time, per partition, but never less than one batch as it was produced; default 1 MiB */
  readonly maxFetchBytesPerPartition?: number;
  /** bytes fetched at a time; default 10 MiB. A consumer holds at most one fetch of each broker: that bounds its memory */
  readonly maxFetchBytes?: number;
  /** brokers that answer with errors are asked again for about so long; default 10,000 */
  readonly maxRetryTimeMs?: number;
  /** a broker that keeps silent for so long is asked again; an append fails after this and `maxRetryTimeMs` together; default 10,000 */
  readonly requestTimeoutMs?: number;
  /** a consumer unheard for so long loses its partitions; default 10,000 (brokers want at least 6,000) */
  readonly sessionTimeoutMs?: number;
  /** a group that shares anew waits so long for a member to finish its batch; default 60,000 */
  readonly rebalanceTimeoutMs?: number;
  /** default 1,000: also how soon a consumer learns that it must share */
  readonly heartbeatIntervalMs?: number;
  /** an empty fetch comes back after so long; default 200 */
  readonly fetchWaitMs?: number;
  /** `consume` resolves when the group has given the consumer its share, or after so long: it then goes on waiting by itself; default 3,000 */
  readonly joinPatienceMs?: number;
  /** a consumer that fails again and again, other than for brokers that are away, gives up after so many times in a row; default 5 */
  readonly maxConsumerFailures?: number;
  /** a line about the connection, without keys, values or secrets */
  readonly onLog?: (line: string) => void;
}

const MIB = 1 << 20;
const DEFAULTS = {
  prefix: 'marquee.',
  clientId: 'marquee',
  tls: false,
  replicationFactor: 3,
  retentionMs: 7 * 86_400_000,
  maxRecordBytes: MIB,
  maxPendingBytes: 64 * MIB,
  maxRequestBytes: 4 * MIB,
  maxFetchBytesPerPartition: MIB,
  maxFetchBytes: 10 * MIB,
  maxRetryTimeMs: 10_000,
  requestTimeoutMs: 10_000,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatIntervalMs: 1_000,
  fetchWaitMs: 200,
  joinPatienceMs: 3_000,
  maxConsumerFailures: 5,
  onLog: () => undefined,
} satisfies Partial<KafkaEventLogOptions>;

/** Every option, with its default where none was given. */
export type KafkaSettings = Required<Omit<KafkaEventLogOptions, Absent>> &
  Pick<KafkaEventLogOptions, Absent> & { readonly wire: Wire };

type Absent = 'sasl' | 'schemaRegistry';

/** @throws AppError `config/bad-value` */
export function kafkaSettings(options: KafkaEventLogOptions): KafkaSettings {
  const settings = { ...DEFAULTS, ...options, wire: PLAIN_WIRE };
  if (settings.brokers.length === 0)
    throw new AppError('config/bad-value', 'kafka has no brokers; expected at least one host:port');
  if (!(Number.isInteger(settings.partitions) && settings.partitions >= 1 && settings.partitions <= 1024)) {
    throw new AppError(
      'config/bad-value',
      `partitions is ${shown(settings.partitions)}; expected an integer in [1, 1024]`,
    );
  }
  return settings;
}

export function connectKafka(settings: KafkaSettings): Kafka {
  const { brokers, clientId, tls, sasl, requestTimeoutMs } = settings;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ssl: tls,
    ...(sasl === undefined ? {} : { sasl }),
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    retry: retries(settings),
    logLevel: logLevel.WARN,
    logCreator: logTo(settings.onLog),
  });
}

/** kafkajs' own back-off can hold a request for a minute. */
export function retries({ maxRetryTimeMs }: KafkaSettings): RetryOptions {
  return { initialRetryTime: 50, maxRetryTime: Math.max(50, maxRetryTimeMs / 4), multiplier: 2, retries: 8 };
}

export function topicName(settings: KafkaSettings, topic: Topic): string {
  return settings.prefix + topic;
}

const POLL_MS = 50;

/** Asks again while brokers are still telling each other about topics, for as long as a request may take. */
export async function patiently<T>(
  { maxRetryTimeMs }: KafkaSettings,
  what: string,
  ask: () => Promise<T>,
): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (!(error instanceof kafkajs.KafkaJSError && error.retriable) || waitedMs >= maxRetryTimeMs)
        throw failed(what, error);
    }
    await wait(POLL_MS);
  }
}

export function failed(what: string, cause: unknown): AppError {
  const name = cause instanceof Error ? cause.name : typeof cause;
  return new AppError('log/failed', `${what} (${name}); expected brokers that answer`, undefined, cause);
}

function logTo(onLog: (line: string) => void): logCreator {
  return () =>
    ({ namespace, log }) => {
      onLog(`kafka ${namespace}: ${log.message}`);
    };
}
