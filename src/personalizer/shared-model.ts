import {
  createPolicy,
  sharedKernels,
  OnlineRidge,
  type Model,
  type Policy,
  type Slate,
  type SlateScores,
} from '../../bandit/index.js';
import { DIMENSION } from './features.js';

/** Learning settings, ours: how the one shared model learns and explores. */
export interface ModelSettings {
  /** λ > 0, in examples */
  readonly lambda: number;
  /** γ₀ > 0 and ρ in [0, 1] of SquareCB: p falls with a gap by γ₀·n^ρ */
  readonly gamma: number;
  readonly growth: number;
  /** ε in [0, 1]: probability spread evenly over the actions on offer */
  readonly exploration: number;
}

/** most actions of one call, whatever is configured: what the buffers hold */
export const MOST_ACTIONS = 200;
/** the row that all actions share */
const ROW = 0;

/**
 * One ridge regression over x(context, action) that all actions share, explored by SquareCB: the policy `squarecb` with every arm on the same row. Its n is then K
 * times the number of examples, so that γ grows as √(K·n), the rate of the regret bound.
 *
 * Learning is O(d²) per example and exact at once; scoring O(K·d).
 */
export class SharedModel {
  readonly #ridge: OnlineRidge;
  readonly #policy: Policy;
  readonly #model: Model;
  readonly #slate: Slate;
  readonly #scores: SlateScores;

  /** @param halfLifeMs of forgetting; Infinity: never */
  constructor(
    readonly settings: ModelSettings,
    readonly halfLifeMs: number,
  ) {
    const { lambda, gamma, growth, exploration } = settings;
    this.#ridge = new OnlineRidge({ dimension: DIMENSION, lambda, halfLifeMs });
    this.#policy = createPolicy('squarecb', { lambda, gamma, growth, floor: exploration }, DIMENSION);
    this.#model = this.#policy.emptyModel();
    const kernels = sharedKernels();
    this.#slate = {
      size: 0,
      rows: kernels.int32(MOST_ACTIONS, this),
      contexts: kernels.float32(MOST_ACTIONS * DIMENSION, this),
    };
    const [means, deviations, propensities] = [0, 1, 2].map(() => kernels.float64(MOST_ACTIONS, this));
    this.#scores = { means: means!, deviations: deviations!, propensities: propensities! };
  }

  /** Examples learned, weighed by their age. */
  get trials(): number {
    return this.#ridge.posterior(ROW)?.trials ?? 0;
  }

  /** Shape (≥ size, d): where the caller writes x of each action before {@link score}. */
  get contexts(): Float32Array {
    return this.#slate.contexts;
  }

  /** Means and propensities of the first `size` contexts, to be read before the next call. @throws AppError `bandit/empty-slate` | `bandit/bad-score` */
  score(size: number): SlateScores {
    this.#slate.size = size;
    this.#policy.score(this.#model, this.#slate, this.#scores);
    return this.#scores;
  }

  /** @param reward in [0, 1] */
  learn(x: Float32Array, reward: number, atMs: number): void {
    this.#ridge.learn(ROW, x, reward, 1, atMs);
    this.#serve();
  }

  /** The reward of an example learned earlier has changed. @param change in [−1, 1] @param atMs of the example */
  changeReward(x: Float32Array, change: number, atMs: number): void {
    this.#ridge.changeReward(ROW, x, change, 1, atMs);
    this.#serve();
  }

  /** Adds the sums of the latest examples to the others. When this happens changes later sums in their last bits: it has to happen at the same places everywhere. @returns n */
  settle(): number {
    return this.#ridge.statistics.trials(ROW);
  }

  /** What was learned, to the bit. Settles. */
  encode(): Uint8Array {
    return this.#ridge.encodeRow(ROW);
  }

  /** @throws AppError `checkpoint/corrupt`; nothing has changed then */
  decode(bytes: Uint8Array): void {
    this.#ridge.decodeRow(ROW, bytes);
    this.#serve();
  }

  /** The same examples under other settings. @throws AppError `bandit/bad-setting` */
  withSettings(settings: ModelSettings): SharedModel {
    const other = new SharedModel(settings, this.halfLifeMs);
    if (settings.lambda === this.settings.lambda) other.decode(this.encode());
    else {
      other.#ridge.mergeRow(ROW, this.#ridge.statistics);
      other.#serve();
    }
    return other;
  }

  #serve(): void {
    const posterior = this.#ridge.posterior(ROW);
    if (posterior !== undefined) this.#policy.incremental?.absorb(this.#model, ROW, posterior);
  }
}
