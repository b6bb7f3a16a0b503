import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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

/** Stops it with SIGSTOP, and waits until it has stopped: on a busy machine it goes on for a while. SIGCONT has it go on. */
export async function freezeBroker({ pid }: KafkaServer): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const state = (): string =>
    spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  while (!state().startsWith('T')) await wait(5);
}
