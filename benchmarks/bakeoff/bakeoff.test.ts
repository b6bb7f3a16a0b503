import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { compete } from './campaign.js';
import { classificationProblem, readTable, tableNames } from './classification-table.js';
import { ourEntrant } from './entrants.js';
import { OUR_GRID, RIVAL_GRIDS } from './grids.js';
import { MADE_TABLES, madeProblem } from './made-problems.js';
import { ourPlayer, type OurConfiguration } from './ours.js';
import { play } from './play.js';
import type { Problem, Stream } from './problem.js';
import { Results } from './results.js';
import { decodeStream, encodeStream } from './stream-file.js';

const folder = mkdtempSync(join(tmpdir(), 'bakeoff-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STEPS = 1500;

/** One configuration of each policy. */
const SAMPLE: readonly OurConfiguration[] = [...new Map(OUR_GRID.map((one) => [one.policy, one])).values()];

/** What choosing at random would earn: the mean of everything on offer. */
function uniformReward(problem: Problem): number {
  let total = 0;
  for (let step = 0; step < problem.steps; step++) {
    let [sum, offered] = [0, 0];
    for (let arm = 0; arm < problem.arms; arm++) {
      if (problem.arrivals[arm]! > step) continue;
      sum += problem.rewards[step * problem.arms + arm]!;
      offered++;
    }
    total += sum / offered;
  }
  return total / problem.steps;
}

describe('our policies on the made tables', () => {
  for (const table of MADE_TABLES) {
    const problem = madeProblem(table, 1, STEPS);
    it.each(SAMPLE.map((configuration) => [configuration.id, configuration] as const))(
      `${table}: %s beats choosing at random, not the one who knows, and does the same again`,
      (_, configuration) => {
        const first = play(problem, ourPlayer(problem, configuration));
        const again = play(problem, ourPlayer(problem, configuration));
        expect(again.chosen).toEqual(first.chosen);
        expect(first.averageReward).toBeGreaterThan(uniformReward(problem));
        // What it earned is a mean of n Bernoulli rewards, of deviation ½ at most: by luck it can be a little above.
        expect(first.averageReward).toBeLessThan(problem.hindsightReward + 4 * Math.sqrt(0.25 / STEPS));
      },
    );
  }
});

describe('made problems', () => {
  it.each(MADE_TABLES)('%s is the same for the same seed and another for another', (table) => {
    expect(encodeStream(madeProblem(table, 3, 200))).toEqual(encodeStream(madeProblem(table, 3, 200)));
    expect(encodeStream(madeProblem(table, 3, 200))).not.toEqual(encodeStream(madeProblem(table, 4, 200)));
  });

  it('delays as often as said: a geometric delay has the mean it was asked for', () => {
    const { delays, steps } = madeProblem('made-delayed', 1);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / steps;
    // mean 400, deviation √(400·401): four standard errors
    expect(Math.abs(mean - 400)).toBeLessThan((4 * Math.sqrt(400 * 401)) / Math.sqrt(steps));
  });

  it('never lets an arm be the best before it arrives', () => {
    const { arrivals, arms } = madeProblem('made-late-arms', 1);
    expect([...arrivals]).toEqual([...arrivals].sort((a, b) => a - b));
    expect(new Set(arrivals).size).toBe(arms - 2);
  });
});

describe('play', () => {
  it('tells of an arrival before it is offered, and of a reward when it is due, in order', () => {
    const stream: Stream = {
      table: 'by hand',
      seed: 0,
      steps: 4,
      dimension: 1,
      arms: 2,
      contexts: new Float32Array(4).fill(1),
      rewards: Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0),
      arrivals: Int32Array.of(0, 1),
      delays: Int32Array.of(2, 1, 0, 9),
    };
    const told: string[] = [];
    const played = play(stream, {
      arrive: (arm) => told.push(`arrive ${arm}`),
      choose(step) {
        told.push(`choose ${step}`);
        return step === 1 ? 1 : 0;
      },
      learn: (decided, arm, reward) => told.push(`learn ${decided}: arm ${arm} earned ${reward}`),
    });
    expect(told).toEqual([
      'arrive 0',
      'choose 0',
      'arrive 1',
      'choose 1',
      'learn 0: arm 0 earned 1',
      'learn 1: arm 1 earned 1',
      'choose 2',
      'learn 2: arm 0 earned 1',
      'choose 3',
    ]);
    expect([...played.chosen]).toEqual([0, 1, 0, 0]);
    expect(played.averageReward).toBe(0.75);
  });
});

describe('tables', () => {
  it('are standardised; missing values are means, constant features go, classes become arms', async () => {
    const csv = 'a,b,c,label\n1,5,0,x\n3,5,NA,y\n1,5,2,x\n3,5,1,y\n';
    writeFileSync(join(folder, 'tiny.csv.gz'), gzipSync(csv));
    expect(await tableNames(folder)).toEqual(['tiny']);
    const table = await readTable(folder, 'tiny');
    const third = Math.sqrt(1.5); // 0, 1, 2 have mean 1 and variance 2/3
    expect([...table.contexts]).toEqual([-1, -third, 1, 1, 0, 1, -1, third, 1, 1, 0, 1].map(Math.fround));
    expect([...table.classes]).toEqual([0, 1, 0, 1]);
    expect(table.hindsightReward).toBe(1);
    const problem = classificationProblem(table, 1);
    expect(problem.arms).toBe(2);
    for (let step = 0; step < 4; step++)
      expect(problem.rewards[2 * step + (problem.contexts[3 * step]! < 0 ? 0 : 1)]).toBe(1);
  });

  it('no folder is no tables', async () => {
    expect(await tableNames(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('the campaign', () => {
  const tables = [{ name: 'made-sparse', problem: (seed: number) => madeProblem('made-sparse', seed, 300) }];
  const grid = SAMPLE.slice(0, 2);
  const path = join(folder, 'results.jsonl');
  const run = (say: (line: string) => void) =>
    compete(
      ourEntrant(grid),
      grid.map(({ id }) => id),
      { tables, results: new Results(path), selectionSeeds: [101], reportedSeeds: [1, 2], say },
    );

  it('goes on where it stopped, a half-written line and all, and finds the same', async () => {
    const first = await run(() => undefined);
    expect(first.cells[0]!.averageRewards).toHaveLength(2);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n${lines[3]!.slice(0, 20)}`);
    const said: string[] = [];
    const again = await run((line) => said.push(line));
    expect(said).toHaveLength(1);
    expect(again.cells[0]!.averageRewards).toEqual(first.cells[0]!.averageRewards);
  });

  it('knows each configuration by a name of its own', () => {
    for (const configurations of [OUR_GRID, ...Object.values(RIVAL_GRIDS)])
      expect(new Set(configurations.map(({ id }) => id)).size).toBe(configurations.length);
  });
});

it('every configuration is published in the README', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  for (const { id } of [OUR_GRID, ...Object.values(RIVAL_GRIDS)].flat()) {
    const line = id.replace(/ (half-life|-l |l2_lambda|lambda_).*$/, '').replace(/ lambda=\S+/, '');
    expect(readme).toContain(`- \`${line}\``);
  }
});

it('a stream file says all there is to know about a stream', () => {
  const problem = madeProblem('made-late-arms', 5, 100);
  const { hindsightReward } = problem;
  expect({ ...decodeStream(encodeStream(problem), problem.table), hindsightReward }).toEqual(problem);
});
