import {
  ArmStatistics,
  createPolicy,
  emptyPrior,
  priorFrom,
  statisticsOf,
  type Model,
  type Policy,
  type PolicyName,
  type Prior,
  type Slate,
  type SlateScores,
} from '../../bandit/index.js';

export interface CandidateOptions {
  readonly policy: PolicyName;
  /** d of the contexts */
  readonly dimension: number;
  /** K of the whole action set */
  readonly arms: number;
  /** what was learned is served after this many rows, ≥ 1 */
  readonly refitEvery: number;
}

/**
 * One policy learning its way through a log: what it would have answered from what it knew so far, then the outcome of the logged arm.
 * Learning, prior and fit are the same code as in the service; only the schedule differs: every `refitEvery` rows the touched arms are fitted, and
 * each time the rows have doubled, the prior and all arms.
 */
export class Candidate {
  readonly name: PolicyName;
  private readonly policy: Policy;
  private readonly model: Model;
  private readonly statistics: ArmStatistics;
  /** row 0: what all arms learn together */
  private readonly shared: ArmStatistics;
  private readonly scores: SlateScores;
  private prior: Prior;
  private learned = 0;
  private nextBase: number;

  constructor(private readonly options: CandidateOptions) {
    this.name = options.policy;
    this.policy = createPolicy(options.policy, {}, options.dimension);
    this.model = this.policy.emptyModel();
    this.statistics = statisticsOf(this.policy);
    this.shared = new ArmStatistics({ dimension: this.policy.dimension });
    this.scores = {
      means: new Float64Array(options.arms),
      deviations: new Float64Array(options.arms),
      propensities: new Float64Array(options.arms),
    };
    this.prior = emptyPrior(this.policy.dimension);
    this.nextBase = options.refitEvery;
    this.fitBase();
  }

  /** π(a | x) for the slate's arms; valid until the next call. */
  propensities(slate: Slate): Float64Array {
    this.policy.score(this.model, slate, this.scores);
    return this.scores.propensities;
  }

  /** @param chosen index in the slate of the arm that was shown */
  learn(slate: Slate, chosen: number, reward: number, atMs: number): void {
    const row = slate.rows[chosen]!;
    const offset = chosen * this.options.dimension;
    for (const [statistics, at] of [
      [this.statistics, row],
      [this.shared, 0],
    ] as const) {
      statistics.addTrial(at, slate.contexts, offset, 1, atMs);
      if (reward !== 0) statistics.addReward(at, slate.contexts, offset, reward, 1, atMs);
    }
    this.learned++;
    if (this.learned >= this.nextBase) {
      this.nextBase *= 2;
      this.prior = priorFrom(this.shared);
      this.fitBase();
    } else if (this.learned % this.options.refitEvery === 0) {
      this.policy.apply(
        this.model,
        this.policy.fit(this.statistics, this.prior, this.statistics.drainTouched()),
      );
    }
  }

  private fitBase(): void {
    this.statistics.drainTouched();
    this.policy.apply(this.model, this.policy.fit(this.statistics, this.prior));
  }
}
