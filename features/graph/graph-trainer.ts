import { AppError } from '../../core/errors.js';
import { seededRng, type Rng } from '../../core/rng.js';
import { BatchNegatives } from './batch-negatives.js';
import { compositionOf, type Composition } from './composition.js';
import { emptyTables, randomise, type EmbeddingTable, type EmbeddingTables } from './embedding-tables.js';
import { checkGraphSettings, type GraphSettings } from './graph-settings.js';
import { KnownAnswers } from './known-answers.js';
import type { KnowledgeGraph } from './knowledge-graph.js';
import { lossAndSlopes } from './losses.js';
import { replacementOdds } from './replacement-odds.js';

/**
 * Learns vectors of a graph's entities and relations, one epoch at a time, by sparse Adagrad steps on one core.
 *
 * Chance comes from (seed, epoch) alone, and sums are added in one order: the same settings, facts and number of epochs give the same bits, interrupted in between
 * or not. Each batch draws its wrong answers once and shares them among its questions (as PyTorch-BigGraph does: Lerer et al., MLSys 2019), so that their
 * gradients are summed and stepped once.
 */
export class GraphTrainer {
  readonly settings: GraphSettings;
  readonly tables: EmbeddingTables;
  /** epochs done */
  epoch = 0;
  readonly #graph: KnowledgeGraph;
  readonly #composition: Composition;
  readonly #known: KnownAnswers;
  readonly #odds: Float64Array;
  readonly #order: Int32Array;
  readonly #negatives: BatchNegatives;
  readonly #query: Float32Array;
  readonly #queryGradient: Float32Array;
  readonly #byEntity: Float32Array;
  readonly #byRelation: Float32Array;
  readonly #byAnswer: Float32Array;
  readonly #score: Float32Array;
  readonly #slope: Float32Array;

  /** @param tables go on from these; default: begin anew. @throws AppError `graph/bad-setting` */
  constructor(graph: KnowledgeGraph, settings: GraphSettings, tables?: EmbeddingTables) {
    this.settings = checkGraphSettings(settings);
    const size = { entities: graph.entities.length, relations: graph.relations.length };
    const { dimension, model, seed } = settings;
    this.tables = tables ?? emptyTables(size, dimension);
    if (tables === undefined) randomise(this.tables, model, seededRng(seed).fork('begin'));
    this.#graph = graph;
    this.#composition = compositionOf(model);
    this.#known = new KnownAnswers(size, graph.train);
    this.#odds = replacementOdds(graph.train, size.relations);
    this.#order = new Int32Array(graph.train.length / 3);
    this.#negatives = new BatchNegatives(this.tables, settings, this.#composition.likeness);
    const { kernels } = this.tables;
    this.#query = kernels.float32(dimension);
    this.#queryGradient = kernels.float32(dimension);
    this.#byEntity = kernels.float32(dimension);
    this.#byRelation = kernels.float32(dimension);
    this.#byAnswer = kernels.float32(dimension);
    this.#score = kernels.float32(1);
    this.#slope = kernels.float32(1);
  }

  /** Facts that one epoch learns. */
  get facts(): number {
    return this.#order.length;
  }

  /**
   * Learns every fact once, in a new order.
   *
   * @param onBatch after each batch: facts learned of this epoch, and the mean loss of its questions so far
   * @returns the mean loss
   * @throws AppError `graph/diverged` when it is not finite
   */
  trainEpoch(onBatch?: (facts: number, loss: number) => void): number {
    const rng = seededRng(this.settings.seed).fork(`epoch ${this.epoch}`);
    shuffle(this.#order, rng);
    const { batch } = this.settings;
    const { train } = this.#graph;
    let loss = 0;
    let questions = 0;
    for (let from = 0; from < this.#order.length; from += batch) {
      const to = Math.min(this.#order.length, from + batch);
      this.#negatives.draw(rng);
      for (let i = from; i < to; i++) {
        const at = 3 * this.#order[i]!;
        const [head, relation, tail] = [train[at]!, train[at + 1]!, train[at + 2]!];
        const both = this.settings.sides === 'both';
        const replaceHead = !both && rng.uniform() < this.#odds[relation]!;
        if (!replaceHead) {
          loss += this.#learn(head, relation, tail);
          questions++;
        }
        if (both || replaceHead) {
          loss += this.#learn(tail, relation + this.#graph.relations.length, head);
          questions++;
        }
      }
      this.#negatives.step();
      onBatch?.(to, loss / questions);
    }
    const mean = loss / questions;
    if (!Number.isFinite(mean))
      throw new AppError(
        'graph/diverged',
        `the loss of epoch ${this.epoch + 1} is ${mean}; expected a finite number: lower the rate, ${this.settings.rate}`,
      );
    this.epoch++;
    return mean;
  }

  /** One question. @returns its loss */
  #learn(entity: number, question: number, answer: number): number {
    const { entities, relations, blocks } = this.tables;
    const { dimension, loss, margin } = this.settings;
    const { likeness } = this.#composition;
    const [e, r] = [entities.vectors[entity]!, relations.vectors[question]!];
    this.#composition.compose(e, r, this.#query);
    const scores = this.#negatives.scores(
      this.#query,
      this.settings.filtered ? this.#known.of(entity, question) : undefined,
      answer,
    );
    blocks.scores(likeness, this.#query, entities.values, answer, 1, dimension, this.#score);
    const truth = this.#score[0]!;
    const value = lossAndSlopes(loss, truth, scores, this.#slope, margin);
    // The kernel's gradient for l2 is that of half the square.
    if (likeness === 'l2') this.#slope[0] = this.#slope[0]! / Math.max(-truth, 1e-6);
    this.#queryGradient.fill(0);
    this.#negatives.gradients(this.#query, this.#queryGradient);
    blocks.gradients(
      likeness,
      this.#query,
      entities.vectors[answer]!,
      1,
      dimension,
      this.#slope,
      this.#queryGradient,
      this.#byAnswer,
    );
    this.#composition.decompose(e, r, this.#queryGradient, this.#byEntity, this.#byRelation);
    this.#step(entities, entity, this.#byEntity);
    this.#step(entities, answer, this.#byAnswer);
    this.#step(relations, question, this.#byRelation);
    return value;
  }

  #step(table: EmbeddingTable, row: number, gradient: Float32Array): void {
    const { dimension, rate, decay, unitEntities } = this.settings;
    const vector = table.vectors[row]!;
    if (decay > 0) for (let i = 0; i < dimension; i++) gradient[i] = gradient[i]! + decay * vector[i]!;
    this.tables.blocks.adagradStep(
      table.values,
      table.squares,
      row * dimension,
      gradient,
      0,
      dimension,
      rate,
    );
    if (unitEntities && table === this.tables.entities) toUnitLength(vector);
  }
}

/** Fisher and Yates. */
function shuffle(order: Int32Array, rng: Rng): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
}

function toUnitLength(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 1;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! * scale;
}
