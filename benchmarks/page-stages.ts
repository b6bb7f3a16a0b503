import type { PolicyName } from '../bandit/index.js';
import type { Benchmark } from './benchmark.js';
import { median } from './load/percentiles.js';
import { stagesOf, type Stage } from './page-stages-world.js';
import { TITLES_OF_ONE_ROW } from './world.js';

const PAGE_TITLES = 800;
/** of each stage at once: long enough for the clock, short enough to take turns */
const REPETITIONS = 20;

/** What one POST /v1/home costs, stage by stage, in one process without sockets or disk: CPU time, so that a busy machine counts for less. */
export const pageStages: Benchmark = async ({ policies, rounds, seconds, say }) => {
  const rows: (string | number)[][] = [];
  const raw: unknown[] = [];
  for (const policy of policies)
    for (const titles of [PAGE_TITLES, TITLES_OF_ONE_ROW]) {
      say(`page-stages: ${policy}, ${titles} titles`);
      const micros = measure(await stagesOf(policy, titles), (seconds * 1000) / rounds, rounds);
      rows.push([titles, policy, ...micros.map(({ cpuMicros }) => round(cpuMicros))]);
      raw.push({ policy: policy satisfies PolicyName, titles, stages: micros });
    }
  return {
    name: 'page-stages',
    method:
      'CPU µs per request of each stage, run alone over 100 members; medians. parse: JSON and schema. decide: candidates, eligibility, order of titles, features, scores, draws; of it features, score (with ' +
      'probabilities) and explore (the draws) are shown apart, where the policy takes many slates at once. record: the decision event. write: token and JSON bytes. all: parse, decide, record and write.',
    columns: ['titles', 'policy', ...STAGE_NAMES],
    rows,
    raw,
  };
};

const STAGE_NAMES = ['parse', 'decide', 'features', 'score', 'explore', 'record', 'write', 'all'] as const;

function measure(
  stages: Readonly<Record<(typeof STAGE_NAMES)[number], Stage>>,
  milliseconds: number,
  rounds: number,
): { stage: string; cpuMicros: number }[] {
  const found = STAGE_NAMES.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const end = performance.now() + milliseconds;
    for (let member = 0; performance.now() < end; member += REPETITIONS)
      STAGE_NAMES.forEach((name, i) => found[i]!.push(cpuMicrosOf(stages[name], member)));
  }
  return STAGE_NAMES.map((stage, i) => ({ stage, cpuMicros: median(found[i]!) }));
}

function cpuMicrosOf(stage: Stage, member: number): number {
  stage.prepare?.(member);
  const before = process.cpuUsage();
  for (let i = 0; i < REPETITIONS; i++) stage.run(member + i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REPETITIONS;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
