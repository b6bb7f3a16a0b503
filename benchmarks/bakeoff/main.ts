import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { compete, type CampaignOptions, type Standing } from './campaign.js';
import { entrants, OURS, type Entrant, type SystemName } from './entrants.js';
import { OUR_GRID } from './grids.js';
import type { OurConfiguration } from './ours.js';
import {
  comparisonSheet,
  configurationSheet,
  policySheet,
  rewardSheet,
  shownTable,
  speedSheet,
  type Sheet,
} from './report.js';
import { Results } from './results.js';
import { installRivals, RIVAL_NAMES, type Rivals } from './rivals.js';
import { measureSpeed, type Speed } from './speed.js';
import { loadTables } from './tables.js';

/** Tried in this order when no folder is named. */
const TABLE_FOLDERS = ['data/bakeoff/tables', '../shared/data/bakeoff'];
const FIRST_SELECTION_SEED = 101;
const SYSTEMS: readonly SystemName[] = [OURS, ...RIVAL_NAMES];

interface Findings {
  readonly at: string;
  readonly machine: string;
  readonly notes: readonly string[];
  readonly sheets: readonly Sheet[];
  readonly standings: readonly Standing[];
  readonly ours: readonly Standing[];
  readonly speeds: readonly Speed[];
}

interface CommandOptions {
  readonly tables?: string;
  readonly only?: readonly string[];
  readonly seeds: number;
  readonly selectionSeeds: number;
  readonly systems: readonly SystemName[];
  readonly speed: boolean;
  readonly policies: boolean;
  readonly folder: string;
  readonly output: string;
  readonly json?: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(options: CommandOptions): Promise<void> {
  const folder = options.tables ?? TABLE_FOLDERS.find((path) => existsSync(path));
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    say(line);
  };
  if (folder === undefined)
    note('no folder of classification tables was found (--tables names one): made tables alone');
  const alone = options.systems.every((system) => system === OURS);
  const rivals = alone ? undefined : await installRivals(join(options.folder, 'python'), note);
  const field = entrants(rivals, join(options.folder, 'streams')).filter(({ system }) =>
    options.systems.includes(system),
  );
  const campaign: CampaignOptions = {
    tables: await loadTables(folder, options.only),
    results: new Results(join(options.folder, 'results.jsonl')),
    selectionSeeds: seedsFrom(FIRST_SELECTION_SEED, options.selectionSeeds),
    reportedSeeds: seedsFrom(1, options.seeds),
    say,
  };
  const standings: Standing[] = [];
  for (const entrant of field) standings.push(await compete(entrant, idsOf(entrant), campaign));
  const us = field.find(({ system }) => system === OURS);
  const ours = options.policies && us !== undefined ? await competeByPolicy(us, campaign) : [];
  const speeds =
    options.speed && us !== undefined
      ? await speedsOf(standings, ours, rivals, campaign, options.folder)
      : [];
  const sheets: Sheet[] = [
    rewardSheet(standings, options.seeds),
    ...(us !== undefined && standings.length > 1 ? [comparisonSheet(standings)] : []),
    configurationSheet(standings, options.selectionSeeds),
    ...(ours.length > 0 ? [policySheet(ours)] : []),
    ...(speeds.length > 0 ? [speedSheet(speeds)] : []),
  ];
  await publish(
    { at: new Date().toISOString(), machine: machine(), notes, sheets, standings, ours, speeds },
    options,
  );
}

function idsOf(entrant: Entrant): string[] {
  return entrant.configurations.map(({ id }) => id);
}

/** The same competition within each of our policies. */
async function competeByPolicy(entrant: Entrant, campaign: CampaignOptions): Promise<Standing[]> {
  const standings: Standing[] = [];
  for (const policy of new Set(OUR_GRID.map((configuration) => configuration.policy))) {
    const ids = OUR_GRID.filter((configuration) => configuration.policy === policy).map(({ id }) => id);
    standings.push(await compete(entrant, ids, campaign));
  }
  return standings.sort((a, b) => b.selectionScore - a.selectionScore);
}

async function speedsOf(
  standings: readonly Standing[],
  ours: readonly Standing[],
  rivals: Rivals | undefined,
  { tables }: CampaignOptions,
  folder: string,
): Promise<Speed[]> {
  const configurations = [standings[0]!, ...ours]
    .map(({ configuration }) => OUR_GRID.find(({ id }) => id === configuration)!)
    .filter((one, i) => i === 0 || one.policy === 'squarecb');
  const byName: Record<string, OurConfiguration> = Object.fromEntries(
    configurations.map((configuration) => [configuration.policy, configuration]),
  );
  const vowpalWabbit = standings.find(({ system }) => system === 'vowpalwabbit')?.configuration;
  return measureSpeed({
    tables,
    ours: byName,
    rivals,
    vowpalWabbit,
    folder: join(folder, 'streams'),
    seed: 1,
    say,
  });
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function machine(): string {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
}

async function publish(findings: Findings, { output, json }: CommandOptions): Promise<void> {
  const text = `${JSON.stringify(findings, null, 2)}\n`;
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, text);
  if (json === true) process.stdout.write(text);
  else {
    const lines = [findings.machine, ...findings.notes];
    process.stdout.write(
      `${lines.join('\n')}\n${findings.sheets.map(shownTable).join('')}\nall numbers: ${output}\n`,
    );
  }
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

await new Command('bench-bakeoff')
  .description(
    'contextual bandits side by side on the same streams: ours, Vowpal Wabbit, MABWiser, contextualbandits',
  )
  .option(
    '--tables <folder>',
    `folder of <name>.csv.gz, the last column the class (default: the first of ${TABLE_FOLDERS.join(', ')} that is there)`,
  )
  .option('--only <names>', 'some tables, by name', (text) => text.split(','))
  .option('--seeds <n>', 'reported seeds', count, 10)
  .option('--selection-seeds <n>', 'seeds on which configurations are picked', count, 2)
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
  .option('--json', 'print JSON instead of tables')
  .action(run)
  .parseAsync();
