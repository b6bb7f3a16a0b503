import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ourPlayer, type OurConfiguration } from './ours.js';
import { OUR_GRID, RIVAL_GRIDS } from './grids.js';
import { play } from './play.js';
import type { Problem } from './problem.js';
import { RIVAL_NAMES, type RivalName, type Rivals } from './rivals.js';
import { writeStream } from './stream-file.js';

export const OURS = 'marquee';
export type SystemName = typeof OURS | RivalName;

export interface Measured {
  readonly configuration: string;
  readonly averageReward: number;
  readonly cpuSeconds: number;
}

/** A system in the bake-off with the configurations it may choose one of. */
export interface Entrant {
  readonly system: SystemName;
  /** its version, or a digest of its code */
  readonly version: string;
  readonly configurations: readonly { readonly id: string }[];
  /** Plays a problem with each of these configurations, afresh; tells each result at once. */
  measure(
    problem: Problem,
    configurations: readonly string[],
    tell: (measured: Measured) => void,
  ): Promise<void>;
}

/** Ours, and each rival that is installed. @param folder for streams that the rivals read */
export function entrants(rivals: Rivals | undefined, folder: string): Entrant[] {
  const others = RIVAL_NAMES.flatMap((name) => {
    const version = rivals?.versions[name];
    return rivals === undefined || version === undefined ? [] : [rivalEntrant(rivals, name, version, folder)];
  });
  return [ourEntrant(OUR_GRID), ...others];
}

export function ourEntrant(grid: readonly OurConfiguration[]): Entrant {
  return {
    system: OURS,
    version: codeDigest(),
    configurations: grid,
    measure(problem, ids, tell) {
      for (const configuration of grid.filter(({ id }) => ids.includes(id))) {
        const began = process.cpuUsage();
        const { averageReward } = play(problem, ourPlayer(problem, configuration));
        const { user, system } = process.cpuUsage(began);
        tell({ configuration: configuration.id, averageReward, cpuSeconds: (user + system) / 1e6 });
      }
      return Promise.resolve();
    },
  };
}

function rivalEntrant(rivals: Rivals, name: RivalName, version: string, folder: string): Entrant {
  const grid = RIVAL_GRIDS[name];
  return {
    system: name,
    version,
    configurations: grid,
    async measure(problem, ids, tell) {
      const stream = join(folder, `${problem.table}.${problem.seed}.bin`);
      await writeStream(stream, problem);
      const configurations = grid.filter(({ id }) => ids.includes(id));
      await rivals.run({ task: 'quality', system: name, stream, configurations }, (message) => {
        const { id, averageReward, cpuSeconds } = message as Omit<Measured, 'configuration'> & { id: string };
        tell({ configuration: id, averageReward, cpuSeconds });
      });
    },
  };
}

/** The sources of bandit/ that decide or learn: results of other code do not count. Read from the working directory, as rivals.py is. */
function codeDigest(): string {
  const folder = 'bandit';
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const file of files)
    if (!file.startsWith('evaluation') && /(?<!\.test|\.contract|\.d)\.ts$/.test(file))
      hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
