import Table from 'cli-table3';
import { createBandit, type PolicyName } from '../bandit/index.js';
import { seededRng, type Rng } from '../core/rng.js';

/**
 * What exploration settings cost on one small simulated world: the table of docs/adr/0005. `node dist/benchmarks/exploration.js [--json]`.
 *
 * 60 titles are visited in proportion to 1/rank, each with 6 artworks that share most of their weights; takes are about 0.1. Half-way two of each title's
 * artworks are replaced by new ones.
 */
const TITLES = 60;
const ARTWORKS = 6;
const REPLACED = 2;
const D = 9;
const IMPRESSIONS = 40_000;
const SEEDS = 5;
const LAMBDA = 20;

interface Candidate {
  readonly policy: PolicyName;
  readonly settings: Readonly<Record<string, number>>;
}

const CANDIDATES: readonly Candidate[] = [
  { policy: 'uniform', settings: {} },
  ...[10, 30, 100, 300].map((gamma) => candidate('squarecb', { gamma })),
  ...[0.02, 0.05, 0.1].map((epsilon) => candidate('epsilon-greedy', { epsilon })),
  ...[0.01, 0.02, 0.05].map((temperature) => candidate('softmax', { temperature })),
  ...[0.5, 1, 2].map((alpha) => candidate('linucb', { alpha })),
  ...[0.01, 0.03, 0.1].map((confidence) => candidate('regcb', { confidence })),
  candidate('linear-thompson', {}),
];

function candidate(policy: PolicyName, settings: Readonly<Record<string, number>>): Candidate {
  return { policy, settings: { ...settings, lambda: LAMBDA, floor: 0.02 } };
}

/** @returns regret per impression, plays: before the replacement, and after it */
function regret(
  { policy, settings }: Candidate,
  seed: number,
): readonly [standing: number, replaced: number] {
  const rng = seededRng(seed);
  const shared = weights(rng, 0.02);
  const truths = new Map<string, Float64Array>();
  // A title is a bandit of its own.
  const bandits = Array.from({ length: TITLES }, () =>
    createBandit({ policy, settings, dimension: D, seed }),
  );
  const newArm = (title: number): void => {
    const id = `${title}/${truths.size}`;
    const own = weights(rng, 0.02);
    truths.set(
      id,
      own.map((value, i) => value + shared[i]!),
    );
    bandits[title]!.addArm(id);
  };
  for (let title = 0; title < TITLES; title++) for (let a = 0; a < ARTWORKS; a++) newArm(title);
  const sums: [number, number] = [0, 0];
  for (let t = 0; t < IMPRESSIONS; t++) {
    if (t === IMPRESSIONS / 2) {
      for (const [title, bandit] of bandits.entries()) {
        for (const id of bandit.arms.slice(0, REPLACED)) {
          bandit.removeArm(id);
          newArm(title);
        }
      }
    }
    const bandit = bandits[drawTitle(rng)]!;
    const x = Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
    const means = bandit.arms.map((id) => meanReward(truths.get(id)!, x));
    const { arm } = bandit.choose(x, t);
    const mean = means[bandit.arms.indexOf(arm)]!;
    bandit.learn(arm, x, rng.uniform() < mean ? 1 : 0, { key: t });
    const half = t < IMPRESSIONS / 2 ? 0 : 1;
    sums[half] += Math.max(...means) - mean;
  }
  return [sums[0] / (IMPRESSIONS / 2), sums[1] / (IMPRESSIONS / 2)];
}

function weights(rng: Rng, scale: number): Float64Array {
  return Float64Array.from({ length: D }, (_, i) => scale * rng.normal() + (i === 0 ? 0.05 : 0));
}

function meanReward(truth: Float64Array, x: Float32Array): number {
  const mean = truth.reduce((sum, value, i) => sum + value * x[i]!, 0);
  return Math.min(1, Math.max(0, mean));
}

/** Σ 1/rank over the titles up to each */
const VISITS = Float64Array.from({ length: TITLES }, (_, title) => 1 / (title + 1));
for (let title = 1; title < TITLES; title++) VISITS[title] = VISITS[title]! + VISITS[title - 1]!;

function drawTitle(rng: Rng): number {
  const u = rng.uniform() * VISITS[TITLES - 1]!;
  return VISITS.findIndex((sum) => u < sum);
}

const json = process.argv.includes('--json');
const results = CANDIDATES.map(({ policy, settings }) => {
  const runs = Array.from({ length: SEEDS }, (_, seed) => regret({ policy, settings }, seed + 1));
  const points = (half: 0 | 1): number => (100 * runs.reduce((sum, run) => sum + run[half], 0)) / SEEDS;
  if (!json) process.stderr.write(`${policy} ${JSON.stringify(settings)}\n`);
  return { policy, settings, standing: points(0), replaced: points(1) };
});
if (json) process.stdout.write(`${JSON.stringify({ simulated: true, seeds: SEEDS, results }, null, 2)}\n`);
else {
  const table = new Table({ head: ['policy', 'settings', 'regret, points', 'after new artworks'] });
  for (const { policy, settings, standing, replaced } of results) {
    const own = Object.entries(settings).filter(([name]) => name !== 'lambda' && name !== 'floor');
    table.push([
      policy,
      own.map(([name, value]) => `${name} ${value}`).join(', '),
      standing.toFixed(2),
      replaced.toFixed(2),
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}
