import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { systemTimers } from '../../core/timers.js';
import { steadyClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { ArtifactDirectory } from '../../features/artifacts/artifact-directory.js';
import { GRAPH_MODELS } from '../../features/graph/composition.js';
import { LOSSES } from '../../features/graph/losses.js';
import type { TextStream } from '../replay/progress.js';
import { graphFacts } from './graph-facts.js';
import { readGraphOptions, type GraphArguments } from './graph-options.js';
import { graphReportText } from './graph-report.js';
import { trainGraph } from './graph-training.js';

export interface TrainIo {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** calls back when the user asks to stop; returns how to listen no longer */
  onStop(listener: () => void): () => void;
}

/** 0: trained; 1: the artifact was written but not published, being worse, or the training diverged; 2: the command or its data are wrong. */
export type TrainExitCode = 0 | 1 | 2;

/** Runs `marquee train graph`. Expected failures become one line on stderr and an exit code; only faults of our own are thrown. */
export async function trainGraphCommand(args: GraphArguments, io: TrainIo): Promise<TrainExitCode> {
  const bar = progressBar(args.json === true ? undefined : io.stderr);
  let stop = false;
  const listenNoLonger = io.onStop(() => {
    stop = true;
  });
  try {
    const options = readGraphOptions(args);
    const graph = await graphFacts(args.triples, options.settings.seed);
    const report = await trainGraph(graph, options, {
      artifacts: new ArtifactDirectory(args.output),
      checkpoints: new ArtifactDirectory(join(args.output, 'checkpoint')),
      clock: steadyClock,
      timers: systemTimers,
      stopped: () => stop,
      onProgress: bar.update,
    });
    bar.end();
    io.stdout.write(
      args.json === true
        ? `${JSON.stringify({ settings: options.settings, ...report }, null, 2)}\n`
        : graphReportText(report, options.settings),
    );
    return 0;
  } catch (error) {
    bar.end();
    if (!(error instanceof AppError)) throw error;
    io.stderr.write(`marquee train graph: ${error.code}: ${error.message}\n`);
    return error.code === 'artifact/worse' || error.code === 'graph/diverged' ? 1 : 2;
  } finally {
    listenNoLonger();
  }
}

/** Adds `train` to the command line. */
export function registerTrain(program: Command, io: TrainIo & { setExitCode(code: number): void }): void {
  program
    .command('train')
    .description('learn embeddings offline and publish them')
    .command('graph')
    .description('vectors of titles, people, genres … from facts between them, ranked on held-out facts')
    .option('--triples <file>', 'TSV, plain or .gz: head, relation, tail[, split]; default: the demo films')
    .option('--output <directory>', 'artifacts, checkpoint and what is published', 'data/artifacts/graph')
    .option('--model <name>', GRAPH_MODELS.join(', '))
    .option('--loss <name>', LOSSES.join(', '))
    .option('--dimension <d>', 'floats per vector, a multiple of 8')
    .option('--negatives <n>', 'wrong answers drawn per batch')
    .option('--batch <n>', 'facts per batch')
    .option('--rate <x>', "Adagrad's step")
    .option('--margin <x>', 'of the losses that have one')
    .option('--decay <x>', 'shrinks what a fact touches')
    .option('--sides <which>', 'both questions of a fact, or one: both, bernoulli')
    .option('--unit-entities', 'hold entities to length 1')
    .option('--epochs <n>', 'at most', '30')
    .option('--minutes <x>', 'begin no epoch after so long')
    .option('--seed <integer>', 'of the split, the beginning and every draw', '1')
    .option('--resume', 'go on from the checkpoint in the output directory')
    .option('--publish', 'make it the published version, unless it is worse')
    .option('--tolerance <x>', 'by how much MRR and hits@10 may fall', '0.005')
    .option('--force', 'publish whatever the comparison says')
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      '\nExample:\n  marquee train graph --epochs 20 --publish\n\nModels, measures and formats: docs/embeddings.md',
    )
    .action(async (options: GraphArguments) => {
      io.setExitCode(await trainGraphCommand(options, io));
    });
}

function progressBar(stream: TextStream | undefined): {
  update: (facts: number, ofFacts: number, loss: number) => void;
  end: () => void;
} {
  if (stream?.isTTY !== true) return { update: () => undefined, end: () => undefined };
  const bar = new SingleBar({
    stream,
    format: 'train {bar} {percentage} % · loss {loss} · {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  });
  let started = false;
  return {
    update(facts, ofFacts, loss) {
      if (!started) bar.start(ofFacts, facts, { loss: '–' });
      started = true;
      bar.update(facts, { loss: loss.toFixed(4) });
    },
    end() {
      if (started) bar.stop();
    },
  };
}
