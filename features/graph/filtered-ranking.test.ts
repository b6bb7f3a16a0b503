import { describe, expect, it } from 'vitest';
import type { AppError } from '../../core/errors.js';
import { seededRng } from '../../core/rng.js';
import { emptyTables, randomise } from './embedding-tables.js';
import { filteredRank, filteredRanking } from './filtered-ranking.js';
import { knowledgeGraph, type Triple } from './knowledge-graph.js';

const NONE = new Int32Array(0);

describe('a rank', () => {
  const scores = Float32Array.of(5, 3, 3, 3, 1);
  it('is 1 + better + half of those equal', () => {
    // By hand: one better than 3, two equal to it: places 2, 3 and 4 share their mean.
    expect([0, 1, 2, 4].map((answer) => filteredRank(scores, answer, NONE))).toEqual([1, 3, 3, 5]);
  });
  it('leaves out known answers, never the answer itself', () => {
    expect(filteredRank(scores, 4, Int32Array.of(0, 1, 4))).toBe(3);
    expect(filteredRank(scores, 1, Int32Array.of(1, 2))).toBe(2.5);
  });
  it('of a score that is no number is an error', () => {
    expect(() => filteredRank(Float32Array.of(1, NaN), 0, NONE)).toThrow(
      expect.objectContaining({ code: 'graph/diverged' }) as AppError,
    );
  });
});

describe('a filtered ranking', () => {
  it('of a graph on a line is what one finds by hand', () => {
    // Places 0, 1, 2, 3 and 10 on a line (first coordinate; the other seven are 0), and "next" = +1.
    const fact = (head: string, tail: string): Triple => ({ head, relation: 'next', tail });
    const graph = knowledgeGraph({
      train: [fact('0', '1'), fact('1', '2'), fact('2', '10'), fact('10', '3')],
      valid: [],
      test: [fact('2', '3'), fact('0', '10')],
    });
    const tables = emptyTables({ entities: 5, relations: 1 }, 8);
    for (const [i, name] of graph.entities.entries()) tables.entities.vectors[i]![0] = Number(name);
    tables.relations.vectors[0]![0] = 1;
    tables.relations.vectors[1]![0] = -1;
    // 2 → ?: 3 is nearest to 2 + 1: rank 1 (10 is known and left out). ? → 3: 3 − 1 = 2 is nearest: rank 1.
    // 0 → ?: nearest to 1 is 1, known and left out; then 0 and 2 at distance 1, 3 at 2, 10 last: rank 4.
    // ? → 10: nearest to 9 is 10 itself at 1, then 3 at 6; 2 is known and left out; 1 at 8; 0 at 9: rank 4.
    expect(filteredRanking(graph, 'transe', tables)).toEqual({
      questions: 4,
      mrr: (1 + 1 + 1 / 4 + 1 / 4) / 4,
      hits1: 0.5,
      hits3: 0.5,
      hits10: 1,
      meanRank: 2.5,
    });
  });

  it('agrees with one that asks, for every fact, about every entity and looks each up', () => {
    const rng = seededRng(8);
    const facts = [
      ...new Map(
        Array.from({ length: 300 }, () => {
          const triple = {
            head: `e${rng.below(20)}`,
            relation: `r${rng.below(3)}`,
            tail: `e${rng.below(20)}`,
          };
          return [JSON.stringify(triple), triple] as const;
        }),
      ).values(),
    ];
    const graph = knowledgeGraph({
      train: facts.slice(0, 200),
      valid: facts.slice(200, 220),
      test: facts.slice(220),
    });
    const tables = emptyTables({ entities: 20, relations: 3 }, 8);
    randomise(tables, 'distmult', rng);
    const all = new Set(facts.map((triple) => JSON.stringify(triple)));
    const { entities, relations } = tables;
    const number = (name: string): number => graph.entities.indexOf(name);
    const dot = (e: string, r: number, a: string): number =>
      entities.vectors[number(e)]!.reduce(
        (sum, x, i) => sum + x * relations.vectors[r]![i]! * entities.vectors[number(a)]![i]!,
        0,
      );
    const ranks = facts.slice(220).flatMap((triple) => {
      const r = graph.relations.indexOf(triple.relation);
      const better = (side: 'head' | 'tail', from: string, question: number): number =>
        1 +
        graph.entities.filter(
          (name) =>
            !all.has(JSON.stringify({ ...triple, [side]: name })) &&
            dot(from, question, name) > dot(from, question, triple[side]),
        ).length;
      return [better('tail', triple.head, r), better('head', triple.tail, r + 3)];
    });
    const mean = (of: (rank: number) => number): number =>
      ranks.reduce((sum, rank) => sum + of(rank), 0) / ranks.length;
    const found = filteredRanking(graph, 'distmult', tables);
    expect(found.questions).toBe(ranks.length);
    expect(found.mrr).toBeCloseTo(
      mean((rank) => 1 / rank),
      12,
    );
    expect(found.hits3).toBeCloseTo(
      mean((rank) => (rank <= 3 ? 1 : 0)),
      12,
    );
    expect(found.meanRank).toBeCloseTo(
      mean((rank) => rank),
      12,
    );
  });

  it('of nothing is an error', () => {
    const graph = knowledgeGraph({
      train: [{ head: 'a', relation: 'r', tail: 'b' }],
      valid: [],
      test: [],
    });
    const tables = emptyTables({ entities: 2, relations: 1 }, 8);
    expect(() => filteredRanking(graph, 'transe', tables)).toThrow(
      expect.objectContaining({ code: 'graph/empty' }) as AppError,
    );
  });
});
