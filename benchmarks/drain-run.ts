import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../core/clock.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import { kafkaEventLog } from '../feedback/event-log/kafka/index.js';
import type { Learner } from '../feedback/update/learner-options.js';
import { startLearner } from '../feedback/update/start-learner.js';
import { DRAIN_MODEL, DRAIN_SCHEMA, drainRevisions } from './drain-world.js';
import { cpuMicrosOf } from './processes.js';

/** What one learner is asked to do, and what it says of it. */
export interface DrainJob {
  readonly broker: string;
  readonly brokerPid: number;
  readonly prefix: string;
  readonly partitions: number;
  /** of the partitions that are this learner's once all have come */
  readonly share: number;
  readonly directory: string;
  /** between the events' time and this machine's */
  readonly behindMs: number;
}

export interface DrainResult {
  readonly shared: Moment;
  readonly drained: Moment;
}

export interface Moment {
  readonly atMs: number;
  /** impressions learned until then */
  readonly trials: number;
  readonly cpuMicros: number;
  readonly brokerCpuMicros: number;
}

const POLL_MS = 5;

/** Learns from a group's share of the partitions, and prints when it had it and when all of that was learned; then it waits to be ended. */
async function run(job: DrainJob): Promise<DrainResult> {
  const log = await kafkaEventLog({
    brokers: [job.broker],
    prefix: job.prefix,
    partitions: job.partitions,
    replicationFactor: 1,
    heartbeatIntervalMs: 200,
  });
  const learner = await startLearner({
    ...{ log, schema: DRAIN_SCHEMA, models: [DRAIN_MODEL], revisions: drainRevisions() },
    store: lmdbKeyValue({ path: job.directory }),
    clock: { nowMs: () => systemClock.nowMs() - job.behindMs },
    onSnapshot: () => undefined,
  });
  learner.stopped.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  while (learner.stats().partitions.length !== job.share) await wait(POLL_MS);
  const shared = await moment(learner, job);
  await learner.drained();
  return { shared, drained: await moment(learner, job) };
}

async function moment(learner: Learner, { brokerPid }: DrainJob): Promise<Moment> {
  const { user, system } = process.cpuUsage();
  return {
    atMs: systemClock.nowMs(),
    trials: learner.stats().counters.trials,
    cpuMicros: user + system,
    brokerCpuMicros: await cpuMicrosOf(brokerPid),
  };
}

// Others go on while this one has ended: it keeps its share, so that none of it moves to them.
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]!) as DrainJob))}\n`);
