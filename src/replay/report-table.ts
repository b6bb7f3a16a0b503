import Table from 'cli-table3';
import type { Estimate, Interval } from '../../bandit/evaluation/index.js';
import type { ReplayReport } from './replay-log.js';
import { ESTIMATES, keysOf, type ReplayEstimate } from './scored-candidate.js';

/** The report for people. */
export function reportText(report: ReplayReport): string {
  return [
    ...headLines(report),
    estimatesTable(report),
    'other 95 % intervals, and what each promises',
    intervalsTable(report),
    ...problemLines(report),
    '',
  ].join('\n');
}

function headLines(report: ReplayReport): string[] {
  const { rows, problems, logged } = report;
  const lines = [
    `${rows.used} of ${rows.read} rows used (${problems.malformed} malformed, ${problems.refused} refused), ${report.actions} actions`,
    `mean reward of the log itself: ${digits(logged.value)}  [${digits(logged.low)}, ${digits(logged.high)}]`,
  ];
  if (report.outOfOrder > 0) {
    lines.push(
      `${report.outOfOrder} rows are older than one before them: the policies learned in the order of the file, not of time`,
    );
  }
  return lines;
}

function estimatesTable(report: ReplayReport): string {
  const table = new Table({
    head: [
      'policy',
      'estimator',
      'value',
      '95 % interval',
      'ESS',
      'max w',
      'mean w',
      'never logged',
      'verdict',
    ],
    colAligns: ['left', 'left', 'right', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const policy of report.policies) {
    for (const key of keysOf(ESTIMATES)) table.push([policy.policy, ESTIMATES[key], ...cells(policy[key])]);
  }
  return table.toString();
}

function intervalsTable(report: ReplayReport): string {
  const table = new Table({
    head: ['policy', 'estimator', 'interval', 'from – to', 'promise'],
    style: { head: [], border: [], compact: true },
  });
  for (const interval of report.logged.intervals)
    table.push(['the log itself', 'ipw', ...intervalCells(interval)]);
  for (const policy of report.policies) {
    for (const key of keysOf(ESTIMATES)) {
      for (const interval of intervalsOf(policy[key])) {
        table.push([policy.policy, ESTIMATES[key], ...intervalCells(interval)]);
      }
    }
  }
  return table.toString();
}

function intervalsOf(estimate: ReplayEstimate): Estimate['intervals'] {
  return 'refused' in estimate ? [] : estimate.intervals;
}

function intervalCells({ method, low, high, guarantee, note }: Interval): string[] {
  return [method, `${digits(low)} – ${digits(high)}`, `${guarantee}: ${note}`];
}

function cells(estimate: ReplayEstimate): string[] {
  if ('refused' in estimate) return ['—', '—', '—', '—', '—', '—', `refused: ${estimate.refused}`];
  return [
    digits(estimate.value),
    `${digits(estimate.low)} – ${digits(estimate.high)}`,
    estimate.effectiveSampleSize.toFixed(1),
    estimate.maxWeight.toFixed(1),
    estimate.meanWeight.toFixed(3),
    `${(100 * estimate.neverLoggedMass).toFixed(1)} %`,
    `${estimate.verdict}: ${estimate.reason}`,
  ];
}

function problemLines(report: ReplayReport): string[] {
  const { byReason, first } = report.problems;
  const counts = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
  if (counts.length === 0) return [];
  return [
    `rows left out: ${counts.join(', ')}`,
    ...first.map((problem) => `  line ${problem.line}: ${problem.reason}: ${problem.message}`),
  ];
}

function digits(value: number): string {
  return Number.isFinite(value) ? value.toFixed(6) : '—';
}
