import type { Likeness } from '../../bandit/index.js';
import type { Rng } from '../../core/rng.js';
import type { EmbeddingTables } from './embedding-tables.js';
import type { GraphSettings } from './graph-settings.js';

/** The wrong answers of one batch, drawn uniformly, copied side by side, with their gradients. Two of them may be the same entity. */
export class BatchNegatives {
  readonly #tables: EmbeddingTables;
  readonly #settings: GraphSettings;
  readonly #likeness: Likeness;
  readonly #entities: Int32Array;
  readonly #rows: Float32Array;
  readonly #gradients: Float32Array;
  readonly #scores: Float32Array;
  /** by entity: the last question to which it is a known answer */
  readonly #answersTo: Float64Array;
  #question = 0;

  constructor(tables: EmbeddingTables, settings: GraphSettings, likeness: Likeness) {
    const { kernels, entities } = tables;
    const { negatives, dimension } = settings;
    this.#tables = tables;
    this.#settings = settings;
    this.#likeness = likeness;
    this.#entities = new Int32Array(negatives);
    this.#rows = kernels.float32(negatives * dimension);
    this.#gradients = kernels.float32(negatives * dimension);
    this.#scores = kernels.float32(negatives);
    this.#answersTo = new Float64Array(entities.rows);
  }

  draw(rng: Rng): void {
    const { entities } = this.#tables;
    const { dimension } = this.#settings;
    for (let c = 0; c < this.#entities.length; c++) {
      const entity = rng.below(entities.rows);
      this.#entities[c] = entity;
      this.#rows.set(entities.vectors[entity]!, c * dimension);
    }
  }

  /**
   * @param known  answers that are no negatives: their score is −Infinity
   * @param answer the true one, never a negative
   * @returns shape (negatives), to be turned into slopes in place
   */
  scores(query: Float32Array, known: Int32Array | undefined, answer: number): Float32Array {
    const { negatives, dimension } = this.#settings;
    this.#tables.blocks.scores(this.#likeness, query, this.#rows, 0, negatives, dimension, this.#scores);
    const question = ++this.#question;
    this.#answersTo[answer] = question;
    if (known !== undefined) for (const entity of known) this.#answersTo[entity] = question;
    for (let c = 0; c < negatives; c++)
      if (this.#answersTo[this.#entities[c]!] === question) this.#scores[c] = -Infinity;
    return this.#scores;
  }

  /** Adds what the slopes left by {@link scores} mean for the query and, until the step, for the rows. */
  gradients(query: Float32Array, queryGradient: Float32Array): void {
    const { negatives, dimension } = this.#settings;
    if (this.#likeness === 'l2') this.#divideByDistances(query);
    this.#tables.blocks.gradients(
      this.#likeness,
      query,
      this.#rows,
      negatives,
      dimension,
      this.#scores,
      queryGradient,
      this.#gradients,
    );
  }

  /** One Adagrad step for each. */
  step(): void {
    const { blocks, entities } = this.#tables;
    const { dimension, rate } = this.#settings;
    for (let c = 0; c < this.#entities.length; c++)
      blocks.adagradStep(
        entities.values,
        entities.squares,
        this.#entities[c]! * dimension,
        this.#gradients,
        c * dimension,
        dimension,
        rate,
      );
  }

  #divideByDistances(query: Float32Array): void {
    const { dimension } = this.#settings;
    for (let c = 0; c < this.#scores.length; c++) {
      if (this.#scores[c] === 0) continue;
      let square = 0;
      for (let i = 0; i < dimension; i++) square += (query[i]! - this.#rows[c * dimension + i]!) ** 2;
      this.#scores[c] = this.#scores[c]! / Math.max(Math.sqrt(square), 1e-6);
    }
  }
}
