export type { Estimate, Estimator, LoggedOutcome, Verdict } from './estimator.js';
export type { EstimatorOptions } from './interval.js';
export { ipw } from './ipw.js';
export { OVERLAP_DEFAULTS, type OverlapLimits } from './overlap.js';
export { replay } from './replay.js';
export { snipw } from './snipw.js';
