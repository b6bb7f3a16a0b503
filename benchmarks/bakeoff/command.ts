import { Command, InvalidArgumentError } from 'commander';
import { OURS, type SystemName } from './entrants.js';
import { RIVAL_NAMES } from './rivals.js';

/** Tried in this order when no folder is named. */
export const TABLE_FOLDERS = ['data/bakeoff/tables', '../shared/data/bakeoff'];
export const SLOW_SYSTEMS: readonly SystemName[] = ['mabwiser', 'contextualbandits'];
export const SYSTEMS: readonly SystemName[] = [OURS, ...RIVAL_NAMES];

export interface CommandOptions {
  readonly tables?: string;
  readonly only?: readonly string[];
  readonly seeds: number;
  readonly selectionSeeds: number;
  readonly slowSeeds: number;
  readonly systems: readonly SystemName[];
  readonly speed: boolean;
  readonly policies: boolean;
  readonly folder: string;
  readonly output: string;
  readonly json?: boolean;
}

/** The command line, without what it does. */
export function command(): Command {
  return new Command('bench-bakeoff')
    .description(
      'contextual bandits side by side on the same streams: ours, Vowpal Wabbit, MABWiser, contextualbandits',
    )
    .option(
      '--tables <folder>',
      `folder of <name>.csv.gz, the last column the class (default: the first of ${TABLE_FOLDERS.join(', ')} that is there)`,
    )
    .option('--only <names>', 'some tables, by name', (text) => text.split(','))
    .option('--seeds <n>', 'reported seeds', count, 10)
    .option('--selection-seeds <n>', 'seeds on which configurations are picked', count, 3)
    .option('--slow-seeds <n>', `reported seeds of ${SLOW_SYSTEMS.join(', ')}`, count, 3)
    .option(
      '--systems <names>',
      `some of ${SYSTEMS.join(',')}; ours alone needs no Python`,
      (text) => text.split(',').map(systemOf),
      SYSTEMS,
    )
    .option('--no-speed', 'without examples per second')
    .option('--no-policies', "without the table of all our policies' best")
    .option(
      '--folder <folder>',
      'environment, streams, results so far: an interrupted run goes on from there',
      'data/bakeoff',
    )
    .option('--output <file>', 'where the JSON goes', 'test/artifacts/bakeoff.json')
    .option('--json', 'print JSON instead of tables');
}

function systemOf(text: string): SystemName {
  const found = SYSTEMS.find((name) => name === text.trim());
  if (found === undefined) throw new InvalidArgumentError(`expected some of ${SYSTEMS.join(',')}`);
  return found;
}

function count(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 100))
    throw new InvalidArgumentError('expected an integer in [1, 100]');
  return value;
}
