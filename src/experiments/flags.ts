import { ID_FORMAT } from '../http/validation.js';
import type { Config } from '../config-schema.js';
import { shown } from '../../core/errors.js';
import { assign } from './assignment.js';

/** Codes of the OpenFeature Remote Evaluation Protocol (OFREP 0.2, `errorCode`). */
export type FlagErrorCode =
  'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'FLAG_NOT_FOUND' | 'GENERAL';

/** A running experiment as a flag: its value is the variant that the member is in. */
export interface FlagEvaluation {
  readonly key: string;
  readonly value: string;
  readonly variant: string;
  /** members are split by hash */
  readonly reason: 'SPLIT';
  readonly metadata: { readonly policy: string };
}

export class FlagError extends Error {
  constructor(
    readonly errorCode: FlagErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'FlagError';
  }
}

type Experiment = Config['experiment'];

/** The member that an evaluation context is about. @throws FlagError `INVALID_CONTEXT` | `TARGETING_KEY_MISSING` */
export function memberOf(body: unknown): string {
  const context = (body as { context?: unknown } | null)?.context;
  if (typeof context !== 'object' || context === null || Array.isArray(context))
    throw new FlagError('INVALID_CONTEXT', `context is ${shown(context)}; expected an object`);
  const { targetingKey } = context as { targetingKey?: unknown };
  if (targetingKey === undefined || targetingKey === '')
    throw new FlagError('TARGETING_KEY_MISSING', 'context lacks targetingKey; expected the member’s id');
  if (typeof targetingKey !== 'string' || !ID_FORMAT.validate(targetingKey))
    throw new FlagError(
      'INVALID_CONTEXT',
      `targetingKey is ${shown(targetingKey)}; expected an ${ID_FORMAT.name}`,
    );
  return targetingKey;
}

/** @throws FlagError `FLAG_NOT_FOUND` */
export function evaluateFlag(
  experiments: readonly Experiment[],
  key: string,
  memberId: string,
): FlagEvaluation {
  const experiment = experiments.find(({ id }) => id === key);
  if (!experiment) throw new FlagError('FLAG_NOT_FOUND', `no experiment is called ${shown(key)}`);
  return evaluationOf(experiment, memberId);
}

export function evaluateFlags(experiments: readonly Experiment[], memberId: string): FlagEvaluation[] {
  return experiments.map((experiment) => evaluationOf(experiment, memberId));
}

/** The same hash as when a page is decided. Asking exposes nobody: a member enters the experiment with an impression. */
function evaluationOf(experiment: Experiment, memberId: string): FlagEvaluation {
  const { variant } = assign(experiment, memberId);
  // The random slice is in no variant, and is served uniformly.
  const policy = experiment.variants.find(({ id }) => id === variant)?.policy ?? 'uniform';
  return { key: experiment.id, value: variant, variant, reason: 'SPLIT', metadata: { policy } };
}
