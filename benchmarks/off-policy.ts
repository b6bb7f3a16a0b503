import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import {
  dm,
  dr,
  drGiven,
  dros,
  ipw,
  mips,
  replay,
  sndr,
  snipw,
  switchDr,
  type Estimator,
  type LoggedOutcome,
} from '../bandit/evaluation/index.js';
import { seededRng, type Rng } from '../core/rng.js';

/** Off-policy estimates of a log too long to hold: how long a row takes, and how much memory all estimators together hold. */
const ARMS = 34;
const POSITIONS = 3;
const MEMBERS = 1_000_000;
const BATCH = 20_000;

const WEIGHT_BOUND = ARMS * ((2 * ARMS) / (ARMS * (ARMS + 1)));
const ESTIMATORS: Readonly<Record<string, () => Estimator>> = {
  'ipw, Gaussian': () => ipw(),
  'ipw, every interval, 200 replicates': () =>
    ipw({
      intervals: ['clopper-pearson', 'empirical-bernstein', 'bootstrap', 'anytime-valid'],
      weightBound: WEIGHT_BOUND,
      bootstrap: { replicates: 200 },
    }),
  snipw: () => snipw(),
  'snipw by position': () => snipw({ byPosition: true }),
  replay: () => replay(seededRng(2)),
  dm: () => dm(),
  'dr, cross-fitted': () => dr(),
  'dr, given q̂': () => drGiven(),
  sndr: () => sndr(),
  'switch-dr': () => switchDr(),
  dros: () => dros(),
  mips: () => mips(),
};

interface World {
  readonly rewards: readonly Float64Array[];
  readonly target: Float64Array;
  readonly logging: Float64Array;
  readonly categories: Int32Array;
  readonly value: number;
}

function worldOf(rng: Rng): World {
  const rewards = Array.from({ length: POSITIONS }, () =>
    Float64Array.from({ length: ARMS }, () => 0.002 + 0.01 * rng.uniform()),
  );
  const target = Float64Array.from({ length: ARMS }, (_, a) => (2 * (a + 1)) / (ARMS * (ARMS + 1)));
  const value =
    rewards.reduce((sum, means) => sum + means.reduce((total, mean, a) => total + mean * target[a]!, 0), 0) /
    POSITIONS;
  return {
    rewards,
    target,
    logging: new Float64Array(ARMS).fill(1 / ARMS),
    categories: Int32Array.from({ length: ARMS }, (_, a) => a >> 1),
    value,
  };
}

function drawBatch(rng: Rng, world: World, rows: number): LoggedOutcome[] {
  return Array.from({ length: rows }, () => {
    const chosen = rng.below(ARMS);
    const position = rng.below(POSITIONS);
    return {
      reward: rng.uniform() < world.rewards[position]![chosen]! ? 1 : 0,
      loggingPropensity: 1 / ARMS,
      targetPropensity: world.target[chosen]!,
      offeredArms: ARMS,
      clusterId: `member-${rng.below(MEMBERS)}`,
      position,
      chosen,
      targetProbabilities: world.target,
      loggingProbabilities: world.logging,
      estimatedRewards: world.rewards[position]!,
      categories: world.categories,
    };
  });
}

interface Report {
  readonly rows: number;
  readonly trueValue: number;
  readonly residentMb: { readonly start: number; readonly afterTenth: number; readonly most: number };
  readonly estimators: readonly {
    readonly name: string;
    readonly cpuMicrosecondsPerRow: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly verdict: string;
  }[];
}

function run(rows: number, seed: number): Report {
  const rng = seededRng(seed);
  const world = worldOf(rng.fork('world'));
  const estimators = Object.entries(ESTIMATORS).map(([name, create]) => ({
    name,
    estimator: create(),
    cpuMicroseconds: 0,
  }));
  const start = residentMb();
  let afterTenth = start;
  let most = start;
  for (let done = 0; done < rows; done += BATCH) {
    const batch = drawBatch(rng, world, Math.min(BATCH, rows - done));
    for (const entry of estimators) {
      const from = process.cpuUsage();
      for (const outcome of batch) entry.estimator.add(outcome);
      entry.cpuMicroseconds += process.cpuUsage(from).user;
    }
    most = Math.max(most, residentMb());
    if (done <= rows / 10) afterTenth = most;
  }
  return {
    rows,
    trueValue: world.value,
    residentMb: { start, afterTenth, most },
    estimators: estimators.map(({ name, estimator, cpuMicroseconds }) => {
      const { value, low, high, verdict } = estimator.estimate();
      return { name, cpuMicrosecondsPerRow: cpuMicroseconds / rows, value, low, high, verdict };
    }),
  };
}

function residentMb(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}

function textOf(report: Report): string {
  const table = new Table({
    head: ['estimator', 'CPU µs a row', 'value', '95 % interval', 'verdict'],
    colAligns: ['left', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, cpuMicrosecondsPerRow, value, low, high, verdict } of report.estimators) {
    table.push([
      name,
      cpuMicrosecondsPerRow.toFixed(2),
      value.toFixed(6),
      `${low.toFixed(6)} – ${high.toFixed(6)}`,
      verdict,
    ]);
  }
  const { start, afterTenth, most } = report.residentMb;
  return [
    `${report.rows.toLocaleString('en')} rows of ${MEMBERS.toLocaleString('en')} members, ${ARMS} arms, ${POSITIONS} positions; true value ${report.trueValue.toFixed(6)}`,
    table.toString(),
    `resident memory, all estimators at once: ${start} MB at the start, ${afterTenth} MB after a tenth of the rows, ${most} MB at most`,
    '',
  ].join('\n');
}

function count(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!(Number.isSafeInteger(value) && value >= 1)) throw new InvalidArgumentError('expected an integer ≥ 1');
  return value;
}

new Command('off-policy')
  .description('streams synthetic rows through every off-policy estimator and reports time and memory')
  .option('--rows <n>', 'rows', count, 10_000_000)
  .option('--seed <n>', 'of the synthetic log', count, 1)
  .option('--json', 'print JSON instead of a table')
  .action(({ rows, seed, json }: { rows: number; seed: number; json?: boolean }) => {
    const report = run(rows, seed);
    process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  })
  .parse();
