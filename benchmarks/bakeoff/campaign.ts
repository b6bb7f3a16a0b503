import type { Entrant, SystemName } from './entrants.js';
import { streamDigest } from './stream-file.js';
import type { Problem } from './problem.js';
import type { Result, Results } from './results.js';
import type { Table } from './tables.js';

export interface CampaignOptions {
  readonly tables: readonly Table[];
  readonly results: Results;
  /** seeds on which each system picks its configuration */
  readonly selectionSeeds: readonly number[];
  /** seeds that are reported; none of the former */
  readonly reportedSeeds: readonly number[];
  readonly say: (line: string) => void;
}

/** What one system earned on one table with the configuration it picked. */
export interface Cell {
  readonly table: string;
  /** per reported seed */
  readonly averageRewards: readonly number[];
  /** per reported seed: comparator's average reward minus the system's */
  readonly regrets: readonly number[];
  readonly cpuMicrosPerExample: number;
}

export interface Standing {
  readonly system: SystemName;
  readonly version: string;
  readonly configuration: string;
  /** mean over tables of (average reward / comparator's) on the selection seeds: what picked the configuration */
  readonly selectionScore: number;
  readonly cells: readonly Cell[];
}

/** One system's configuration is picked on the selection seeds, from all of its grid or a part, then played on the reported ones. */
export async function compete(
  entrant: Entrant,
  among: readonly string[],
  options: CampaignOptions,
): Promise<Standing> {
  const score = new Map(among.map((id) => [id, 0]));
  for (const table of options.tables) {
    for (const seed of options.selectionSeeds) {
      const problem = table.problem(seed);
      for (const { configuration, averageReward } of await measured(entrant, problem, among, options))
        score.set(configuration, score.get(configuration)! + averageReward / problem.hindsightReward);
    }
  }
  // The first of equals: the grid is ordered from plain to elaborate.
  const [configuration, total] = [...score].reduce((best, next) => (next[1] > best[1] ? next : best));
  const cells: Cell[] = [];
  for (const table of options.tables) cells.push(await cellOf(entrant, table, configuration, options));
  const { system, version } = entrant;
  const selectionScore = total / (options.tables.length * options.selectionSeeds.length);
  return { system, version, configuration, selectionScore, cells };
}

async function cellOf(
  entrant: Entrant,
  table: Table,
  configuration: string,
  options: CampaignOptions,
): Promise<Cell> {
  const averageRewards: number[] = [];
  const regrets: number[] = [];
  let micros = 0;
  for (const seed of options.reportedSeeds) {
    const problem = table.problem(seed);
    const [result] = await measured(entrant, problem, [configuration], options);
    averageRewards.push(result!.averageReward);
    regrets.push(problem.hindsightReward - result!.averageReward);
    micros += (1e6 * result!.cpuSeconds) / problem.steps / options.reportedSeeds.length;
  }
  return { table: table.name, averageRewards, regrets, cpuMicrosPerExample: micros };
}

/** Results of these configurations: those on disk, and the others measured now. */
async function measured(
  entrant: Entrant,
  problem: Problem,
  ids: readonly string[],
  { results, say }: CampaignOptions,
): Promise<Result[]> {
  const { table, seed } = problem;
  const { system, version } = entrant;
  const keyOf = (configuration: string) => ({
    table,
    seed,
    system,
    configuration,
    stamp: `${streamDigest(problem)}:${version}`,
  });
  const missing = ids.filter((id) => results.get(keyOf(id)) === undefined);
  if (missing.length > 0) {
    say(`${system} · ${table} · seed ${seed} · ${missing.length} configurations`);
    await entrant.measure(problem, missing, ({ configuration, ...found }) =>
      results.add({ ...keyOf(configuration), ...found }),
    );
  }
  return ids.map((id) => results.get(keyOf(id))!);
}
