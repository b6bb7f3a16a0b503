/**
 * Off-policy evaluation: what would another policy have earned on this log? Every estimator takes {@link LoggedOutcome}s one by one and answers with
 * an {@link Estimate}: value, intervals, and whether the log can answer at all.
 *
 * @packageDocumentation
 */
export { crossFitted, type CrossFittedEstimator, type CrossFittedOptions } from './cross-fitted.js';
export { dm } from './dm.js';
export { dr, type DrOptions } from './dr.js';
export { drGiven } from './dr-given.js';
export { dros, type DrosOptions } from './dros.js';
export type { Estimate, Estimator, EstimatorName, PositionEstimate, Verdict } from './estimator.js';
export { LowerConfidenceSequence } from './intervals/anytime-valid.js';
export type { BootstrapOptions } from './intervals/bootstrap.js';
export { clopperPearson } from './intervals/clopper-pearson.js';
export { empiricalBernsteinMargin } from './intervals/empirical-bernstein.js';
export type { Guarantee, Interval, IntervalMethod } from './intervals/interval.js';
export { ipw, type IpwOptions } from './ipw.js';
export type { LoggedOutcome } from './logged-outcome.js';
export { mips } from './mips.js';
export { OVERLAP_DEFAULTS, type OverlapLimits } from './overlap.js';
export { replay } from './replay.js';
export type { EstimatorOptions } from './row-estimator.js';
export { sndr } from './sndr.js';
export { snipw } from './snipw.js';
export { switchDr, type SwitchDrOptions } from './switch-dr.js';
export { tabularRewards, type RewardModel, type TabularOptions } from './tabular-rewards.js';
