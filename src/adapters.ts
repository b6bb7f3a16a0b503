import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.js';
import { AppError, shown } from '../core/errors.js';
import type { Announcements } from '../features/announcements/announcements.js';
import { memoryAnnouncements } from '../features/announcements/memory/index.js';
import { redisAnnouncements } from '../features/announcements/redis/index.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import { redisKeyValue } from '../features/key-value/redis/index.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import { clickHouseAnalytics } from '../feedback/analytics/clickhouse/clickhouse.js';
import { embeddedEventLog } from '../feedback/event-log/embedded/index.js';
import { ownDirectory, type OwnedDirectory } from '../feedback/event-log/embedded/owned-directory.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import {
  applyTopics,
  kafkaEventLog,
  type KafkaEventLogOptions,
  type TopicChange,
} from '../feedback/event-log/kafka/index.js';
import { storeBaseSource, type BaseSource } from '../feedback/snapshots/base-source.js';
import { redisBaseSource } from '../feedback/snapshots/redis/index.js';
import { keepForLearner } from '../feedback/update/checkpoint-writer.js';
import type { Config } from './config-schema.js';

const DAY_MS = 86_400_000;

/** The only file that names adapters: which of them stands behind a port, by configuration. */

/** Takes the data directory for this process, if it keeps anything there and its log does not take it. @throws AppError `store/owned` */
export async function ownData(config: Config): Promise<OwnedDirectory | undefined> {
  const { data, eventLog, store, roles } = config;
  // What only serves, or only reads tables, has everything elsewhere.
  const keeps = store.adapter === 'lmdb' || roles.includes('learn') || roles.includes('sink');
  return eventLog.adapter === 'kafka' && keeps ? await ownDirectory(data.directory) : undefined;
}

