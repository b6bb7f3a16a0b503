import Table from 'cli-table3';
import type { RankingMetrics } from '../../features/graph/filtered-ranking.js';
import type { GraphSettings } from '../../features/graph/graph-settings.js';
import type { GraphTrainingReport } from './graph-training.js';

/** What a training found, for people. */
export function graphReportText(report: GraphTrainingReport, settings: GraphSettings): string {
  const table = new Table({
    head: ['held out', 'questions', 'MRR', 'hits@1', 'hits@3', 'hits@10', 'mean rank'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const split of ['valid', 'test'] as const) {
    const metrics = report[split];
    if (metrics !== undefined) table.push(row(split, metrics));
  }
  const { facts } = report;
  return `${[
    `${settings.model}, d = ${settings.dimension}, ${settings.loss}, ${settings.negatives} negatives; ${report.epochs} epochs${report.unfinished ? ' so far: --resume goes on' : ''}`,
    `${facts.train} facts between ${report.entities} entities by ${report.relations} relations${report.leftOut > 0 ? `; ${report.leftOut} held-out facts name others and are left out` : ''}`,
    `loss ${report.loss?.toFixed(4) ?? '–'}, ${report.triplesPerSecond?.toLocaleString('en') ?? '–'} triples/s`,
    table.length > 0 ? table.toString() : 'nothing was held out: no ranking',
    ...report.compared.map(
      ({ metric, before, after }) => `${metric} ${after.toFixed(4)}, published before ${before.toFixed(4)}`,
    ),
    `artifact ${report.artifact}${report.published ? ', published' : ''}`,
  ].join('\n')}\n`;
}

function row(split: string, metrics: RankingMetrics): (string | number)[] {
  const { questions, mrr, hits1, hits3, hits10, meanRank } = metrics;
  return [split, questions, ...[mrr, hits1, hits3, hits10].map((x) => x.toFixed(4)), meanRank.toFixed(1)];
}
