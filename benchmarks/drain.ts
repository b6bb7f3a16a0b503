import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/clock.js';
import { kafkaEventLog } from '../feedback/event-log/kafka/index.js';
import type { JoinRecord } from '../feedback/join/join-outcome.js';
import { startKafka, type KafkaServer } from '../scripts/kafka/kafka-server.js';
import type { Benchmark } from './benchmark.js';
import type { DrainJob, DrainResult } from './drain-run.js';
import { DRAIN_EMBEDDING, DRAIN_SCHEMA } from './drain-world.js';
import { JOIN_TRAFFIC_START_MS, JoinTraffic } from './join-traffic.js';
import { median } from './load/percentiles.js';
import { startProcess } from './processes.js';

const PARTITIONS = 8;
const MOST_EVENTS = 200_000;
/** what is filled in for each second asked for, at most `MOST_EVENTS`: a learner drains about as much in one */
const EVENTS_PER_SECOND = 40_000;
const SLOTS = 10;
const PAGES_AT_A_TIME = 400;
const LEARNERS = [1, 2] as const;

/** Of one round with some learners. */
interface Drained {
  readonly eventsPerSecond: number;
  readonly learnerCpuMicros: number;
  readonly brokerCpuMicros: number;
  /** of the machine's, that learners and broker kept busy */
  readonly learnerCores: number;
  readonly brokerCores: number;
}

/** One and two learner processes of one group drain topics that were filled before they came: what a second one is worth, and what both wait for. */
export const drain: Benchmark = async (options) => {
  const events = Math.min(MOST_EVENTS, Math.ceil(options.seconds * EVENTS_PER_SECOND));
  const pages = Math.ceil(events / (SLOTS + 1));
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-drain-'));
  const server = await startKafka({ directory: join(directory, 'kafka') });
  const found = LEARNERS.map((): Drained[] => []);
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, learners] of LEARNERS.entries()) {
        const prefix = `drain-${round}-${learners}.`;
        options.say(`drain: round ${round + 1} of ${options.rounds}: ${learners} × learner`);
        await fill(server, prefix, pages);
        found[i]!.push(await drained(server, { prefix, learners, directory: join(directory, prefix) }));
      }
    }
  } finally {
    await server.stop('SIGKILL');
    await rm(directory, { recursive: true, force: true, maxRetries: 10 });
  }
  return report(pages * (SLOTS + 1), found);
};

async function fill(server: KafkaServer, prefix: string, pages: number): Promise<void> {
  const log = await kafkaEventLog({
    ...{ brokers: [server.broker], prefix, partitions: PARTITIONS, replicationFactor: 1 },
  });
  const traffic = new JoinTraffic(SLOTS, { contextSchema: DRAIN_SCHEMA.hash, embedding: DRAIN_EMBEDDING });
  const append = (topic: JoinRecord['topic'], records: readonly JoinRecord[]): Promise<unknown> =>
    log.append(
      topic,
      records.map(({ key, value }) => ({ key, value, timestampMs: JOIN_TRAFFIC_START_MS })),
      'synced',
    );
  for (let page = 0; page < pages; page += PAGES_AT_A_TIME) {
    const to = Math.min(pages, page + PAGES_AT_A_TIME);
    await append('decisions', traffic.decisions(page, to));
    await append('impressions', traffic.impressions(page, to));
  }
  await log.close();
}

interface DrainRun {
  readonly prefix: string;
  readonly learners: number;
  readonly directory: string;
}

async function drained(server: KafkaServer, { prefix, learners, directory }: DrainRun): Promise<Drained> {
  const processes = Array.from({ length: learners }, (_, i) => {
    const job: DrainJob = {
      ...{ broker: server.broker, brokerPid: server.pid, prefix, partitions: PARTITIONS },
      share: PARTITIONS / learners,
      directory: join(directory, String(i)),
      behindMs: systemClock.nowMs() - JOIN_TRAFFIC_START_MS,
    };
    return startProcess({
      module: new URL('./drain-run', import.meta.url),
      args: [JSON.stringify(job)],
      core: i % availableParallelism(),
    });
  });
  try {
    const lines = await Promise.all(processes.map((learner) => learner.firstLine()));
    return rateOf(lines.map((line) => JSON.parse(line) as DrainResult));
  } finally {
    await Promise.all(processes.map((learner) => learner.stop()));
  }
}

/** From when the first had its whole share to when the last had learned all of its own. */
function rateOf(results: readonly DrainResult[]): Drained {
  const sum = (of: (result: DrainResult) => number): number =>
    results.reduce((total, one) => total + of(one), 0);
  const micros =
    1_000 *
    (Math.max(...results.map((one) => one.drained.atMs)) -
      Math.min(...results.map((one) => one.shared.atMs)));
  const trials = sum(({ shared, drained: end }) => end.trials - shared.trials);
  const events = (trials * (SLOTS + 1)) / SLOTS;
  const learnerCpuMicros = sum(({ shared, drained: end }) => end.cpuMicros - shared.cpuMicros);
  const brokerCpuMicros =
    Math.max(...results.map((one) => one.drained.brokerCpuMicros)) -
    Math.min(...results.map((one) => one.shared.brokerCpuMicros));
  return {
    eventsPerSecond: (events / micros) * 1e6,
    learnerCpuMicros: learnerCpuMicros / events,
    brokerCpuMicros: brokerCpuMicros / events,
    learnerCores: learnerCpuMicros / micros,
    brokerCores: brokerCpuMicros / micros,
  };
}

function report(events: number, found: readonly (readonly Drained[])[]): Awaited<ReturnType<Benchmark>> {
  const of = (i: number, read: (run: Drained) => number): number => median(found[i]!.map(read));
  const rate = (i: number): number => of(i, ({ eventsPerSecond }) => eventsPerSecond);
  return {
    name: 'drain',
    method:
      `${events.toLocaleString('en')} events (a decision, then an impression of each of its ${SLOTS} slots) in ${PARTITIONS} partitions on one broker; learners of one group, each a process with a store of its own, join, learn (SquareCB, d = 32), ` +
      'write labels back to the broker, checkpoint and fit. From when the first has its whole share to when the last has learned all of its own. Merging what several know into one snapshot is not in it. ' +
      `Cores: processor time ÷ elapsed time, of this machine's ${availableParallelism()}; where both together come near that, the machine is what stops it, and elsewhere a broker is on machines of its own.`,
    columns: [
      'learners',
      'events/s',
      '× one',
      'learner CPU µs/event',
      'broker CPU µs/event',
      'learner cores',
      'broker cores',
    ],
    rows: LEARNERS.map((learners, i) => [
      learners,
      Math.round(rate(i)),
      rounded(rate(i) / rate(0)),
      rounded(of(i, ({ learnerCpuMicros }) => learnerCpuMicros)),
      rounded(of(i, ({ brokerCpuMicros }) => brokerCpuMicros)),
      rounded(of(i, ({ learnerCores }) => learnerCores)),
      rounded(of(i, ({ brokerCores }) => brokerCores)),
    ]),
    raw: found,
  };
}

const rounded = (value: number): number => Number(value.toPrecision(3));
