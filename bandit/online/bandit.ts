import { AppError } from '../../core/errors.js';
import { mix32 } from '../../core/hash.js';
import { chooseArm } from '../choose.js';
import { createPolicy } from '../policies/index.js';
import type { Model, Policy } from '../policy.js';
import { ArmDirectory } from './arm-directory.js';
import { encodeBandit, parseBandit, snapshotOptions } from './bandit-bytes.js';
import { drawKey, writeChoice, type Choice } from './choice.js';
import { checkBanditOptions, type BanditOptions, type CheckedOptions } from './options.js';
import { rowLearner, type RowLearner } from './row-learner.js';
import { SharedBlock } from './shared-block.js';
import { SlateBuffers, writeContext, type Context, type Contexts } from './slate-buffers.js';
import { StaleRows } from './stale-rows.js';

export interface LearnOptions {
  /** w ≥ 0; default 1 */
  readonly weight?: number;
  /** when it was decided, milliseconds; default 0, which will do where nothing is forgotten */
  readonly atMs?: number;
  /** the key it was chosen with. Online bagging resamples examples by it; without a key, examples of an arm that are alike in context and time are resampled alike */
  readonly key?: string | number;
}

const NOTHING: LearnOptions = Object.freeze({});

/**
 * A contextual bandit in one object, for use without the service: see {@link createBandit}.
 *
 * `choose` changes no answer; `learn`, `reward` and what is named like a change are the only writers. Whatever throws has changed nothing.
 */
export class Bandit {
  readonly #options: CheckedOptions;
  readonly #policy: Policy;
  readonly #directory: ArmDirectory;
  readonly #slate: SlateBuffers;
  readonly #x: Float32Array;
  readonly #seedA: number;
  readonly #seedB: number;
  #model: Model;
  #learner: RowLearner;
  #shared: SharedBlock;
  readonly #stale: StaleRows;

