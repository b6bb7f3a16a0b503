import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { until } from '../../../test/support/until.js';
import { TOPICS } from '../event-log.js';
import { applyTopics } from './index.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';

describe.runIf(kafkaCanRun)('topics on a real broker', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startBroker();
  }, 600_000);
  afterAll(() => server.stop());

  it('are made, left alone where they are as they should be, and set right where they are not', async () => {
    const options = { brokers: [server.broker], partitions: 3, replicationFactor: 1, retentionMs: 1_000_000 };
    const made = await applyTopics(options);
    expect(made.map(({ topic, change }) => [topic, change])).toEqual(
      TOPICS.map((topic) => [`marquee.${topic}`, 'created']),
    );
    const again = await applyTopics(options);
    expect(again.map(({ change, settings }) => [change, settings])).toEqual(
      TOPICS.map(() => ['as it should be', []]),
    );
    const admin = new Kafka({ brokers: [server.broker], logLevel: logLevel.NOTHING }).admin();
    const plays = { type: ConfigResourceTypes.TOPIC, name: 'marquee.plays' };
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...plays, configEntries: [{ name: 'segment.bytes', value: '2097152' }] }],
    });
    // A broker answers from what it has heard of the controller: a change is there a moment after it was made.
    const described = async (name: string) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ ...plays, name }],
      });
      return new Map(resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]));
    };
    const whole = () => described('marquee.plays');
    await until('the change is heard of', whole, (found) => found.get('segment.bytes') === '2097152');
    const changed = (await applyTopics(options)).filter(({ change }) => change !== 'as it should be');
    expect(changed).toEqual([
      {
        topic: 'marquee.plays',
        change: 'changed',
        settings: expect.arrayContaining([
          'retention.ms=1000000',
          'message.timestamp.type=LogAppendTime',
        ]) as string[],
      },
    ]);
    const ofPlays = await until('it is set right', whole, (found) => found.get('retention.ms') === '1000000');
    expect(ofPlays.get('segment.bytes')).toBe('2097152');
    expect((await described('marquee.labels')).get('retention.ms')).toBe('-1');
    await admin.disconnect();
  }, 60_000);

  it('with another number of partitions are refused', async () => {
    await expect(
      applyTopics({ brokers: [server.broker], partitions: 4, replicationFactor: 1 }),
    ).rejects.toMatchObject({ code: 'config/bad-value' });
  });
});
