import { groupOf, groupsFor } from './folds.js';
import { targetVector, type LoggedOutcome } from './logged-outcome.js';
import { Cells, shrunkMean, type tabularSettings } from './tabular-rewards.js';

/** Sum of the doubly robust scores of one group's rows. */
export interface GroupScore {
  readonly score: number;
  readonly rows: number;
}

/**
 * What cross-fitted DR keeps of its rows. With a tabular q̂ the scores of group g are linear in it,
 *
 *   Σ_{i∈g} φ_i = Σ_c q̂₋(c)·D_g(c) + Σ_{i∈g} w_i·r_i,   D_g(c) = Σ_{i∈g} ( π_i(c) − w_i·1{c is the cell of a_i} )
 *
 * so D, and trials and rewards of each cell in each fold, are enough to score every row by a model that is fitted when all have been seen.
 */
export class CrossFitSums {
  private readonly groups: number;
  private readonly cells: Cells;
  private capacity = 64;
  /** shape (groups, capacity): D */
  private loadings: Float64Array;
  /** shape (capacity, folds) each */
  private trials: Float64Array;
  private rewards: Float64Array;
  /** shape (groups) each */
  private readonly rowsOf: Float64Array;
  private readonly weightedRewards: Float64Array;
  private added = 0;

  constructor(
    private readonly folds: number,
    private readonly settings: ReturnType<typeof tabularSettings>,
  ) {
    this.groups = groupsFor(folds);
    this.cells = new Cells(settings.maxCells);
    this.loadings = new Float64Array(this.groups * this.capacity);
    this.trials = new Float64Array(this.capacity * folds);
    this.rewards = new Float64Array(this.capacity * folds);
    this.rowsOf = new Float64Array(this.groups);
    this.weightedRewards = new Float64Array(this.groups);
  }

  /** @throws AppError `evaluation/too-many` | `evaluation/bad-outcome`; nothing is then added */
  add(weight: number, outcome: LoggedOutcome): void {
    const { probabilities, chosen } = targetVector(outcome, 'dr');
    const cells = this.cells.open(outcome);
    if (this.cells.size > this.capacity) this.grow();
    const group = groupOf(outcome.clusterId, this.added, this.groups);
    const at = group * this.capacity;
    for (let a = 0; a < probabilities.length; a++) this.loadings[at + cells[a]!]! += probabilities[a]!;
    const cell = cells[chosen]!;
    this.loadings[at + cell]! -= weight;
    this.trials[cell * this.folds + (group % this.folds)]! += 1;
    this.rewards[cell * this.folds + (group % this.folds)]! += outcome.reward;
    this.rowsOf[group]! += 1;
    this.weightedRewards[group]! += weight * outcome.reward;
    this.added++;
  }

  /** The groups that have rows. */
  scores(): GroupScore[] {
    const models = Array.from({ length: this.folds }, (_, fold) => this.modelWithout(fold));
    const scores: GroupScore[] = [];
    for (let group = 0; group < this.groups; group++) {
      const rows = this.rowsOf[group]!;
      if (rows === 0) continue;
      const model = models[group % this.folds]!;
      let score = this.weightedRewards[group]!;
      for (let c = 0; c < this.cells.size; c++)
        score += model[c]! * this.loadings[group * this.capacity + c]!;
      scores.push({ score, rows });
    }
    return scores;
  }

  /** q̂₋, shape (cells) */
  private modelWithout(fold: number): Float64Array {
    const { size } = this.cells;
    const trials = new Float64Array(size);
    const rewards = new Float64Array(size);
    let allTrials = 0;
    let allRewards = 0;
    for (let c = 0; c < size; c++) {
      for (let f = 0; f < this.folds; f++) {
        if (f === fold) continue;
        trials[c]! += this.trials[c * this.folds + f]!;
        rewards[c]! += this.rewards[c * this.folds + f]!;
      }
      allTrials += trials[c]!;
      allRewards += rewards[c]!;
    }
    const { priorReward = allTrials === 0 ? 0 : allRewards / allTrials, priorTrials } = this.settings;
    return trials.map((n, c) => shrunkMean(rewards[c]!, n, priorReward, priorTrials));
  }

  private grow(): void {
    const { capacity } = this;
    while (this.capacity < this.cells.size) this.capacity *= 2;
    const loadings = new Float64Array(this.groups * this.capacity);
    for (let g = 0; g < this.groups; g++) {
      loadings.set(this.loadings.subarray(g * capacity, (g + 1) * capacity), g * this.capacity);
    }
    this.loadings = loadings;
    this.trials = widened(this.trials, this.capacity * this.folds);
    this.rewards = widened(this.rewards, this.capacity * this.folds);
  }
}

function widened(values: Float64Array, length: number): Float64Array {
  const wide = new Float64Array(length);
  wide.set(values);
  return wide;
}
