import { AppError } from '../../core/errors.js';
import { compositionOf, type GraphModelName } from './composition.js';
import type { EmbeddingTables } from './embedding-tables.js';
import { KnownAnswers } from './known-answers.js';
import type { KnowledgeGraph, Triples } from './knowledge-graph.js';

/** How well held-out facts are found again. Over both questions of every fact. */
export interface RankingMetrics {
  /** questions ranked: two per fact */
  readonly questions: number;
  /** mean of 1/rank, in (0, 1] */
  readonly mrr: number;
  /** share of ranks ≤ 1, 3, 10 */
  readonly hits1: number;
  readonly hits3: number;
  readonly hits10: number;
  readonly meanRank: number;
}

/**
 * Filtered ranks: of all entities but those that are known answers to the same question (in training, validation or test), where does the true one stand?
 * Ties take their mean rank: 1 + #better + #equal/2; a model that scores everything alike earns no more than chance.
 *
 * @param facts what to rank; default all of test
 * @throws AppError `graph/empty` when there is nothing to rank | `graph/diverged` for a score that is no number
 * @see Bordes et al. 2013, §4.1; Sun et al., A re-evaluation of knowledge graph completion methods, ACL 2020 (ties)
 */
export function filteredRanking(
  graph: KnowledgeGraph,
  model: GraphModelName,
  tables: EmbeddingTables,
  facts: Triples = graph.test,
): RankingMetrics {
  if (facts.length === 0)
    throw new AppError('graph/empty', 'there are 0 held-out triples to rank; expected at least 1');
  const size = { entities: graph.entities.length, relations: graph.relations.length };
  const known = new KnownAnswers(size, graph.train, graph.valid, graph.test);
  const composition = compositionOf(model);
  const { entities, relations, blocks, kernels } = tables;
  const query = kernels.float32(entities.dimension);
  const scores = kernels.float32(entities.rows);
  const sums = { questions: 0, mrr: 0, hits1: 0, hits3: 0, hits10: 0, meanRank: 0 };
  for (const [key, answers] of new KnownAnswers(size, facts).all()) {
    composition.compose(entities.vectors[key.entity]!, relations.vectors[key.question]!, query);
    blocks.scores(composition.likeness, query, entities.values, 0, entities.rows, entities.dimension, scores);
    const filtered = known.of(key.entity, key.question);
    for (const answer of answers) addRank(sums, filteredRank(scores, answer, filtered));
  }
  kernels.free(query);
  kernels.free(scores);
  const { questions } = sums;
  return {
    questions,
    mrr: sums.mrr / questions,
    hits1: sums.hits1 / questions,
    hits3: sums.hits3 / questions,
    hits10: sums.hits10 / questions,
    meanRank: sums.meanRank / questions,
  };
}

/**
 * @param known may hold the answer itself: it is not left out
 * @returns the rank of `answer`, ≥ 1, in halves
 * @throws AppError `graph/diverged`
 */
export function filteredRank(scores: Float32Array, answer: number, known: Int32Array): number {
  const mine = scores[answer]!;
  let better = 0;
  let equal = -1;
  for (let e = 0; e < scores.length; e++) {
    const score = scores[e]!;
    if (score > mine) better++;
    else if (score === mine) equal++;
    else if (!(score < mine))
      throw new AppError(
        'graph/diverged',
        `entity ${e} scores ${score} and the true answer ${mine}; expected numbers`,
      );
  }
  for (const e of known) {
    if (e === answer) continue;
    if (scores[e]! > mine) better--;
    else if (scores[e] === mine) equal--;
  }
  return 1 + better + equal / 2;
}

function addRank(
  sums: { questions: number; mrr: number; hits1: number; hits3: number; hits10: number; meanRank: number },
  rank: number,
): void {
  sums.questions++;
  sums.mrr += 1 / rank;
  sums.meanRank += rank;
  if (rank <= 1) sums.hits1++;
  if (rank <= 3) sums.hits3++;
  if (rank <= 10) sums.hits10++;
}
