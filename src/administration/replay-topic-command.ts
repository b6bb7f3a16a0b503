import Table from 'cli-table3';
import type { Command } from 'commander';
import { systemClock } from '../../core/clock.js';
import type { ReplayedPartition, ReplayStart } from '../../feedback/update/replay-labels.js';
import { configFrom, withCommon, type CommonOptions } from '../command-options.js';
import { createLogger } from '../start.js';
import { replayStart } from './replay-start.js';
import type { Comparison, ReplayedTopic } from './replay-topic.js';

interface ReplayTopicCommandOptions extends CommonOptions {
  readonly from: ReplayStart;
  readonly into?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

export interface ReplayTopicOutput {
  readonly stdout: NodeJS.WritableStream;
  setExitCode(code: number): void;
}

/** `marquee replay-topic` */
export function registerReplayTopic(program: Command, output: ReplayTopicOutput): void {
  withCommon(program.command('replay-topic'))
    .description('rebuild what was learned from the label log, and compare it with the learner’s checkpoint')
    .option(
      '--from <start>',
      'earliest (everything the log has), an offset of each partition, or an ISO time in UTC: labels from before it are left out',
      replayStart,
      { kind: 'earliest' } as const,
    )
    .option('--into <directory>', 'a data directory to leave a checkpoint in, for a learner to start from')
    .option('--replace', 'with --into: the statistics of a checkpoint that is there are replaced')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', HELP)
    .action(async (options: ReplayTopicCommandOptions) => {
      const { replayTopic } = await import('./replay-topic.js');
      const config = configFrom(options);
      const { from: start, into, replace = false } = options;
      const environment = { logger: createLogger(config), clock: systemClock };
      const replayed = await replayTopic(config, { start, into, replace }, environment);
      output.stdout.write(
        options.json === true ? `${JSON.stringify(plain(replayed))}\n` : text(replayed, into),
      );
      if (replayed.comparisons.some(({ kind }) => kind === 'different')) output.setExitCode(1);
    });
}

const HELP = `
Labels are the truth: whatever the learner knows it has from them, in their order. So the same labels give the same sums, bit for bit, and the same hash.

Examples:
  $ marquee replay-topic --data /var/lib/marquee                       is what was learned what the log says? (stop the service first)
  $ marquee replay-topic --config marquee.yaml --json                  on Kafka, beside running learners
  $ marquee replay-topic --data /var/lib/marquee --into /tmp/rebuilt   leaves a checkpoint in /tmp/rebuilt/learner
  $ marquee replay-topic --data /var/lib/marquee --from 2026-01-31T18:00:00Z --into /var/lib/marquee --replace
                                                                       forgets, in place, what was learned before then

The log and the catalogue are only read; the checkpoint too, unless --into names its own data directory. An embedded log and a checkpoint that is to be compared must not
be in use; Kafka may be. Exit code 1: the checkpoint is not what its labels say.`;

/** For machines: no statistics, only what is said of them. */
function plain(replayed: ReplayedTopic) {
  const { hash, labels, unlearnable, voided, skipped, seconds, partitions, comparisons } = replayed;
  return {
    ...{ hash, labels, unlearnable, voided, skipped, seconds },
    rows: rowsByModel(partitions),
    partitions: partitions.map((one, p) => ({
      ...{ partition: one.partition, firstOffset: one.firstOffset, endOffset: one.endOffset },
      ...{ labels: one.labels, unlearnable: one.unlearnable, voided: one.voided, skipped: one.skipped },
      checkpoint: comparisons[p],
    })),
  };
}

function rowsByModel(partitions: readonly ReplayedPartition[]): Readonly<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const m of partitions[0]?.models.keys() ?? []) {
    const { spec } = partitions[0]!.models[m]!;
    const end = Math.max(...partitions.map(({ models }) => models[m]!.arms.rows));
    const isThere = (row: number): boolean => partitions.some(({ models }) => models[m]!.arms.has(row));
    rows[spec.key] = Array.from({ length: end }, (_, row) => row).filter(isThere).length;
  }
  return rows;
}

function text(replayed: ReplayedTopic, into: string | undefined): string {
  const { hash, labels, unlearnable, voided, skipped, seconds, partitions, comparisons } = replayed;
  const table = new Table({
    head: ['partition', 'offsets', 'labels', 'void', 'skipped', 'checkpoint'],
    colAligns: ['right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const [p, one] of partitions.entries()) {
    const offsets = `${one.firstOffset ?? one.endOffset}–${one.endOffset}`;
    table.push([one.partition, offsets, one.labels, one.voided, one.skipped, said(comparisons[p]!)]);
  }
  const rows = Object.entries(rowsByModel(partitions)).map(([key, count]) => `${key} ${count}`);
  const lines = [
    table.toString(),
    `statistics: ${hash}`,
    `${labels} labels counted (${unlearnable} of them teach nothing), ${voided} void, ${skipped} skipped, in ${seconds.toFixed(1)} s`,
    `rows learned: ${rows.join(', ')}`,
    ...(into === undefined ? [] : [`a checkpoint with these statistics is in ${into}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function said(comparison: Comparison): string {
  switch (comparison.kind) {
    case 'same':
      return `the same, bit for bit, at ${comparison.labelsOffset}`;
    case 'different':
      return `DIFFERENT at ${comparison.labelsOffset}`;
    case 'not-compared':
      return `not compared: ${comparison.message}`;
  }
}
