/**
 * Contextual bandits with exact propensities: pure maths, no I/O, no clock, no global randomness.
 *
 * The path of a decision: a {@link Slate} (rows and contexts of the arms offered) is scored by a {@link Policy} against its model, giving means, deviations
 * and the full probability vector; {@link chooseArm} draws one arm from that vector, the same one every time for the same key. Rows of titles are ordered by
 * {@link orderByPlackettLuce}. What is learned afterwards goes to {@link ArmStatistics}, sums that merge; {@link priorFrom} states what all
 * artworks have in common; `policy.fit` turns both into bytes, and `policy.apply` takes those bytes into a served model.
 *
 * @packageDocumentation
 */
export { ArmStatistics, type ArmStatisticsOptions } from './arm-statistics.js';
export { blockKernels, LIKENESSES, type BlockKernels, type Likeness } from './linalg/block-kernels.js';
export { betaPropensities } from './beta-propensity.js';
export { chooseArm } from './choose.js';
export { chooseArms } from './choose-slates.js';
export {
  examinationCurve,
  swapWeight,
  type ExaminationCurve,
  type ExaminationOptions,
} from './examination.js';
export { correlatedLattice, correlatedPropensities, type CorrelatedScores } from './correlated-propensity.js';
export { mixFloor } from './exploration-floor.js';
export {
  createKernels,
  sharedKernels,
  useKernels,
  type KernelOptions,
  type Kernels,
} from './linalg/kernels.js';
export * from './online/index.js';
export { plackettLuceMarginals } from './plackett-luce-marginals.js';
export { orderByPlackettLuce, plackettLuceLogPropensity, type Ranking } from './plackett-luce.js';
export * from './policies/index.js';
export {
  MAX_ARMS,
  POLICY_NAMES,
  type Model,
  type Policy,
  type PolicyName,
  type Prior,
  type Slate,
  type SlateScores,
} from './policy.js';
export { statisticsOf, type StatisticsShape } from './policy-statistics.js';
export {
  identityRepresentation,
  randomReluRepresentation,
  type RandomReluOptions,
  type Representation,
} from './representation.js';
export { emptyPrior, priorFrom, type PriorOptions } from './prior.js';
export { randomStream, type RandomStream } from './random-stream.js';
export { squareCb, writeSquareCb } from './square-cb.js';
export { squareCbOfSlates } from './square-cb-slates.js';
export { orderRows, type RowOrder, type RowPolicyOptions, type RowSlate } from './row-policy.js';
export { SwapStatistics, type SwapStatisticsOptions } from './swap-statistics.js';
export { explorationKernels, type ExplorationKernels } from './exploration-kernels.js';
export { SlateBatch, type SharedContext, type SlateBatchOptions } from './slate-batch.js';
export { SlateRecord } from './slate-record.js';
export { type ContextRun, type SlateRun } from './slate-run.js';
export { thompsonPropensities, thompsonPropensitiesOfSlates } from './thompson-propensity.js';
