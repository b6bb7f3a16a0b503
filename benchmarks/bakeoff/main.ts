import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { tableNames } from './classification-table.js';
import { command, SLOW_SYSTEMS, TABLE_FOLDERS, type CommandOptions } from './command.js';
import { compete, type CampaignOptions, type Standing } from './campaign.js';
import { entrants, OURS, type Entrant } from './entrants.js';
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
import { installRivals, type Rivals } from './rivals.js';
import { measureSpeed, type Speed } from './speed.js';
import { loadTables } from './tables.js';

const FIRST_SELECTION_SEED = 101;

interface Findings {
  readonly at: string;
  readonly machine: string;
  readonly notes: readonly string[];
  readonly sheets: readonly Sheet[];
  readonly standings: readonly Standing[];
  readonly ours: readonly Standing[];
  readonly speeds: readonly Speed[];
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(options: CommandOptions): Promise<void> {
  const folder = options.tables ?? TABLE_FOLDERS.find((path) => existsSync(path));
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    say(line);
  };
  if (folder === undefined || (await tableNames(folder)).length === 0)
    note(
      `no classification tables in ${folder ?? TABLE_FOLDERS.join(', ')} (--tables names a folder): made tables alone`,
    );
  const alone = options.systems.every((system) => system === OURS);
  const rivals = alone ? undefined : await installRivals(join(options.folder, 'python'), say, note);
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
  for (const entrant of field)
    standings.push(await compete(entrant, idsOf(entrant), patient(entrant, campaign, options.slowSeeds)));
  const us = field.find(({ system }) => system === OURS);
  const ours = options.policies && us !== undefined ? await competeByPolicy(us, campaign) : [];
  const speeds =
    options.speed && us !== undefined
      ? await speedsOf(standings, ours, rivals, campaign, options.folder)
      : [];
  const sheets: Sheet[] = [
    rewardSheet(standings),
    ...(us !== undefined && standings.length > 1 ? [comparisonSheet(standings)] : []),
    configurationSheet(standings),
    ...(ours.length > 0 ? [policySheet(ours)] : []),
    ...(speeds.length > 0 ? [speedSheet(speeds)] : []),
  ];
  await publish(
    { at: new Date().toISOString(), machine: machine(), notes, sheets, standings, ours, speeds },
    options,
  );
}

/** Libraries that take a millisecond or more per example play fewer seeds: the campaign would take a day otherwise. */
function patient({ system }: Entrant, campaign: CampaignOptions, slowSeeds: number): CampaignOptions {
  if (!SLOW_SYSTEMS.includes(system)) return campaign;
  return {
    ...campaign,
    selectionSeeds: campaign.selectionSeeds.slice(0, 1),
    reportedSeeds: campaign.reportedSeeds.slice(0, slowSeeds),
  };
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

await command().action(run).parseAsync();
