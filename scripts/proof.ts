import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commitNow, EVIDENCE } from './commit.js';

/**
 * The long campaigns, whole. Each part writes its evidence when it has passed and is not run again while that file is there, so an interrupted
 * proof goes on where it stopped; `make proof ARGS=--again` starts over,
 * `ARGS="--only demo,crash"` runs some of them.
 */
/** as it was when this began; campaigns that go on where they stopped say it of each of their rounds */
const COMMIT = commitNow();
const SEEDS = 5;
const CRASH_ROUNDS = 200;
const DISTRIBUTED_ROUNDS = 30;
const BENCH_FILE = 'test/artifacts/benchmarks.json';

interface Part {
  readonly name: string;
  readonly says: string;
  readonly commands: readonly {
    readonly argv: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }[];
}

const vitest = (file: string, environment: Readonly<Record<string, string>>) => ({
  argv: ['node_modules/.bin/vitest', 'run', file, '--reporter=verbose'],
  environment: { ...environment, REQUIRE_SERVICES: '1', NO_COLOR: '1' },
});

const PARTS: readonly Part[] = [
  {
    name: 'demo',
    says: `What each policy earned from simulated members, whole service included, for ${SEEDS} seeds; the test asserts that the intervals are apart.`,
    commands: [vitest('test/demo.test.ts', { TEST_DEMO_SEEDS: `${SEEDS}` })],
  },
  {
    name: 'crash',
    says: `The whole service killed, frozen, and left without disk at ${CRASH_ROUNDS} random moments under load (test/crash). After each: every acknowledged event is in the log and counted once by id, the tables say what the deduplicated log says, the labels replayed give the learner's bits, and a learner that was never interrupted counts the same and sums the same within 1e-9. Goes on where it was interrupted.`,
    commands: [
      {
        argv: ['node', '--import', 'tsx', 'test/crash/run.ts', '--rounds', `${CRASH_ROUNDS}`],
      },
    ],
  },
  {
    name: 'crash-distributed',
    says: `Two serving processes, two learners and a sink on a Kafka broker, a Redis and the embedded engine behind ClickHouse's HTTP interface, for ${DISTRIBUTED_ROUNDS} rounds: processes killed, a learner frozen for longer than its session, the broker restarted, Redis restarted and emptied, ClickHouse away for two minutes (test/crash/distributed). After each the same is checked as in crash.md, each partition by the learner that owns it. Goes on where it was interrupted.`,
    commands: [
      {
        argv: [
          ...['node', '--import', 'tsx', 'test/crash/distributed/run.ts'],
          ...['--rounds', `${DISTRIBUTED_ROUNDS}`],
        ],
      },
    ],
  },
  {
    name: 'learning',
    says: `A million updates of an incremental ridge regression, plain and ill-conditioned: how far A⁻¹A is from I, A summed without rounding. The bounds are the test's; 1e-6 but for the worst case.`,
    commands: [vitest('bandit/online/long-run.test.ts', { TEST_RIDGE_UPDATES: '1000000' })],
  },
  {
    name: 'thompson',
    says: 'Thompson propensities of 2 to 50 arms, near-ties, one dominant arm, variances 10⁶ apart: ten million draws counted, within 4 standard errors on both backends.',
    commands: [vitest('bandit/thompson-monte-carlo.test.ts', { TEST_THOMPSON_DRAWS: '10000000' })],
  },
  {
    name: 'benchmarks',
    says: 'The benchmarks at their full length.',
    commands: [{ argv: ['node', 'dist/benchmarks/main.js', '--output', BENCH_FILE] }],
  },
  {
    name: 'steady-load',
    says: 'A whole service under 20,000 events a second for ten minutes, and under less for one: what is acknowledged, how far it falls behind, what memory it takes.',
    commands: [{ argv: ['node', 'dist/benchmarks/main.js', '--only', 'steady-load', '--seconds', '600'] }],
  },
  {
    name: 'off-policy',
    says: 'Ten million synthetic rows through every off-policy estimator at once: time a row, and the memory of the process.',
    commands: [{ argv: ['node', 'dist/benchmarks/off-policy.js'] }],
  },
  {
    name: 'bakeoff',
    says: 'Our bandits beside Vowpal Wabbit, MABWiser and contextualbandits on the same streams: see benchmarks/bakeoff/README.md. Goes on where it was interrupted.',
    commands: [{ argv: ['node', 'dist/benchmarks/bakeoff/main.js'] }],
  },
];

const { again, only } = parseArgs({
  options: {
    again: { type: 'boolean', default: false },
    only: { type: 'string', default: PARTS.map(({ name }) => name).join(',') },
  },
}).values;
const wanted = only.split(',');
const unknown = wanted.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined)
  throw new Error(`part ${unknown}; expected some of ${PARTS.map(({ name }) => name).join(',')}`);
mkdirSync(EVIDENCE, { recursive: true });
for (const part of PARTS.filter(({ name }) => wanted.includes(name))) {
  const file = join(EVIDENCE, `${part.name}.md`);
  if (!again && existsSync(file)) {
    process.stdout.write(`${part.name}: ${file} is there; not run again\n`);
    continue;
  }
  process.stdout.write(`${part.name}: running…\n`);
  writeFileSync(file, evidence(part));
  process.stdout.write(`${part.name}: ${file}\n`);
}

function evidence({ name, says, commands }: Part): string {
  const sections = commands.map(({ argv, environment = {} }) => {
    const { status, stdout } = spawnSync(argv[0]!, argv.slice(1), {
      env: { ...process.env, ...environment },
      encoding: 'utf8',
      // What a part says of its progress is for whoever waits.
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
    });
    if (status !== 0) {
      process.stderr.write(
        `${stdout}\n${name}: ${argv.join(' ')} failed (${status}); no evidence is written\n`,
      );
      process.exit(1);
    }
    const settings = Object.entries(environment).map(([key, value]) => `${key}=${value} `);
    return `\`${settings.join('')}${argv.join(' ')}\`\n\n\`\`\`\n${stdout.trim().replaceAll(process.cwd(), '.')}\n\`\`\`\n`;
  });
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${release()}, Node ${process.version}`;
  return `# Evidence: ${name}\n\n${says}\n\nMachine: ${machine}. Commit: ${COMMIT}. Written by \`make proof\`.\n\n${sections.join('\n')}`;
}
