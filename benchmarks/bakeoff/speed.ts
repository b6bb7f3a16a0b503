import { join } from 'node:path';
import { median } from '../load/percentiles.js';
import { SERVER_CORE, startProcess } from '../processes.js';
import { RIVAL_GRIDS } from './grids.js';
import type { OurConfiguration } from './ours.js';
import type { Rivals } from './rivals.js';
import { writeStream } from './stream-file.js';
import type { Table } from './tables.js';

/** CPU µs per example, choosing and learning, on one core. */
export interface Speed {
  readonly table: string;
  readonly dimension: number;
  readonly arms: number;
  /** by name of the configuration measured */
  readonly ours: Readonly<Record<string, number>>;
  /** its C++ loop over its binary cache, by layout of the examples; absent when it is not installed */
  readonly vowpalWabbitCore?: Readonly<Record<string, number>>;
  /** its Python API: parse, predict and learn, per example */
  readonly vowpalWabbitApi?: number;
}

export interface SpeedOptions {
  readonly tables: readonly Table[];
  /** ours, by the name they are shown under */
  readonly ours: Readonly<Record<string, OurConfiguration>>;
  readonly rivals: Rivals | undefined;
  /** the configuration of Vowpal Wabbit that is measured */
  readonly vowpalWabbit: string | undefined;
  readonly folder: string;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const EXAMPLES_AT_LEAST = 40_000;
const ROUNDS = 4;

/**
 * The stream again and again until there are 40,000 examples, one learner for all of them. Ours plays that four times, each from nothing; the first warms the compiler up and the median of the rest
 * counts. Vowpal Wabbit's core reads a log of its own decisions as long: for each example it predicts and learns in C++, without text to parse or anything drawn. One
 * after the other on the same core.
 */
export async function measureSpeed(options: SpeedOptions): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const table of options.tables) {
    options.say(`speed · ${table.name}`);
    const problem = table.problem(options.seed);
    const stream = join(options.folder, `${table.name}.${options.seed}.bin`);
    await writeStream(stream, problem);
    const repeats = Math.ceil(EXAMPLES_AT_LEAST / problem.steps);
    const ours: Record<string, number> = {};
    for (const [name, configuration] of Object.entries(options.ours))
      ours[name] = await ourMicros(stream, configuration, repeats);
    const { dimension, arms } = problem;
    speeds.push({
      table: table.name,
      dimension,
      arms,
      ours,
      ...(await vowpalWabbitMicros(options, stream, repeats)),
    });
  }
  return speeds;
}

async function ourMicros(stream: string, configuration: OurConfiguration, repeats: number): Promise<number> {
  // JSON has no infinity; the façade's default is no forgetting.
  const { halfLifeMs, ...rest } = configuration;
  const finite = halfLifeMs === Infinity ? rest : configuration;
  const worker = startProcess({
    module: new URL('./speed-worker', import.meta.url),
    args: [JSON.stringify({ stream, configuration: finite, repeats, rounds: ROUNDS })],
    core: SERVER_CORE,
  });
  const micros = JSON.parse(await worker.output()) as number[];
  return median(micros.slice(1));
}

async function vowpalWabbitMicros(
  { rivals, vowpalWabbit, folder }: SpeedOptions,
  stream: string,
  repeats: number,
): Promise<Pick<Speed, 'vowpalWabbitCore' | 'vowpalWabbitApi'>> {
  const configuration = RIVAL_GRIDS.vowpalwabbit.find(({ id }) => id === vowpalWabbit);
  if (rivals === undefined || configuration === undefined) return {};
  const found: { apiSeconds: number; coreSeconds: Record<string, number> }[] = [];
  await rivals.run(
    { task: 'speed', stream, configuration, repeats, folder, core: SERVER_CORE },
    (message) => {
      found.push(message as (typeof found)[number]);
    },
  );
  const [{ apiSeconds, coreSeconds }] = found as [(typeof found)[number]];
  return {
    vowpalWabbitApi: 1e6 * apiSeconds,
    vowpalWabbitCore: Object.fromEntries(
      Object.entries(coreSeconds).map(([layout, seconds]) => [layout, 1e6 * seconds]),
    ),
  };
}
