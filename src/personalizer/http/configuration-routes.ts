import { Type, type Static } from '@sinclair/typebox';
import { validator } from '../../http/validation.js';
import { formatDuration, parseDuration } from '../iso-duration.js';
import type { PersonalizerFold } from '../fold.js';
import { PersonalizerError } from '../personalizer-errors.js';
import { formatArguments, parseArguments } from '../policy-arguments.js';
import { checkService, type PolicySettings, type ServiceSettings } from '../service-settings.js';
import type { PersonalizerService } from '../service.js';
import type { Route } from './routes.js';

const ServiceSchema = Type.Object({
  rewardWaitTime: Type.String({ maxLength: 64 }),
  defaultReward: Type.Number(),
  rewardAggregation: Type.String({ maxLength: 256 }),
  explorationPercentage: Type.Number(),
  modelExportFrequency: Type.String({ maxLength: 64 }),
  logRetentionDays: Type.Integer(),
  learningMode: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  logMirrorEnabled: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  isAutoOptimizationEnabled: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
});
type ServiceBody = Static<typeof ServiceSchema>;
export const PolicySchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  arguments: Type.String({ maxLength: 1024 }),
});
const checkServiceBody = validator(ServiceSchema);
const checkPolicyBody = validator(PolicySchema);

export interface ConfigurationOptions {
  readonly service: PersonalizerService;
  readonly fold: PersonalizerFold;
  /** how long the event log keeps what was asked */
  readonly retentionDays: number;
}

/** configurations/service and configurations/policy. */
export function configurationRoutes({ service, fold, retentionDays }: ConfigurationOptions): Route[] {
  const current = () => ({ status: 200, json: serviceBody(fold, retentionDays) });
  const policy = () => ({ status: 200, json: policyBody(fold.policy) });
  return [
    {
      ...{ method: 'GET', path: '/configurations/service', invalid: 'BadRequest' },
      handle: () => Promise.resolve(current()),
    },
    {
      ...{ method: 'PUT', path: '/configurations/service', invalid: 'InvalidServiceConfiguration' },
      async handle(call) {
        const checked = checkServiceBody(await call.json());
        if (checked.kind === 'invalid') throw checked.error;
        await service.command('service', serviceFrom(checked.value, fold.service));
        return current();
      },
    },
    {
      ...{ method: 'GET', path: '/configurations/policy', invalid: 'BadRequest' },
      handle: () => Promise.resolve(policy()),
    },
    {
      ...{ method: 'PUT', path: '/configurations/policy', invalid: 'InvalidPolicyConfiguration' },
      async handle(call) {
        const checked = checkPolicyBody(await call.json());
        if (checked.kind === 'invalid') throw checked.error;
        const { name, arguments: text } = checked.value;
        const settings: PolicySettings = { name, model: parseArguments(text, fold.options.policy.model) };
        await service.command('policy', settings);
        return policy();
      },
    },
    {
      ...{ method: 'DELETE', path: '/configurations/policy', invalid: 'BadRequest' },
      async handle() {
        await service.command('policy', null);
        return policy();
      },
    },
  ];
}

export function policyBody({ name, model }: PolicySettings) {
  return { name, arguments: formatArguments(model) };
}

function serviceBody({ service, head }: PersonalizerFold, retentionDays: number) {
  const { rewardWaitMs, ...same } = service;
  return {
    ...same,
    rewardWaitTime: formatDuration(rewardWaitMs),
    // What is learned is served at once.
    modelExportFrequency: 'PT0S',
    logMirrorEnabled: false,
    logRetentionDays: Math.ceil(retentionDays),
    ...(head.serviceChangedMs !== null && {
      lastConfigurationEditDate: new Date(head.serviceChangedMs).toISOString(),
    }),
    isAutoOptimizationEnabled: false,
  };
}

/** @throws AppError `request/invalid` | PersonalizerError */
function serviceFrom(body: ServiceBody, before: ServiceSettings): ServiceSettings {
  if (body.logMirrorEnabled === true)
    throw new PersonalizerError(
      'OperationNotAllowed',
      'logMirrorEnabled is true; this server mirrors no logs',
    );
  if (body.isAutoOptimizationEnabled === true)
    throw new PersonalizerError(
      'OperationNotAllowed',
      'isAutoOptimizationEnabled is true; this server does not change its learning settings by itself',
    );
  const after = checkService({
    rewardWaitMs: parseDuration(body.rewardWaitTime) ?? NaN,
    defaultReward: body.defaultReward,
    rewardAggregation: body.rewardAggregation.toLowerCase() as ServiceSettings['rewardAggregation'],
    explorationPercentage: body.explorationPercentage,
    learningMode: (body.learningMode ?? before.learningMode) as ServiceSettings['learningMode'],
  });
  const isModeChange = new Set([before.learningMode, after.learningMode, 'LoggingOnly']).size === 3;
  const names = ['rewardWaitMs', 'defaultReward', 'rewardAggregation'] as const;
  if (isModeChange && names.some((name) => before[name] !== after[name]))
    throw new PersonalizerError(
      'InvalidLearningModeServiceConfiguration',
      'learningMode changes together with defaultReward, rewardWaitTime or rewardAggregation; expected one call for the mode and another for these',
    );
  return after;
}
