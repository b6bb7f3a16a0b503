import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { summary } from '../summary.js';
import { runDistributedCampaign } from './campaign.js';

/** `run.ts --rounds 30 --directory data/distributed-crash [--seed 1] [--away 120]`: as ../run.ts, on Kafka, Redis and ClickHouse's front. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    directory: { type: 'string', default: 'data/distributed-crash' },
    seed: { type: 'string', default: '1' },
    /** seconds without ClickHouse */
    away: { type: 'string', default: '120' },
  },
});

const rounds = await runDistributedCampaign({
  directory: values.directory,
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  clickhouseAwayMs: 1_000 * Number(values.away),
  onRound: ({ round, fault, restarts, acknowledged, recoveredMs }) =>
    process.stderr.write(
      `round ${round}: ${fault}, ${restarts} processes started again, ${acknowledged} events acknowledged, checked after ${recoveredMs} ms\n`,
    ),
});
const restarted = { head: 'processes started again', of: (round: (typeof rounds)[number]) => round.restarts };
process.stdout.write(summary(rounds, Number(values.seed), restarted));
// Whoever asks again, after all of it, begins anew.
rmSync(values.directory, { recursive: true });
