import kafkajs, { type Admin } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import { TOPICS, type Topic } from '../event-log.js';
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
  readonly change: 'created' | 'changed' | 'as it should be';
  /** those that were set now, as name=value */
  readonly settings: readonly string[];
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Kafka's own word for it */
const FOR_EVER = -1;
/** Room for the frame that Kafka puts around a request's records. */
const FRAME_BYTES = 1 << 20;

/**
 * Makes the topics that are missing, and gives those there are the settings documented in docs/operations.md; what else was set on them stays.
 *
 * @throws AppError `config/bad-value` when a topic has another number of partitions: a member's events would change partition | `log/failed`
 */
export async function applyTopics(options: KafkaEventLogOptions): Promise<readonly TopicChange[]> {
  const settings = kafkaSettings(options);
  const admin = connectKafka(settings).admin();
  try {
    await admin.connect();
    const created = new Set(await ensureTopics(admin, settings));
    return await applySettings(admin, settings, created);
  } catch (error) {
    throw error instanceof AppError ? error : failed('the topics could not be made', error);
  } finally {
    await admin.disconnect();
  }
}

/** @returns the names of those that it made */
export async function ensureTopics(admin: Admin, settings: KafkaSettings): Promise<readonly string[]> {
  const there = new Set(await admin.listTopics());
  const wanted = TOPICS.map((topic) => topicName(settings, topic));
  const missing = TOPICS.filter((topic) => !there.has(topicName(settings, topic)));
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map((topic) => ({
      topic: topicName(settings, topic),
      numPartitions: settings.partitions,
      replicationFactor: settings.replicationFactor,
      configEntries: topicSettings(settings, topic),
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
  return missing.map((topic) => topicName(settings, topic));
}

async function applySettings(
  admin: Admin,
  settings: KafkaSettings,
  created: ReadonlySet<string>,
): Promise<readonly TopicChange[]> {
  // Not among the names that Node finds in this CommonJS package.
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const wanted = TOPICS.map((topic) => ({
    name: topicName(settings, topic),
    of: topicSettings(settings, topic),
  }));
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.map(({ name }) => ({ type, name })),
  });
  const changes: TopicChange[] = [];
  for (const { name, of } of wanted) {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const valueOf = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const differing = of.filter((setting) => valueOf.get(setting.name) !== setting.value);
    if (differing.length > 0) {
      // The request replaces everything that is set on the topic.
      const kept = entries
        .filter(({ configSource }) => (configSource as number) === SET_ON_TOPIC)
        .map(({ configName, configValue }): Setting => ({ name: configName, value: configValue }))
        .filter((setting) => of.every((own) => own.name !== setting.name));
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type, name, configEntries: [...kept, ...of] }],
      });
    }
    const isNew = created.has(name);
    const change = isNew ? 'created' : differing.length > 0 ? 'changed' : 'as it should be';
    changes.push({ topic: name, change, settings: (isNew ? of : differing).map(asText) });
  }
  return changes;
}

/** Kafka's ConfigSource DYNAMIC_TOPIC_CONFIG */
const SET_ON_TOPIC = 1;

function asText({ name, value }: Setting): string {
  return `${name}=${value}`;
}

/** The broker stamps the time of arrival, so that retention does not depend on clients' clocks; the event's own time travels in a header. */
function topicSettings(
  { replicationFactor, maxRequestBytes, maxRecordBytes, retentionMs }: KafkaSettings,
  topic: Topic,
): Setting[] {
  const settings = {
    'cleanup.policy': 'delete',
    // A learner that takes a partition over builds its statistics from all of its labels.
    'retention.ms': topic === 'labels' ? FOR_EVER : retentionMs,
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': Math.max(maxRequestBytes, maxRecordBytes) + FRAME_BYTES,
    'min.insync.replicas': Math.max(1, replicationFactor - 1),
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
}