export async function openEventLog(config: Config, clock: Clock, logger: Logger): Promise<EventLog> {
  if (config.eventLog.adapter === 'kafka') return await kafkaEventLog(kafkaOptions(config, logger));
  const { partitions, segmentBytes, maxRecordBytes, maxPendingBytes } = config.eventLog;
  const log = await embeddedEventLog({
    ...{ partitions, segmentBytes, maxRecordBytes, maxPendingBytes, clock },
    retention: {
      maxAgeMs: config.eventLog.retentionDays * DAY_MS,
      maxBytes: config.eventLog.retentionBytes,
    },
    directory: join(config.data.directory, 'log'),
    onRecovered: (recovered) => logger.warn({ recovered }, 'cut a torn record off the end of the log'),
    onDropped: (dropped) => logger.info({ dropped }, 'old segments of the log were dropped'),
  });
  try {
    // Kafka keeps what it keeps by time, whoever has read it.
    await keepForLearner(log);
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

/**
 * The log to read what is there. An embedded one is taken for that time and gives up nothing: no retention, no groups.
 * @throws AppError `store/owned` | `log/corrupt` | `log/failed`; `config/bad-value` where there is none
 */
export async function openEventLogToRead(config: Config, logger: Logger): Promise<EventLog> {
  if (config.eventLog.adapter === 'kafka') return await kafkaEventLog(kafkaOptions(config, logger));
  const directory = join(config.data.directory, 'log');
  mustExist(directory, 'an event log');
  const { partitions, segmentBytes } = config.eventLog;
  return await embeddedEventLog({
    ...{ partitions, segmentBytes, directory },
    retention: { maxAgeMs: Infinity, maxBytes: Infinity, unreadMaxBytes: Infinity },
    onRecovered: (recovered) => logger.warn({ recovered }, 'cut a torn record off the end of the log'),
  });
}

function mustExist(path: string, what: string): void {
  if (!existsSync(path))
    throw new AppError('config/bad-value', `${path} does not exist; expected ${what}: is --data right?`);
}

/** `marquee topics apply`. @throws AppError `config/bad-value` | `config/unreadable` | `log/failed` */
export async function applyTopicSettings(config: Config, logger: Logger): Promise<readonly TopicChange[]> {
  return await applyTopics(kafkaOptions(config, logger));
}

function kafkaOptions({ eventLog }: Config, logger: Logger): KafkaEventLogOptions {
  const { partitions, maxRecordBytes, maxPendingBytes, kafka } = eventLog;
  const { tls, sasl, schemaRegistry, ...limits } = kafka;
  return {
    ...{ partitions, maxRecordBytes, maxPendingBytes },
    ...limits,
    retentionMs: eventLog.retentionDays * DAY_MS,
    tls: tls.enabled && (certificates('eventLog.kafka.tls', tls) ?? true),
    ...saslOption(sasl),
    ...registryOption(schemaRegistry),
    onLog: (line) => logger.warn(line),
  };
}

function registryOption({ url, ...login }: Config['eventLog']['kafka']['schemaRegistry']) {
  return url === undefined ? {} : { schemaRegistry: { url, ...login } };
}

function saslOption({ mechanism, username = '', password = '' }: Config['eventLog']['kafka']['sasl']) {
  if (mechanism === 'none') return {};
  return { sasl: { mechanism, username, password } as NonNullable<KafkaEventLogOptions['sasl']> };
}

/** Catalogue, members, snapshots: this process's own, or shared by several. @throws AppError `config/unreadable` */
export function openStore(config: Config, logger: Logger): KeyValueStore {
  if (config.store.adapter === 'lmdb') return openLmdb(config, 'features');
  return redisKeyValue(redisOptions(config, logger));
}

/** As `openStore`, to read what is there. @throws AppError `config/unreadable`; `config/bad-value` where there is none */
export function openStoreToRead(config: Config, logger: Logger): KeyValueStore {
  if (config.store.adapter === 'lmdb') mustExist(join(config.data.directory, 'features'), 'a catalogue');
  return openStore(config, logger);
}

/** A learner's own checkpoint: always beside it. */
export function openLearnerStore(config: Pick<Config, 'data'>): KeyValueStore {
  return openLmdb(config, LEARNER);
}

/** Where `openLearnerStore` keeps it. */
export const learnerPath = ({ data }: Pick<Config, 'data'>): string => join(data.directory, LEARNER);
const LEARNER = 'learner';

/** Takes a data directory, with the log in it, from whoever might run there. @throws AppError `store/owned` */
export async function ownDataAndLog(directory: string): Promise<OwnedDirectory> {
  const owned = await ownDirectory(directory);
  try {
    const log = join(directory, 'log');
    const ownedLog = existsSync(log) ? await ownDirectory(log) : undefined;
    return {
      async release() {
        await ownedLog?.release();
        await owned.release();
      },
    };
  } catch (error) {
    await owned.release();
    throw error;
  }
}

function openLmdb({ data }: Pick<Config, 'data'>, name: string): KeyValueStore {
  mkdirSync(data.directory, { recursive: true });
  return lmdbKeyValue({ path: join(data.directory, name) });
}

/** Tells other processes what they may look up: through what they share, or nobody. @throws AppError `config/unreadable` */
export function openAnnouncements(config: Config, logger: Logger): Announcements {
  return config.store.adapter === 'redis'
    ? redisAnnouncements(redisOptions(config, logger))
    : memoryAnnouncements();
}

/** Bases of snapshots in the shared store: Redis' are read by a thread of its own. @throws AppError `config/unreadable` */
export function openBases(config: Config, store: KeyValueStore): BaseSource {
  return config.store.adapter === 'redis' ? redisBaseSource(redisServer(config)) : storeBaseSource(store);
}

function redisOptions(config: Config, logger: Logger) {
  return { ...redisServer(config), onLog: (line: string) => logger.warn(line) };
}

/** Data alone: a thread cannot be given functions. */
function redisServer({ store }: Config) {
  const { tls, ...redis } = store.redis;
  const trusted = certificates('store.redis.tls', tls);
  return { ...redis, ...(trusted && { tls: trusted }) };
}

export async function openAnalytics({ data, analytics }: Config, logger: Logger): Promise<Analytics> {
  const { queryTimeoutMs, writeTimeoutMs, memoryLimitBytes } = analytics;
  const retentionDays = byTable(analytics.retentionDays);
  const shared = { queryTimeoutMs, writeTimeoutMs, memoryLimitBytes, retentionDays };
  if (analytics.adapter === 'clickhouse') {
    const { url = '', tls: files, ...limits } = analytics.clickhouse;
    const { ca, cert, key } = certificates('analytics.clickhouse.tls', files) ?? {};
    const tls = ca && { tls: { ca, ...(cert && { cert }), ...(key && { key }) } };
    return clickHouseAnalytics({ ...shared, ...limits, url, ...tls });
  }
  return await chdbAnalytics({
    ...shared,
    path: join(data.directory, 'analytics'),
    onLog: (line) => logger.debug({ engine: line }, 'analytics'),
  });
}

function byTable({
  decidedSlots,
  deadLetters,
  outcomesHourly,
  ...rest
}: Config['analytics']['retentionDays']) {
  return {
    ...rest,
    decided_slots: decidedSlots,
    dead_letters: deadLetters,
    outcomes_hourly: outcomesHourly,
  };
}

interface CertificateFiles {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

interface Certificates {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The files of a `tls` section, read; undefined where it names none. @throws AppError `config/unreadable` naming the setting */
function certificates(section: string, files: CertificateFiles): Certificates | undefined {
  const read = (setting: keyof CertificateFiles): Buffer | undefined => {
    const path = files[setting];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      throw new AppError(
        'config/unreadable',
        `${section}.${setting} is ${shown(path)}: ${why}; expected a PEM file`,
      );
    }
  };
  const [ca, cert, key] = [read('caFile'), read('certFile'), read('keyFile')];
  if (ca === undefined && cert === undefined) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
