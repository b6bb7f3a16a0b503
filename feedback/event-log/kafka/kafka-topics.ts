import type { Admin } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { TOPICS } from '../event-log.js';
import {
  connectKafka,
  failed,
  patiently,
  kafkaSettings,
  topicName,
  type KafkaEventLogOptions,
  type KafkaSettings,
} from './kafka-settings.js';

export interface TopicChange {
  readonly topic: string;
  readonly change: 'created' | 'as it should be';
}

const DAY_MS = 86_400_000;
/** Room for the frame that Kafka puts around a request's records. */
const FRAME_BYTES = 1 << 20;

/**
 * Makes the topics that are missing, with the settings documented in docs/operations.md.
 *
 * @throws AppError `config/bad-value` when a topic has another number of partitions: a member's events would change partition | `log/failed`
 */
export async function applyTopics(options: KafkaEventLogOptions): Promise<readonly TopicChange[]> {
  const settings = kafkaSettings(options);
  const admin = connectKafka(settings).admin();
  try {
    await admin.connect();
    return await ensureTopics(admin, settings);
  } catch (error) {
    throw error instanceof AppError ? error : failed('the topics could not be made', error);
  } finally {
    await admin.disconnect();
  }
}

export async function ensureTopics(admin: Admin, settings: KafkaSettings): Promise<readonly TopicChange[]> {
  const there = new Set(await admin.listTopics());
  const wanted = TOPICS.map((topic) => topicName(settings, topic));
  const missing = wanted.filter((topic) => !there.has(topic));
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: settings.partitions,
      replicationFactor: settings.replicationFactor,
      configEntries: topicSettings(settings),
    })),
  });
  const { topics } = await patiently(settings, 'the topics cannot be seen', () =>
    admin.fetchTopicMetadata({ topics: wanted }),
  );
  for (const { name, partitions } of topics) {
    if (partitions.length === settings.partitions) continue;
    throw new AppError(
      'config/bad-value',
      `topic ${name} has ${partitions.length} partitions; expected ${settings.partitions}: changing it would move members between partitions`,
    );
  }
  return wanted.map((topic) => ({ topic, change: missing.includes(topic) ? 'created' : 'as it should be' }));
}

/** The broker stamps the time of arrival, so that retention does not depend on clients' clocks; the event's own time travels in a header. */
function topicSettings({ replicationFactor, maxRequestBytes, maxRecordBytes }: KafkaSettings) {
  const settings = {
    'cleanup.policy': 'delete',
    'retention.ms': 7 * DAY_MS,
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': Math.max(maxRequestBytes, maxRecordBytes) + FRAME_BYTES,
    'min.insync.replicas': Math.max(1, replicationFactor - 1),
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
}