  /** @throws AppError `bandit/bad-setting` */
  constructor(options: BanditOptions) {
    this.#options = checkBanditOptions(options);
    const { policy, settings, dimension, arms, maxArms, seed } = this.#options;
    this.#policy = createPolicy(policy, settings, dimension);
    this.#directory = new ArmDirectory(maxArms);
    this.#slate = new SlateBuffers(this.#directory, dimension, maxArms);
    this.#x = new Float32Array(dimension);
    this.#seedA = mix32((seed >>> 0) ^ 0x9e3779b9);
    this.#seedB = mix32((Math.floor(seed / 2 ** 32) >>> 0) ^ this.#seedA);
    this.#stale = new StaleRows(maxArms);
    [this.#model, this.#learner, this.#shared] = this.#empty();
    this.refresh();
    for (const id of arms) this.#directory.add(id);
  }

  /** Ids of the arms there are, in the order they came. */
  get arms(): readonly string[] {
    return this.#directory.ids;
  }

  /**
   * Draws an arm.
   *
   * @param contexts one vector, shape (d), with which all arms are offered; or the arms offered, each with its own
   * @param key      whose draw this is (a member, or a number of the decision): the same key draws the same while propensities stay. A string or a safe integer
   * @param into     a choice to write into, so that a loop allocates nothing: one that `choose` returned
   * @throws AppError `bandit/empty-slate` | `bandit/unknown-arm` | `bandit/bad-shape` | `bandit/bad-score`
   */
  choose(contexts: Contexts, key: string | number, into?: Choice): Choice {
    const slate = this.#slate;
    const { propensities } = slate.scores;
    this.#stale.drain(this.#learner);
    slate.fill(contexts);
    this.#policy.score(this.#model, slate, slate.scores);
    const keyA = drawKey(key, this.#seedA);
    const keyB = drawKey(key, this.#seedB);
    const drawn = chooseArm(propensities, slate.size, keyA, keyB, 0, slate.hashes);
    return writeChoice(slate, drawn, into);
  }

  /**
   * Learns one example: what the arm chosen earned.
   *
   * @param x      the context it was chosen with, shape (d)
   * @param reward r in [0, 1]
   * @throws AppError `bandit/unknown-arm` | `bandit/bad-shape` | `bandit/bad-reward`
   */
  learn(arm: string, x: Context, reward: number, options: LearnOptions = NOTHING): void {
    const { row } = this.#directory.get(arm);
    writeContext(x, this.#options.dimension, this.#x, 0);
    const { weight = 1, atMs = 0 } = options;
    this.#learner.learn(row, this.#x, reward, weight, atMs, this.#exampleKey(options));
    this.#stale.add(row);
    if (this.#shared.count()) this.refresh();
  }

  /**
   * The reward of an example learned earlier has changed: what comes late counts as if it had come early.
   *
   * @param x       the context of that example, shape (d)
   * @param change  Δr in [−1, 1]: learned with 0, now 1, is a change of 1
   * @param options weight and time of that example
   * @throws AppError `bandit/unknown-arm` | `bandit/bad-shape` | `bandit/bad-reward`
   */
  reward(arm: string, x: Context, change: number, options: LearnOptions = NOTHING): void {
    const { row } = this.#directory.get(arm);
    writeContext(x, this.#options.dimension, this.#x, 0);
    const { weight = 1, atMs = 0 } = options;
    this.#learner.changeReward(row, this.#x, change, weight, atMs, this.#exampleKey(options));
    this.#stale.add(row);
  }

  /** A new arm starts from what all arms have in common. @throws AppError `bandit/bad-setting` */
  addArm(id: string): void {
    this.#directory.add(id);
  }

  /** An arm leaves; what it taught about all arms stays. @throws AppError `bandit/unknown-arm` */
  removeArm(id: string): void {
    const { row } = this.#directory.remove(id);
    this.#shared.keep(this.#learner.statistics, row);
    this.#learner.clearRow(row);
    this.#stale.add(row);
  }

  /** States anew what all arms have in common. Happens by itself, see {@link SharedBlock}. */
  refresh(): void {
    this.#shared.refresh(this.#learner.statistics, this.#directory.list);
    this.#serveAnew();
  }

  /**
   * Adds what another bandit has learned, arm by arm: as if this one had learned it too. Arms it does not have yet come with it.
   *
   * @throws AppError `bandit/bad-shape` unless policy, dimension and half-life are the same | `bandit/bad-setting` when there would be too many arms
   */
  merge(other: Bandit): void {
    this.#checkMergeable(other);
    const before = this.snapshot();
    try {
      for (const { id, row } of other.#directory.list) {
        const mine = this.#directory.has(id) ? this.#directory.get(id) : this.#directory.add(id);
        this.#learner.mergeRow(mine.row, other.#learner.statistics, row);
      }
      this.#shared.merge(other.#shared);
      this.refresh();
    } catch (error) {
      this.restore(before);
      throw error;
    }
  }

  /**
   * Everything it knows, to the bit, as bytes of a stable, versioned, little-endian format. The served model is built anew on both sides: one that sums over its
   * rows (a hybrid's) would round differently otherwise.
   */
  snapshot(): Uint8Array {
    const bytes = encodeBandit({
      ...{ options: this.#options, prior: this.#shared.prior, ...this.#shared.encode() },
      arms: this.#directory.list.map(({ id, row }) => ({ id, row, bytes: this.#learner.encodeRow(row) })),
    });
    this.#serveAnew();
    return bytes;
  }

  /**
   * Becomes the bandit that was snapshotted: the same choices for the same keys, and the same after learning the same.
   *
   * @throws AppError `snapshot/corrupt` | `snapshot/wrong-schema` (another policy, other settings, another seed); nothing has changed then
   */
  restore(bytes: Uint8Array): void {
    const parts = parseBandit(bytes, this.#options);
    const [model, learner, shared] = this.#empty();
    shared.decode(parts.counters, parts.left, parts.prior);
    learner.setPrior(parts.prior);
    for (const { row, bytes: encoded } of parts.arms) learner.decodeRow(row, encoded);
    [this.#model, this.#learner, this.#shared] = [model, learner, shared];
    this.#directory.replace(parts.arms);
    this.#serveAnew();
  }

  #serveAnew(): void {
    this.#learner.setPrior(this.#shared.prior);
    this.#stale.clear();
    for (const { row } of this.#directory.list) this.#stale.add(row);
  }

  #exampleKey({ key }: LearnOptions): number | undefined {
    return key === undefined ? undefined : drawKey(key, 0);
  }

  #empty(): [Model, RowLearner, SharedBlock] {
    const { halfLifeMs, shared } = this.#options;
    const { dimension, replicates = 1 } = this.#policy;
    const sums = { dimension, halfLifeMs, replicates };
    const model = this.#policy.emptyModel();
    return [model, rowLearner(this.#policy, model, sums), new SharedBlock(sums, shared)];
  }

  #checkMergeable(other: Bandit): void {
    const [mine, theirs] = [this, other].map(
      (bandit) =>
        `${bandit.#policy.name} of d = ${bandit.#policy.dimension}, half-life ${bandit.#options.halfLifeMs} ms`,
    );
    if (mine !== theirs) throw new AppError('bandit/bad-shape', `the other is ${theirs}; expected ${mine}`);
  }
}

/**
 * A bandit by the name of its policy.
 *
 *     const bandit = createBandit({ policy: 'linear-thompson', dimension: 2, arms: ['egg', 'ripley'] });
 *     const x = [1, 0.5];                                   // what is known about this decision
 *     const { arm, propensity } = bandit.choose(x, 'ann');  // the same key, the same choice
 *     bandit.learn(arm, x, 0, { atMs: 0 });                 // shown, nothing yet
 *     bandit.reward(arm, x, 1, { atMs: 0 });                // played after all
 *
 * Every policy works. Those with a ridge regression per arm learn in O(d²) per example ({@link OnlineRidge}); any other is fitted again where it was touched. The prior that
 * new arms start from is stated anew as evidence grows ({@link SharedBlock}).
 *
 * @throws AppError `bandit/bad-setting`
 * @example const b = createBandit({ policy: 'linear-thompson', dimension: 1, arms: ['a', 'b'] }); b.learn('a', [1], 1); b.choose([1], 7).means[0] // => 0.5
 */
export function createBandit(options: BanditOptions): Bandit {
  return new Bandit(options);
}

/** The bandit that was snapshotted, from its bytes alone. @throws AppError `snapshot/corrupt` */
export function restoreBandit(bytes: Uint8Array): Bandit {
  const bandit = new Bandit(snapshotOptions(bytes));
  bandit.restore(bytes);
  return bandit;
}
