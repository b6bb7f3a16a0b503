import type { EventLog } from '../../feedback/event-log/event-log.js';
import { kafkaEventLog } from '../../feedback/event-log/kafka/index.js';

/** As a learner opens it in these tests: a member that is silent is given up as soon as brokers allow. */
export function openKafka(options: {
  readonly broker: string;
  readonly prefix: string;
  readonly partitions: number;
}): Promise<EventLog> {
  return kafkaEventLog({
    brokers: [options.broker],
    prefix: options.prefix,
    partitions: options.partitions,
    replicationFactor: 1,
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 500,
    maxRetryTimeMs: 4_000,
    requestTimeoutMs: 5_000,
  });
}
