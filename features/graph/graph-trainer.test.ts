import { describe, expect, it } from 'vitest';
import type { AppError } from '../../core/errors.js';
import { seededRng } from '../../core/rng.js';
import { GRAPH_MODELS, compositionOf } from './composition.js';
import { filteredRanking } from './filtered-ranking.js';
import { DEFAULT_GRAPH_SETTINGS, type GraphSettings } from './graph-settings.js';
import { GraphTrainer } from './graph-trainer.js';
import { knowledgeGraph, type KnowledgeGraph, type Triple } from './knowledge-graph.js';
import { lossAndSlopes, LOSSES } from './losses.js';
import { replacementOdds } from './replacement-odds.js';

/** A grid of places: "east of" and "north of" are translations, so that whoever learns them can tell facts never seen. */
function grid(side: number): KnowledgeGraph {
  const rng = seededRng(2);
  const split: Record<'train' | 'valid' | 'test', Triple[]> = { train: [], valid: [], test: [] };
  const place = (x: number, y: number): string => `${x},${y}`;
  for (let x = 0; x < side; x++)
    for (let y = 0; y < side; y++)
      for (const [relation, dx, dy] of [
        ['east', 1, 0],
        ['north', 0, 1],
        ['far east', 3, 0],
      ] as const)
        if (x + dx < side && y + dy < side) {
          const draw = rng.uniform();
          split[draw < 0.1 ? 'test' : draw < 0.15 ? 'valid' : 'train'].push({
            head: place(x, y),
            relation,
            tail: place(x + dx, y + dy),
          });
        }
  return knowledgeGraph(split);
}

const SMALL: GraphSettings = {
  ...DEFAULT_GRAPH_SETTINGS,
  dimension: 32,
  negatives: 32,
  batch: 16,
  rate: 0.1,
};

function trained(graph: KnowledgeGraph, settings: GraphSettings, epochs: number): GraphTrainer {
  const trainer = new GraphTrainer(graph, settings);
  for (let i = 0; i < epochs; i++) trainer.trainEpoch();
  return trainer;
}

describe('learning a graph', () => {
  const graph = grid(9);
  // By chance a rank among some 80 entities is found at 10 with 1/8, and 1/rank averages H(80)/80 = 0.06.
  it.each(GRAPH_MODELS)('%s finds facts it never saw', (model) => {
    const trainer = trained(graph, { ...SMALL, model }, 40);
    const { mrr, hits10 } = filteredRanking(graph, model, trainer.tables);
    expect(mrr).toBeGreaterThan(0.18);
    expect(hits10).toBeGreaterThan(0.35);
  });

  it.each(LOSSES)('loss %s falls, and with it the ranks of what was learned', (loss) => {
    const trainer = new GraphTrainer(graph, { ...SMALL, loss, margin: 4 });
    const before = filteredRanking(graph, 'transe', trainer.tables, graph.train);
    const first = trainer.trainEpoch();
    for (let i = 0; i < 14; i++) trainer.trainEpoch();
    expect(trainer.trainEpoch()).toBeLessThan(first);
    expect(filteredRanking(graph, 'transe', trainer.tables, graph.train).mrr).toBeGreaterThan(before.mrr * 3);
  });

  it('learns by Bernoulli draws with entities of length 1, as in the paper', () => {
    const settings: GraphSettings = {
      ...SMALL,
      model: 'transe-l2',
      loss: 'margin',
      margin: 1,
      sides: 'bernoulli',
      unitEntities: true,
      decay: 1e-4,
    };
    const trainer = trained(graph, settings, 30);
    for (const vector of trainer.tables.entities.vectors.slice(0, 5))
      expect(Math.hypot(...vector)).toBeGreaterThan(0.5);
    expect(filteredRanking(graph, 'transe-l2', trainer.tables).hits10).toBeGreaterThan(0.3);
  });

  it('gives the same bits from the same seed, and others from another', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(graph, { ...SMALL, seed }, 3));
    expect(a!.tables.entities.values).toEqual(b!.tables.entities.values);
    expect(a!.tables.relations.values).toEqual(b!.tables.relations.values);
    expect(a!.tables.entities.values).not.toEqual(c!.tables.entities.values);
  });

  it('says so when the numbers run away', () => {
    const trainer = new GraphTrainer(graph, { ...SMALL, model: 'distmult', rate: 1e30 });
    expect(() => {
      for (let i = 0; i < 5; i++) trainer.trainEpoch();
    }).toThrow(expect.objectContaining({ code: 'graph/diverged' }) as AppError);
  });

  it.each([
    ['dimension', 12],
    ['rate', NaN],
    ['negatives', 0],
    ['margin', Infinity],
    ['seed', 0.5],
    ['model', 'transx'],
  ])('refuses %s = %s', (name, value) => {
    const settings = { ...SMALL, [name]: value };
    expect(() => new GraphTrainer(graph, settings)).toThrow(
      expect.objectContaining({ code: 'graph/bad-setting' }) as AppError,
    );
  });
});

