import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun } from '../../../test/support/find-command.js';
import { kafkaObstacle, startKafka, type KafkaServer } from '../../../scripts/kafka/kafka-server.js';

export const kafkaCanRun = canRun('the Kafka contracts', kafkaObstacle());

/** A broker of our own in a new directory. */
export async function startBroker(): Promise<KafkaServer> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-kafka-'));
  const server = await startKafka({ directory });
  return {
    ...server,
    stop: async (signal) => {
      await server.stop(signal ?? 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
