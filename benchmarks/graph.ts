import { seededRng } from '../core/rng.js';
import { GRAPH_MODELS, type GraphModelName } from '../features/graph/composition.js';
import { DEFAULT_GRAPH_SETTINGS, type GraphSettings } from '../features/graph/graph-settings.js';
import { GraphTrainer } from '../features/graph/graph-trainer.js';
import { knowledgeGraph, type KnowledgeGraph } from '../features/graph/knowledge-graph.js';
import { NeighbourIndex } from '../features/neighbours/neighbour-index.js';
import type { Benchmark } from './benchmark.js';
import { median, percentile } from './load/percentiles.js';

const TITLES = 100_000;
const DIMENSION = 64;
const NEIGHBOURS = 20;
const QUERIES = 200;

/** what is trained: as many names and facts as the film part of FB15k-237 has, drawn at random, since time does not depend on what is true */
const GRAPH = { entities: 6500, relations: 177, facts: 60_000 } as const;
const SETTINGS: Readonly<Record<string, Partial<GraphSettings>>> = {
  'as the paper: margin, one side by Bernoulli, 16 shared negatives': {
    dimension: 64,
    loss: 'margin',
    sides: 'bernoulli',
    negatives: 16,
    batch: 64,
  },
  'softmax, both sides, 128 shared negatives': { dimension: 64, negatives: 128 },
};

/** Triples learned a second, and nearest neighbours beside a plain loop. */
export const graph: Benchmark = ({ rounds, say }) => {
  const facts = randomGraph();
  const training = Object.entries(SETTINGS).flatMap(([name, settings]) =>
    GRAPH_MODELS.filter((model) => model.startsWith('transe') || settings.loss === undefined).map((model) => {
      say(`graph: ${model}, ${name}`);
      return { name: `${model}: ${name}`, rates: trainingRates(facts, model, settings, rounds) };
    }),
  );
  say('graph: neighbours');
  const searching = searchTimes();
  return Promise.resolve({
    name: 'graph embeddings and nearest neighbours, one core',
    method: `Training: true triples per second of processor time, medians of ${rounds} epochs over ${GRAPH.facts} triples of ${GRAPH.entities} entities, d = 64. Neighbours: the ${NEIGHBOURS} nearest of ${TITLES} vectors, d = ${DIMENSION}, ${QUERIES} queries, the ways in alternation; milliseconds of wall time, p50 and p99.`,
    columns: ['what', 'triples/s', 'p50 ms', 'p99 ms', 'bytes/title'],
    rows: [
      ...training.map(({ name, rates }) => [name, Math.round(median(rates)), '', '', '']),
      ...searching.map(({ name, times, bytes }) => [
        name,
        '',
        Number(percentile(times, 0.5).toFixed(2)),
        Number(percentile(times, 0.99).toFixed(2)),
        bytes,
      ]),
    ],
    raw: { training, searching: searching.map(({ name, times }) => ({ name, times: [...times] })) },
  });
};

function randomGraph(): KnowledgeGraph {
  const rng = seededRng(1);
  const name = (): string => `e${rng.below(GRAPH.entities)}`;
  const triple = (): { head: string; relation: string; tail: string } => ({
    head: name(),
    relation: `r${rng.below(GRAPH.relations)}`,
    tail: name(),
  });
  return knowledgeGraph({ train: Array.from({ length: GRAPH.facts }, triple), valid: [], test: [] });
}

/** Of processor time, which a machine that others use too does not take away. */
function trainingRates(
  facts: KnowledgeGraph,
  model: GraphModelName,
  settings: Partial<GraphSettings>,
  rounds: number,
): readonly number[] {
  const trainer = new GraphTrainer(facts, { ...DEFAULT_GRAPH_SETTINGS, ...settings, model });
  trainer.trainEpoch();
  return Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    trainer.trainEpoch();
    return (1e6 * trainer.facts) / process.cpuUsage(before).user;
  });
}

function searchTimes(): readonly { name: string; times: Float64Array; bytes: number }[] {
  const rng = seededRng(2);
  const ids = Array.from({ length: TITLES }, (_, i) => `title-${i}`);
  const vectors = Float32Array.from({ length: TITLES * DIMENSION }, () => rng.normal());
  const int8 = new NeighbourIndex(ids, vectors);
  const float32 = new NeighbourIndex(ids, vectors, { precision: 'float32' });
  const ways = [
    { name: 'int8, SIMD', bytes: int8.vectorBytes / TITLES, search: int8.nearest.bind(int8) },
    { name: 'float32, SIMD', bytes: float32.vectorBytes / TITLES, search: float32.nearest.bind(float32) },
    {
      name: 'a plain loop and a sort',
      bytes: 4 * DIMENSION,
      search: (query: Float32Array) => plainSearch(ids, vectors, query),
    },
  ];
  const times = ways.map(() => new Float64Array(QUERIES));
  for (let q = -5; q < QUERIES; q++) {
    const query = Float32Array.from({ length: DIMENSION }, () => rng.normal());
    for (const [w, { search }] of ways.entries()) {
      const before = performance.now();
      search(query, NEIGHBOURS);
      if (q >= 0) times[w]![q] = performance.now() - before;
    }
  }
  return ways.map(({ name, bytes }, w) => ({ name, bytes, times: times[w]!.sort() }));
}

/** What one would write first; vectors of any length. */
function plainSearch(
  ids: readonly string[],
  vectors: Float32Array,
  query: Float32Array,
): readonly { id: string; score: number }[] {
  const scored = ids.map((id, row) => {
    let dot = 0;
    let square = 0;
    for (let i = 0; i < DIMENSION; i++) {
      const value = vectors[row * DIMENSION + i]!;
      dot += value * query[i]!;
      square += value * value;
    }
    return { id, score: dot / Math.sqrt(square) };
  });
  return scored.sort((a, b) => b.score - a.score).slice(0, NEIGHBOURS);
}
