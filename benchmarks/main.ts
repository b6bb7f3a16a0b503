import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import Table from 'cli-table3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { POLICY_NAMES, type PolicyName } from '../bandit/policy.js';
import type { Benchmark, BenchReport } from './benchmark.js';
import { drain } from './drain.js';
import { events } from './events.js';
import { freshness } from './freshness.js';
import { graph } from './graph.js';
import { home } from './home.js';
import { kernels } from './kernels.js';
import { memory } from './memory.js';
import { openJoins } from './open-joins.js';
import { pageStages } from './page-stages.js';
import { pinning } from './processes.js';
import { replayLabelsBench } from './replay-labels.js';
import { restore } from './restore.js';
import { sink } from './sink.js';
import { steadyLoad } from './steady-load.js';
import { snapshotLoading } from './snapshot-loading.js';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  home,
  events,
  freshness,
  memory,
  kernels,
  graph,
  'page-stages': pageStages,
  'open-joins': openJoins,
  restore,
  'replay-labels': replayLabelsBench,
  sink,
  drain,
  'snapshot-loading': snapshotLoading,
  'steady-load': steadyLoad,
};

/** those that the README's table compares */
const DEFAULT_POLICIES: readonly PolicyName[] = [
  'uniform',
  'best-unpersonalised',
  'squarecb',
  'linear-thompson',
];

interface CommandOptions {
  readonly json?: boolean;
  readonly only: readonly string[];
  readonly policy: readonly PolicyName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly start?: readonly string[];
  readonly on: 'embedded' | 'kafka';
  readonly output: string;
}

function some<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((name) => {
      const found = known.find((one) => one === name.trim());
      if (found === undefined) throw new InvalidArgumentError(`expected some of ${known.join(',')}`);
      return found;
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 3600)) throw new InvalidArgumentError('expected a number > 0 and < 3600');
  return value;
}

function machine(): Readonly<Record<string, string | number>> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    pinning,
  };
}

function tableOf(report: BenchReport): string {
  const table = new Table({
    head: [...report.columns],
    colAligns: report.columns.map((_, i) => (typeof report.rows[0]?.[i] === 'number' ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of report.rows)
    table.push(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)));
  return `\n${report.name}\n${table.toString()}\n${report.method}\n`;
}

async function run(options: CommandOptions): Promise<void> {
  const print = (text: string): void => {
    if (options.json !== true) process.stdout.write(text);
  };
  const where = machine();
  print(
    `${where['cpu']}, ${where['cores']} cores, ${where['memoryGb']} GB, Node ${where['node']}, ${where['system']}, ${pinning}\n`,
  );
  const reports: BenchReport[] = [];
  for (const name of options.only) {
    const report = await BENCHMARKS[name]!({
      seconds: options.seconds,
      rounds: Math.ceil(options.rounds),
      policies: options.policy,
      startCommand: options.start,
      on: options.on,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    reports.push(report);
    print(tableOf(report));
  }
  const json = JSON.stringify({ at: new Date().toISOString(), machine: where, benchmarks: reports }, null, 2);
  await mkdir(dirname(options.output), { recursive: true });
  await writeFile(options.output, `${json}\n`);
  if (options.json === true) process.stdout.write(`${json}\n`);
  else print(`\nall numbers: ${options.output}\n`);
}

const names = Object.keys(BENCHMARKS);
await new Command('bench')
  .description(
    'measures the real service, started as its own process, beside a bare node:http handler in the same run',
  )
  .option('--json', 'print JSON instead of tables')
  .option('--only <names>', `some of ${names.join(',')}`, some(names), names)
  .option('--policy <names>', `some of ${POLICY_NAMES.join(',')}`, some(POLICY_NAMES), [...DEFAULT_POLICIES])
  .option('--seconds <n>', 'length of each measured stretch', positive, 5)
  .option('--rounds <n>', 'how often each is measured; medians are printed', positive, 3)
  .option(
    '--start <command>',
    'starts the service under test in the foreground; "--config <file>" is added',
    (text) => text.split(/\s+/),
  )
  .addOption(
    new Option('--on <adapters>', 'what freshness is measured on')
      .choices(['embedded', 'kafka'])
      .default('embedded'),
  )
  .option('--output <file>', 'where the JSON goes', 'test/artifacts/benchmarks.json')
  .action(run)
  .parseAsync();
