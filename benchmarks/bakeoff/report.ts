import Table from 'cli-table3';
import type { Standing } from './campaign.js';
import { OURS } from './entrants.js';
import type { Speed } from './speed.js';

/** Columns, then rows: for people by {@link shownTable}, for machines as it is. */
export interface Sheet {
  readonly title: string;
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

const WITHIN = 0.02;

export function shownTable({ title, method, columns, rows }: Sheet): string {
  const table = new Table({
    head: [...columns],
    colAligns: columns.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(String));
  return `\n${title}\n${table.toString()}\n${method}\n`;
}

/** Average reward, ± its standard error over seeds; regret in brackets. */
export function rewardSheet(standings: readonly Standing[]): Sheet {
  const tables = standings[0]?.cells.map(({ table }) => table) ?? [];
  return {
    title: 'Average reward ± standard error (regret)',
    method:
      'Means over the seeds stated. Regret is against the best in hindsight: see benchmarks/bakeoff/README.md.',
    columns: ['table', ...standings.map(({ system, cells }) => `${system}, ${seedsOf(cells)} seeds`)],
    rows: tables.map((table, t) => [
      table,
      ...standings.map(({ cells }) => {
        const { averageRewards, regrets } = cells[t]!;
        const { mean, error } = meanAndError(averageRewards);
        return `${mean.toFixed(4)} ± ${error.toFixed(4)} (${meanAndError(regrets).mean.toFixed(3)})`;
      }),
    ]),
  };
}

/** Ours against each rival, table by table: mean over seeds of ours minus theirs on the same stream, with its standard error. */
export function comparisonSheet(standings: readonly Standing[]): Sheet {
  const ours = standings.find(({ system }) => system === OURS)!;
  const others = standings.filter(({ system }) => system !== OURS);
  const verdicts = new Map<string, number[]>();
  const rows = ours.cells.map((cell, t) => [
    cell.table,
    ...others.map(({ system, cells }) => {
      const theirs = cells[t]!.averageRewards;
      const mine = cell.averageRewards.slice(0, theirs.length);
      const { mean, error } = meanAndError(mine.map((reward, s) => reward - theirs[s]!));
      const ratio = meanAndError(mine).mean / meanAndError(theirs).mean;
      verdicts.set(system, [...(verdicts.get(system) ?? []), ratio]);
      return `${mean >= 0 ? '+' : ''}${mean.toFixed(4)} ± ${error.toFixed(4)} (× ${ratio.toFixed(3)})`;
    }),
  ]);
  const lines = [...verdicts].map(([system, ratios]) => {
    const above = ratios.filter((ratio) => ratio > 1).length;
    const within = ratios.filter((ratio) => ratio >= 1 - WITHIN).length;
    return `against ${system}: above on ${above} of ${ratios.length} tables, above or within ${100 * WITHIN} % on ${within}`;
  });
  return {
    title: 'Ours minus theirs, same streams',
    method: lines.join('\n'),
    columns: ['table', ...others.map(({ system }) => system)],
    rows,
  };
}

export function configurationSheet(standings: readonly Standing[]): Sheet {
  return {
    title: 'The one configuration each picked',
    method: `Picked on other seeds than those reported: the highest mean over tables of average reward ÷ the comparator's. µs per example includes each system's own Python or JavaScript loop.`,
    columns: ['system', 'version', 'configuration', 'selection score', 'CPU µs/example'],
    rows: standings.map(({ system, version, configuration, selectionScore, cells }) => [
      system,
      version,
      configuration,
      selectionScore.toFixed(4),
      meanAndError(cells.map(({ cpuMicrosPerExample }) => cpuMicrosPerExample)).mean.toFixed(1),
    ]),
  };
}

/** The best configuration of each of our policies on the reported seeds. */
export function policySheet(standings: readonly Standing[]): Sheet {
  return {
    title: 'Each of our policies with its best configuration',
    method: 'Average reward; each picked its configuration on the selection seeds, as above.',
    columns: ['configuration', ...(standings[0]?.cells.map(({ table }) => table) ?? []), 'CPU µs/example'],
    rows: standings.map(({ configuration, cells }) => [
      configuration,
      ...cells.map(({ averageRewards }) => meanAndError(averageRewards).mean.toFixed(4)),
      meanAndError(cells.map(({ cpuMicrosPerExample }) => cpuMicrosPerExample)).mean.toFixed(1),
    ]),
  };
}

export function speedSheet(speeds: readonly Speed[]): Sheet {
  const names = Object.keys(speeds[0]?.ours ?? {});
  const withRival = speeds.some(({ vowpalWabbitCore }) => vowpalWabbitCore !== undefined);
  const layouts = Object.keys(speeds[0]?.vowpalWabbitCore ?? {});
  const theirs = withRival ? [...layouts.map((layout) => `VW core, ${layout}`), 'VW Python API'] : [];
  const ratios = withRival ? names.map((name) => `${name} ÷ VW core`) : [];
  return {
    title: 'Learn + choose, examples/s on one core',
    method:
      'From CPU time of the whole process on one core. VW core: C++ reading its binary cache, predict + learn per example, nothing drawn; the faster of its two layouts is what the ratio is to.',
    columns: ['table', 'd', 'K', ...names, ...theirs, ...ratios],
    rows: speeds.map(({ table, dimension, arms, ours, vowpalWabbitCore = {}, vowpalWabbitApi = NaN }) => {
      const fastest = Math.min(...Object.values(vowpalWabbitCore));
      return [
        table,
        dimension,
        arms,
        ...names.map((name) => perSecond(ours[name]!)),
        ...(withRival
          ? [...layouts.map((l) => perSecond(vowpalWabbitCore[l]!)), perSecond(vowpalWabbitApi)]
          : []),
        ...(withRival ? names.map((name) => `× ${(fastest / ours[name]!).toFixed(2)}`) : []),
      ];
    }),
  };
}

function seedsOf(cells: Standing['cells']): number {
  return cells[0]?.averageRewards.length ?? 0;
}

function perSecond(micros: number): string {
  return Math.round(1e6 / micros).toLocaleString('en');
}

/** Mean and standard error of the mean; the latter is 0 for a single value. */
export function meanAndError(values: readonly number[]): { mean: number; error: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, error: 0 };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, error: Math.sqrt(variance / n) };
}
