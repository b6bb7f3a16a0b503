import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kafkaObstacle } from '../../../scripts/kafka/kafka-server.js';
import { canRun, findCommand } from '../../support/find-command.js';
import { runDistributedCampaign } from './campaign.js';
import type { DistributedFault } from './faults.js';

/** A sample of the campaign; `make proof` runs thirty rounds, three of each fault. */
const SAMPLE: readonly DistributedFault[] = ['freeze-learner', 'redis-emptied', 'clickhouse-away-kill-sink'];

const hasRedis = findCommand('redis-server', 'the distributed crash campaign');
const hasKafka = canRun('the distributed crash campaign', kafkaObstacle());

describe.runIf(hasRedis && hasKafka)('the crash campaign on Kafka, Redis and ClickHouse', () => {
  it(
    `${SAMPLE.length} rounds: every acknowledged event is in the log, counted once, and learned as if nothing had happened`,
    { timeout: 900_000 },
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'marquee-distributed-crash-'));
      const rounds = await runDistributedCampaign({
        ...{ directory, rounds: SAMPLE.length, seed: 3, faults: SAMPLE, clickhouseAwayMs: 2_000 },
      });
      expect(rounds).toHaveLength(SAMPLE.length);
      expect(rounds.at(-1)!.impressions).toBeGreaterThan(100 * SAMPLE.length);
      rmSync(directory, { recursive: true });
    },
  );
});
