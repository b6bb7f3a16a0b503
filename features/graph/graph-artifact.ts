import { createHash } from 'node:crypto';
import { AppError, shown } from '../../core/errors.js';
import type { Artifact } from '../artifacts/artifact.js';
import { emptyTables, type EmbeddingTables } from './embedding-tables.js';
import type { RankingMetrics } from './filtered-ranking.js';
import { checkGraphSettings, type GraphSettings } from './graph-settings.js';
import { GraphTrainer } from './graph-trainer.js';
import type { KnowledgeGraph } from './knowledge-graph.js';

const KIND = 'graph';
const KIND_VERSION = 1;

/** SHA-256 (hex) over names and facts: the same graph in the same order. */
export function graphHash(graph: KnowledgeGraph): string {
  const hash = createHash('sha256').update(JSON.stringify([graph.entities, graph.relations]));
  for (const { length, buffer, byteOffset, byteLength } of [graph.train, graph.valid, graph.test])
    hash.update(`\n${length}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}

export interface GraphArtifactParts {
  readonly trainer: GraphTrainer;
  readonly graph: KnowledgeGraph;
  /** left out before the first ranking: a checkpoint */
  readonly test?: RankingMetrics;
  readonly valid?: RankingMetrics;
  readonly parent: string | null;
}

/** What was learned, ready to be written: vectors and, so that training can go on from it, Adagrad's sums. */
export function graphArtifact({ trainer, graph, test, valid, parent }: GraphArtifactParts): Artifact {
  const { entities, relations } = trainer.tables;
  return {
    kind: KIND,
    kindVersion: KIND_VERSION,
    settings: { ...trainer.settings, epochs: trainer.epoch },
    vocabulary: { entities: graph.entities, relations: graph.relations },
    metrics: { ...prefixed('test', test), ...prefixed('valid', valid) },
    dataHash: graphHash(graph),
    parent,
    arrays: {
      entities: entities.values,
      relations: relations.values,
      entitySquares: entities.squares,
      relationSquares: relations.squares,
    },
  };
}

/**
 * A trainer that goes on where the artifact's stopped, bit for bit.
 *
 * @throws AppError `artifact/mismatch` when it was of other facts, names or settings | `artifact/corrupt` when arrays do not fit its vocabulary
 */
export function resumedTrainer(
  artifact: Artifact,
  graph: KnowledgeGraph,
  settings: GraphSettings,
): GraphTrainer {
  if (artifact.dataHash !== graphHash(graph))
    throw new AppError(
      'artifact/mismatch',
      `the checkpoint was trained on data ${artifact.dataHash.slice(0, 12)}…; expected ${graphHash(graph).slice(0, 12)}…`,
    );
  for (const [name, value] of Object.entries(settings))
    if (artifact.settings[name] !== value)
      throw new AppError(
        'artifact/mismatch',
        `the checkpoint was trained with ${name} ${shown(artifact.settings[name])}; expected ${shown(value)}`,
      );
  const trained = trainedGraph(artifact);
  const trainer = new GraphTrainer(graph, settings, trained.tables);
  trainer.epoch = trained.epochs;
  return trainer;
}

/** An artifact read back. */
export interface TrainedGraph {
  readonly settings: GraphSettings;
  readonly epochs: number;
  readonly entities: readonly string[];
  readonly relations: readonly string[];
  readonly tables: EmbeddingTables;
}

/** @throws AppError `artifact/mismatch` for another kind or version | `artifact/corrupt` | `vectors/not-finite` | `graph/bad-setting` */
export function trainedGraph(artifact: Artifact): TrainedGraph {
  if (artifact.kind !== KIND || artifact.kindVersion !== KIND_VERSION)
    throw new AppError(
      'artifact/mismatch',
      `the artifact is of ${shown(artifact.kind)} version ${artifact.kindVersion}; expected ${KIND} version ${KIND_VERSION}`,
    );
  const settings = checkGraphSettings(artifact.settings as unknown as GraphSettings);
  const { entities = [], relations = [] } = artifact.vocabulary;
  const tables = emptyTables({ entities: entities.length, relations: relations.length }, settings.dimension);
  for (const [name, into] of [
    ['entities', tables.entities.values],
    ['relations', tables.relations.values],
    ['entitySquares', tables.entities.squares],
    ['relationSquares', tables.relations.squares],
  ] as const)
    copyChecked(artifact, name, into);
  return { settings, epochs: Number(artifact.settings['epochs']), entities, relations, tables };
}

function copyChecked(artifact: Artifact, name: string, into: Float32Array): void {
  const from = artifact.arrays[name];
  if (!(from instanceof Float32Array) || from.length !== into.length)
    throw new AppError(
      'artifact/corrupt',
      `${name} has ${from?.length ?? 0} numbers; its vocabulary and dimension expect ${into.length} float32`,
    );
  const bad = from.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new AppError('vectors/not-finite', `${name}[${bad}] is ${from[bad]!}; expected a finite number`);
  into.set(from);
}

function prefixed(prefix: string, metrics: RankingMetrics | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics ?? {}).map(([name, value]) => [`${prefix}.${name}`, value as number]),
  );
}
