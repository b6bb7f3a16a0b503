import { AppError, shown } from '../../core/errors.js';
import { hashString, mix32 } from '../../core/hash.js';
import { chooseArm } from '../choose.js';
import { createPolicy } from '../policies/index.js';
import type { Model, Policy } from '../policy.js';
import { ArmDirectory } from './arm-directory.js';
import { encodeBandit, parseBandit, snapshotOptions } from './bandit-bytes.js';
import { checkBanditOptions, type BanditOptions, type CheckedOptions } from './options.js';
import { rowLearner, type RowLearner } from './row-learner.js';
import { SharedBlock } from './shared-block.js';
import { SlateBuffers, writeContext, type Context, type Contexts } from './slate-buffers.js';

/** One decision. Of arrays, entry i belongs to the i-th arm offered. */
export interface Choice {
  /** the arm drawn */
  arm: string;
  /** p(arm): log it with the decision; nothing can compute it afterwards */
  propensity: number;
  /** the arms offered: in the order of the contexts given, or of the bandit's arms */
  arms: readonly string[];
  /** shape (K): what the draw was made from, summing to 1 */
  propensities: Float64Array;
  /** shape (K): posterior means, plays per impression */
  means: Float64Array;
}

export interface LearnOptions {
  /** w ≥ 0; default 1 */
  readonly weight?: number;
  /** when it was decided, milliseconds; default 0, which will do where nothing is forgotten */
  readonly atMs?: number;
}

const NOTHING: LearnOptions = Object.freeze({});
const NONE = new Float64Array(0);

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
  /** rows that the served model has yet to hear of */
  readonly #stale: Uint8Array;
  readonly #staleRows: Int32Array;
  #staleCount = 0;

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
    this.#stale = new Uint8Array(maxArms);
    this.#staleRows = new Int32Array(maxArms);
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
    const [slate, scores] = [this.#slate, this.#slate.scores];
    this.#serveStale();
    slate.fill(contexts);
    this.#policy.score(this.#model, slate, scores);
    const [keyA, keyB] = [drawKey(key, this.#seedA), drawKey(key, this.#seedB)];
    const drawn = chooseArm(scores.propensities, slate.size, keyA, keyB, 0, slate.hashes);
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
    this.#learner.learn(row, this.#x, reward, options.weight ?? 1, options.atMs ?? 0);
    this.#touch(row);
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
    this.#learner.changeReward(row, this.#x, change, options.weight ?? 1, options.atMs ?? 0);
    this.#touch(row);
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
    this.#touch(row);
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
    this.#staleCount = 0;
    this.#stale.fill(0);
    for (const { row } of this.#directory.list) this.#touch(row);
  }

  #touch(row: number): void {
    if (this.#stale[row] === 1) return;
    this.#stale[row] = 1;
    this.#staleRows[this.#staleCount++] = row;
  }

  /** The served model is a cache of what was learned: it is brought up to date when somebody asks, and then once for all that was learned since. */
  #serveStale(): void {
    for (let i = 0; i < this.#staleCount; i++) {
      const row = this.#staleRows[i]!;
      this.#learner.serve(row);
      this.#stale[row] = 0;
    }
    this.#staleCount = 0;
  }

  #empty(): [Model, RowLearner, SharedBlock] {
    const { halfLifeMs, shared } = this.#options;
    const { dimension } = this.#policy;
    const model = this.#policy.emptyModel();
    const learner = rowLearner(this.#policy, model, { dimension, halfLifeMs });
    return [model, learner, new SharedBlock(dimension, halfLifeMs, shared)];
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

function drawKey(key: string | number, seed: number): number {
  if (typeof key === 'string') return hashString(key, seed);
  if (!Number.isSafeInteger(key))
    throw new AppError('bandit/bad-shape', `key is ${shown(key)}; expected a string or a safe integer`);
  return mix32(mix32((key >>> 0) ^ seed) + (Math.floor(key / 2 ** 32) >>> 0));
}

function writeChoice(slate: SlateBuffers, drawn: number, into: Choice | undefined): Choice {
  const { size, ids, scores } = slate;
  const choice = into ?? { arm: '', propensity: 0, arms: [], propensities: NONE, means: NONE };
  if (choice.propensities.length !== size) {
    choice.propensities = new Float64Array(size);
    choice.means = new Float64Array(size);
  }
  if (choice.arms.length !== size || ids.some((id, i) => id !== choice.arms[i])) choice.arms = ids.slice();
  for (let a = 0; a < size; a++) {
    choice.propensities[a] = scores.propensities[a]!;
    choice.means[a] = scores.means[a]!;
  }
  choice.arm = ids[drawn]!;
  choice.propensity = scores.propensities[drawn]!;
  return choice;
}