describe.each(GRAPH_MODELS)('the composition of %s', (model) => {
  it('has the gradients of finite differences', () => {
    const composition = compositionOf(model);
    const rng = seededRng(4);
    const random = (): Float32Array => Float32Array.from({ length: 8 }, () => rng.normal());
    const [e, r, gradient] = [random(), random(), random()];
    const [byE, byR, q] = [new Float32Array(8), new Float32Array(8), new Float32Array(8)];
    composition.decompose(e, r, gradient, byE, byR);
    const value = (): number => {
      composition.compose(e, r, q);
      return q.reduce((sum, x, i) => sum + x * gradient[i]!, 0);
    };
    for (const [vector, by] of [
      [e, byE],
      [r, byR],
    ] as const)
      for (let i = 0; i < 8; i++) {
        const kept = vector[i]!;
        vector[i] = kept + 2 ** -7;
        const above = value();
        vector[i] = kept - 2 ** -7;
        const below = value();
        vector[i] = kept;
        expect(by[i]).toBeCloseTo((above - below) * 2 ** 6, 2);
      }
  });
});

describe.each(LOSSES)('loss %s', (loss) => {
  it('has the slopes of finite differences, and none for what is left out', () => {
    const start = [0.3, -1.2, 0.9, -Infinity];
    const value = (truth: number, scores: readonly number[], slopes = new Float32Array(1)): number =>
      lossAndSlopes(loss, truth, Float32Array.from(scores), slopes, 1.5);
    const slopes = new Float32Array(1);
    const gradient = Float32Array.from(start);
    lossAndSlopes(loss, 0.1, gradient, slopes, 1.5);
    expect(slopes[0]).toBeCloseTo((value(0.1 + 1e-3, start) - value(0.1 - 1e-3, start)) / 2e-3, 2);
    expect(gradient[3]).toBe(0);
    if (loss === 'self-adversarial') return; // its shares are taken as given: no gradient of the whole
    for (const i of [0, 1, 2]) {
      const moved = (by: number): number[] => start.map((s, j) => (j === i ? s + by : s));
      expect(gradient[i]).toBeCloseTo((value(0.1, moved(1e-3)) - value(0.1, moved(-1e-3))) / 2e-3, 2);
    }
  });
});

it('replaces the head where heads have many tails: tph/(tph + hpt)', () => {
  // Relation 0: two heads with three tails each, all different: tph = 3, hpt = 1. Relation 1: one fact.
  const facts = [0, 0, 2, 0, 0, 3, 0, 0, 4, 1, 0, 5, 1, 0, 6, 1, 0, 7, 2, 1, 3];
  expect([...replacementOdds(Int32Array.from(facts), 3)]).toEqual([0.75, 0.5, 0.5]);
});

describe('a graph', () => {
  const fact = { head: 'a', relation: 'r', tail: 'b' };
  it('without a training fact is refused', () => {
    expect(() => knowledgeGraph({ train: [], valid: [fact], test: [] })).toThrow(
      expect.objectContaining({ code: 'graph/empty' }) as AppError,
    );
  });
  it('with an empty name is refused, with the triple', () => {
    expect(() => knowledgeGraph({ train: [{ ...fact, tail: '' }], valid: [], test: [] })).toThrow(
      /"tail":""/,
    );
  });
  it('leaves out held-out facts that name what no training fact names, and counts them', () => {
    const graph = knowledgeGraph({
      train: [fact],
      valid: [fact, { ...fact, tail: 'c' }],
      test: [{ ...fact, relation: 's' }],
    });
    expect([graph.leftOut, [...graph.valid], graph.test.length]).toEqual([2, [0, 0, 1], 0]);
  });
});
