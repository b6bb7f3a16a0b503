import {
  armsOf,
  MAX_ARMS,
  orderByPlackettLuce,
  scoreMeans,
  sharedKernels,
  SlateBatch,
} from '../../bandit/index.js';
import { contextHeadLength, type ContextSchema } from '../../features/context-vector.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { DecisionInput } from './decision-input.js';
import type { Page } from './page.js';
import { PageContext } from './page-context.js';
import { TitleRecords } from './title-records.js';

/**
 * Orders the titles of a row by Plackett–Luce over the title-order model's posterior means, and writes the titles with each position's
 * conditional probability into the page's next slots. A title's mean is φ(member, title, request)·θ(title).
 */
export class TitleOrder {
  /** what kernels read of titles and their artworks */
  readonly records: TitleRecords;
  readonly #batch: SlateBatch;
  readonly #context: PageContext;
  readonly #means: Float64Array;
  readonly #order = new Int32Array(MAX_ARMS);
  readonly #propensities = new Float64Array(MAX_ARMS);
  readonly #hashes = new Uint32Array(MAX_ARMS);

  constructor(
    readonly schema: ContextSchema,
    readonly temperature: number,
    readonly onPolicyFault: (error: unknown) => void,
  ) {
    const kernels = sharedKernels();
    this.records = new TitleRecords(kernels);
    this.#means = kernels.float64(MAX_ARMS, this);
    this.#batch = new SlateBatch(
      { headLength: contextHeadLength(schema), size: schema.embeddingSize },
      kernels,
    );
    this.#context = new PageContext(schema);
  }

  /**
   * Posterior means of the titles; valid until the next call. Shape (≥ titles)
   * @throws AppError `bandit/bad-score`
   */
  score(titles: readonly TitleRevision[], input: DecisionInput): Float64Array {
    this.#score(titles, input);
    return this.#means;
  }

  /**
   * @param titles at most MAX_ARMS
   * @param means  what `score` gave for them, where it was asked before
   */
  order(
    titles: readonly TitleRevision[],
    rowHash: number,
    input: DecisionInput,
    page: Page,
    means?: Float64Array,
  ): void {
    const size = titles.length;
    for (let i = 0; i < size; i++) this.#hashes[i] = titles[i]!.titleHash;
    try {
      if (means === undefined) this.#score(titles, input);
      else this.#means.set(means);
      this.#draw(size, rowHash, input);
    } catch (error) {
      this.onPolicyFault(error);
      this.#means.fill(0, 0, size);
      this.#draw(size, rowHash, input);
    }
    for (let i = 0; i < size; i++) {
      page.titles[page.count + i] = titles[this.#order[i]!]!;
      page.orderPropensity[page.count + i] = this.#propensities[i]!;
    }
  }

  #draw(size: number, rowHash: number, input: DecisionInput): void {
    orderByPlackettLuce(
      {
        size,
        scores: this.#means,
        temperature: this.temperature,
        hashes: this.#hashes,
        keyA: input.drawKey.a,
        keyB: input.drawKey.b,
        groupHash: rowHash,
      },
      this.#order,
      this.#propensities,
    );
  }

  /** Without a model, without the member's features, or when the model fails, every title scores 0: the order is uniform, and logged as such. */
  #score(titles: readonly TitleRevision[], input: DecisionInput): void {
    if (!input.titleOrder || !input.personalized) {
      this.#means.fill(0, 0, titles.length);
      return;
    }
    const batch = this.#batch;
    batch.clear();
    for (const title of titles) batch.add(this.records.of(title).title, title.titleHash);
    this.#context.set(input);
    batch.expand(this.#context, true);
    scoreMeans(input.titleOrder, armsOf(batch), this.#means);
  }
}
