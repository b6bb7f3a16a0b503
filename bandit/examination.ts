import { AppError, shown } from '../core/errors.js';
import type { SwapStatistics } from './swap-statistics.js';

export interface ExaminationOptions {
  /** pseudo-plays that hold each ratio of neighbouring places to the prior's, > 0; default 50 */
  readonly priorPlays?: number;
  /** c ≥ 0 of the prior 1/(1 + c·k); default 0: no correction before the data says so */
  readonly priorSlope?: number;
}

/** How much places are looked at, relative to the first. */
export interface ExaminationCurve {
  /** shape (K): e_k in [0.05, 4], e_0 = 1 */
  readonly examination: Float64Array;
  /** shape (K): standard error of log e_k by the jackknife; 0 at k = 0; that of the shrunk estimate, so small where the prior speaks alone */
  readonly standardErrors: Float64Array;
  /** shape (K): overlap-weighted plays at k and k + 1 behind the ratio e_{k+1}/e_k; 0 for the last */
  readonly plays: Float64Array;
}

const LEAST = 0.05;
const MOST = 4;

/**
 * The position-based model, P(play | place k, item i) = e_k·rel_i, estimated from the randomness that ordering has anyway.
 *
 * Take a page whose items i, j stood at k, k + 1. Given all other places, the policy would have put them the other way round with a known probability
 * w = P(j, i)/(P(i, j) + P(j, i)). Weigh what was played at either by w, the overlap weight: over both ways round
 *
 *   E[w·r_k] = h·e_k·(rel_i + rel_j),   E[w·r_{k+1}] = h·e_{k+1}·(rel_i + rel_j),   h = P(i, j)·P(j, i)/(P(i, j) + P(j, i))²
 *
 * so whatever the items, e_{k+1}/e_k = Σ w·r_{k+1} / Σ w·r_k; the curve is the running product. The inverse-propensity weight 1/(1 − w) times the
 * overlap h ∝ w(1 − w) leaves w: in [0, 1], never large, 0 where nothing was random. A play at k counts in the sums above and below it, so errors of neighbouring ratios cancel.
 *
 *   e_{k+1}/e_k = (Σ w·r_{k+1} + s·ρ_k) / (Σ w·r_k + s),   ρ_k = (1 + c·k)/(1 + c·(k + 1))       s: priorPlays, c: priorSlope
 *
 * Assumes: what is at the other places does not change how k is looked at; a pair counts where both were displayed, and who sees both does not depend on which way round.
 *
 * Standard errors are those of a delete-a-group jackknife over members: pages of one member resemble each other.
 *
 * @throws AppError `bandit/bad-setting`
 * @example examinationCurve(new SwapStatistics({ places: 3 })).examination // => Float64Array.of(1, 1, 1)
 * @see Joachims, Swaminathan & Schnabel, WSDM 2017, arXiv:1608.04468 §5.2 (swap interventions); Agarwal et al., WSDM 2019, arXiv:1812.05161 (harvesting them from logs);
 *   Li, Morgan & Zaslavsky, JASA 2018 (overlap weights); Kott, J. Official Statistics 2001 (delete-a-group jackknife)
 */
export function examinationCurve(
  statistics: SwapStatistics,
  options: ExaminationOptions = {},
): ExaminationCurve {
  const { priorPlays = 50, priorSlope = 0 } = options;
  if (!(priorPlays > 0 && priorPlays < Infinity))
    throw new AppError(
      'bandit/bad-setting',
      `priorPlays is ${shown(priorPlays)}; expected a finite number > 0`,
    );
  if (!(priorSlope >= 0 && priorSlope < Infinity))
    throw new AppError(
      'bandit/bad-setting',
      `priorSlope is ${shown(priorSlope)}; expected a finite number ≥ 0`,
    );
  const { places, groups } = statistics;
  const table = statistics.table();
  const prior = { plays: priorPlays, slope: priorSlope };
  const logs = logCurve(table, places, groups, prior);
  const squares = new Float64Array(places);
  for (let group = 0; group < groups; group++) {
    logCurve(table, places, groups, prior, group).forEach((log, k) => {
      squares[k] = squares[k]! + (log - logs[k]!) ** 2;
    });
  }
  return {
    examination: logs.map((log) => Math.min(MOST, Math.max(LEAST, Math.exp(log)))),
    standardErrors: squares.map((sum) => Math.sqrt((sum * (groups - 1)) / groups)),
    plays: logs.map((_, k) =>
      k + 1 < places ? sumOf(table, 2 * k * groups, groups) + sumOf(table, (2 * k + 1) * groups, groups) : 0,
    ),
  };
}

/** log e_k, without one group of members. */
function logCurve(
  table: Float64Array,
  places: number,
  groups: number,
  prior: { readonly plays: number; readonly slope: number },
  without = -1,
): Float64Array {
  const logs = new Float64Array(places);
  for (let k = 0; k + 1 < places; k++) {
    const ratio = (1 + prior.slope * k) / (1 + prior.slope * (k + 1));
    const upper = sumOf(table, 2 * k * groups, groups, without) + prior.plays;
    const lower = sumOf(table, (2 * k + 1) * groups, groups, without) + prior.plays * ratio;
    logs[k + 1] = logs[k]! + Math.log(lower / upper);
  }
  return logs;
}

/** A reward taken back before it is known again may leave a sum a rounding below 0. */
function sumOf(table: Float64Array, at: number, groups: number, without = -1): number {
  let sum = 0;
  for (let g = 0; g < groups; g++) if (g !== without) sum += table[at + g]!;
  return Math.max(0, sum);
}

/**
 * P(the items at k and k + 1 stand the other way round | all other places as they are) under Plackett–Luce, from the two conditional probabilities that were logged:
 *
 *   w = (1 − p_k) / ((1 − p_k) + 1 − p_{k+1}·(1 − p_k))
 *
 * because with R the sum of the rates left at k, P(i, j) ∝ 1/(R − v_i), P(j, i) ∝ 1/(R − v_j), v_i = p_k·R and v_j = p_{k+1}·(R − v_i).
 *
 * @param here  p_k in [0, 1]
 * @param after p_{k+1} in [0, 1]
 * @returns in [0, 1]; 0 where the order was certain
 * @example swapWeight(0.5, 1) // => 0.5
 */
export function swapWeight(here: number, after: number): number {
  const left = 1 - here;
  return left > 0 ? left / (left + 1 - after * left) : 0;
}
