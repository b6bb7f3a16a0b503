import { Type } from '@sinclair/typebox';
import { shown } from '../../../core/errors.js';
import { validator } from '../../http/validation.js';
import { MOST_POLICIES, type EvaluationContract, type Evaluations } from '../evaluations.js';
import type { PersonalizerFold } from '../fold.js';
import { PersonalizerError } from '../personalizer-errors.js';
import { parseArguments } from '../policy-arguments.js';
import { PolicySchema } from './configuration-routes.js';
import type { Answer, Route } from './routes.js';

const EvaluationSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  startTime: Type.String({ maxLength: 64 }),
  endTime: Type.String({ maxLength: 64 }),
  policies: Type.Array(PolicySchema, { maxItems: MOST_POLICIES }),
  enableOfflineExperimentation: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
});
const ReferenceSchema = Type.Object({
  evaluationId: Type.String({ minLength: 1, maxLength: 256 }),
  policyName: Type.String({ minLength: 1, maxLength: 256 }),
});
const checkContract = validator(EvaluationSchema);
const checkReference = validator(ReferenceSchema);
const DONE: Answer = { status: 204 };

/** evaluations and configurations/applyFromEvaluation. */
export function evaluationRoutes(evaluations: Evaluations, fold: PersonalizerFold): Route[] {
  return [
    {
      ...{ method: 'GET', path: '/evaluations', invalid: 'BadRequest' },
      handle: async () => ({ status: 200, json: await evaluations.list() }),
    },
    {
      ...{ method: 'POST', path: '/evaluations', invalid: 'InvalidEvaluationContract' },
      async handle(call) {
        const evaluation = await evaluations.create(contractFrom(await call.json(), fold));
        const { pathname } = new URL(call.request.url ?? '', 'http://localhost');
        return { status: 201, json: evaluation, headers: { location: `${pathname}/${evaluation.id}` } };
      },
    },
    {
      ...{ method: 'GET', path: '/evaluations/{id}', invalid: 'BadRequest' },
      handle: async ({ id }) => ({ status: 200, json: await evaluations.get(id) }),
    },
    {
      ...{ method: 'DELETE', path: '/evaluations/{id}', invalid: 'BadRequest' },
      async handle({ id }) {
        await evaluations.delete(id);
        return DONE;
      },
    },
    {
      ...{ method: 'POST', path: '/configurations/applyFromEvaluation', invalid: 'BadRequest' },
      async handle(call) {
        const checked = checkReference(await call.json());
        if (checked.kind === 'invalid') throw checked.error;
        await evaluations.apply(checked.value.evaluationId, checked.value.policyName);
        return DONE;
      },
    },
  ];
}

/** @throws AppError `request/invalid` | PersonalizerError */
function contractFrom(body: unknown, fold: PersonalizerFold): EvaluationContract {
  const checked = checkContract(body);
  if (checked.kind === 'invalid') throw checked.error;
  const { name, startTime, endTime, policies, enableOfflineExperimentation } = checked.value;
  if (enableOfflineExperimentation === true)
    throw new PersonalizerError(
      'OperationNotAllowed',
      'enableOfflineExperimentation is true; this server evaluates the policies that are named, and looks for no others',
    );
  const [startMs, endMs] = [Date.parse(startTime), Date.parse(endTime)];
  if (!(startMs < endMs))
    throw new PersonalizerError(
      'InvalidEvaluationContract',
      `startTime is ${shown(startTime)}, endTime ${shown(endTime)}; expected two ISO 8601 times in order`,
    );
  const names = ['Baseline', 'Random', fold.policy.name, ...policies.map((policy) => policy.name)];
  if (new Set(names).size !== names.length)
    throw new PersonalizerError(
      'DuplicateCustomPolicyNames',
      `policies are named ${shown(names.slice(3))}; expected each once, and none as ${shown(names.slice(0, 3))}`,
    );
  if (fold.head.watermarkMs < startMs || fold.head.counters.ranks === 0)
    throw new PersonalizerError('NoLogsExistInDateRange', `no events were logged after ${startTime}`);
  const settings = policies.map((policy) => ({
    name: policy.name,
    model: parseArguments(policy.arguments, fold.options.policy.model),
  }));
  return { name, startMs, endMs, policies: settings };
}
