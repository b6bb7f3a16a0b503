import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import type { ArtifactDirectory, NamedArtifact } from '../../features/artifacts/artifact-directory.js';
import type { Comparison } from '../../features/artifacts/comparison.js';
import { filteredRanking, type RankingMetrics } from '../../features/graph/filtered-ranking.js';
import { graphArtifact, resumedTrainer } from '../../features/graph/graph-artifact.js';
import type { GraphSettings } from '../../features/graph/graph-settings.js';
import { GraphTrainer } from '../../features/graph/graph-trainer.js';
import type { KnowledgeGraph } from '../../features/graph/knowledge-graph.js';

/** How a training ends and what becomes of it. */
export interface GraphTrainingOptions {
  readonly settings: GraphSettings;
  /** epochs at most, ≥ 1, those before an interruption included */
  readonly epochs: number;
  /** no epoch begins after so long; undefined: no bound */
  readonly mostMs?: number | undefined;
  /** go on from the checkpoint, if there is one */
  readonly resume: boolean;
  readonly publish: boolean;
  readonly force: boolean;
  /** by how much MRR and hits@10 may be lower than those published */
  readonly tolerance: number;
}

export interface GraphTrainingPorts {
  readonly artifacts: ArtifactDirectory;
  /** holds at most one artifact, the newest state of an unfinished training, as its published one */
  readonly checkpoints: ArtifactDirectory;
  /** steady */
  readonly clock: Clock;
  readonly timers: Timers;
  /** has the user asked to stop? The epoch in hand is finished and kept */
  readonly stopped: () => boolean;
  /** facts learned of all epochs, and the mean loss so far of the one in hand */
  readonly onProgress: (facts: number, ofFacts: number, loss: number) => void;
}

export interface GraphTrainingReport {
  readonly artifact: string;
  readonly parent: string | null;
  readonly published: boolean;
  readonly facts: { readonly train: number; readonly valid: number; readonly test: number };
  readonly entities: number;
  readonly relations: number;
  /** held-out facts that name what training does not */
  readonly leftOut: number;
  readonly epochs: number;
  /** was the training ended by time or by hand before its last epoch? Then it can be resumed */
  readonly unfinished: boolean;
  readonly loss: number | null;
  readonly triplesPerSecond: number | null;
  readonly valid?: RankingMetrics;
  readonly test?: RankingMetrics;
  readonly compared: readonly Comparison[];
}

/** what must not fall from version to version */
const MEASURES = ['test.mrr', 'test.hits10'] as const;
/** a checkpoint at most so often: writing one takes about as long as a small epoch */
const CHECKPOINT_EVERY_MS = 10_000;

/**
 * Trains, ranks what was held out, writes an artifact and, if asked to, publishes it.
 *
 * @throws AppError `artifact/worse` after the artifact was written: it can be looked at and published by force; `graph/diverged` | `artifact/mismatch` …
 */
export async function trainGraph(
  graph: KnowledgeGraph,
  options: GraphTrainingOptions,
  ports: GraphTrainingPorts,
): Promise<GraphTrainingReport> {
  const { artifacts, clock } = ports;
  const parent = (await artifacts.published())?.name ?? null;
  const trainer = await startingTrainer(graph, options, ports);
  const [before, startMs] = [trainer.epoch, clock.nowMs()];
  const { loss, learningMs } = await learn(trainer, graph, options, ports, startMs);
  const learned = (trainer.epoch - before) * trainer.facts;
  const valid = ranked(graph, trainer, graph.valid);
  const test = ranked(graph, trainer, graph.test);
  const measured = { ...(valid && { valid }), ...(test && { test }) };
  const name = await artifacts.write(graphArtifact({ trainer, graph, parent, ...measured }));
  const measures = MEASURES.map((metric) => ({ metric, tolerance: options.tolerance }));
  const compared = options.publish ? await artifacts.publish(name, { measures, force: options.force }) : [];
  return {
    artifact: name,
    parent,
    published: options.publish,
    facts: {
      train: graph.train.length / 3,
      valid: graph.valid.length / 3,
      test: graph.test.length / 3,
    },
    entities: graph.entities.length,
    relations: graph.relations.length,
    leftOut: graph.leftOut,
    epochs: trainer.epoch,
    unfinished: trainer.epoch < options.epochs,
    loss: loss ?? null,
    triplesPerSecond: learned === 0 ? null : Math.round((1000 * learned) / learningMs),
    ...measured,
    compared,
  };
}

async function startingTrainer(
  graph: KnowledgeGraph,
  { settings, resume }: GraphTrainingOptions,
  { checkpoints }: GraphTrainingPorts,
): Promise<GraphTrainer> {
  const checkpoint: NamedArtifact | undefined = resume ? await checkpoints.published() : undefined;
  return checkpoint === undefined
    ? new GraphTrainer(graph, settings)
    : resumedTrainer(checkpoint.artifact, graph, settings);
}

async function learn(
  trainer: GraphTrainer,
  graph: KnowledgeGraph,
  { epochs, mostMs = Infinity }: GraphTrainingOptions,
  { clock, timers, checkpoints, stopped, onProgress }: GraphTrainingPorts,
  startMs: number,
): Promise<{ loss: number | undefined; learningMs: number }> {
  let loss: number | undefined;
  let learningMs = 0;
  let keptMs = startMs;
  let kept = trainer.epoch;
  const keep = async (): Promise<void> => {
    const name = await checkpoints.write(graphArtifact({ trainer, graph, parent: null }));
    await checkpoints.publish(name, { measures: [], force: true });
    await checkpoints.removeOthers();
    [keptMs, kept] = [clock.nowMs(), trainer.epoch];
  };
  while (trainer.epoch < epochs && clock.nowMs() - startMs < mostMs && !stopped()) {
    const done = trainer.epoch * trainer.facts;
    const beganMs = clock.nowMs();
    loss = trainer.trainEpoch((facts, meanLoss) => {
      onProgress(done + facts, epochs * trainer.facts, meanLoss);
    });
    learningMs += clock.nowMs() - beganMs;
    if (clock.nowMs() - keptMs >= CHECKPOINT_EVERY_MS) await keep();
    // An epoch holds the thread: signals are seen here.
    await timers.breathe();
  }
  if (trainer.epoch > kept) await keep();
  return { loss, learningMs };
}

function ranked(graph: KnowledgeGraph, trainer: GraphTrainer, facts: Int32Array): RankingMetrics | undefined {
  return facts.length === 0
    ? undefined
    : filteredRanking(graph, trainer.settings.model, trainer.tables, facts);
}
