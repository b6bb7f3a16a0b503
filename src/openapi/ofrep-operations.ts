import { Type } from '@sinclair/typebox';
import type { ApiOperation } from './operation.js';

const EvaluationSchema = Type.Object(
  {
    key: Type.String({ description: 'the experiment' }),
    value: Type.String({ description: 'the variant' }),
    variant: Type.String(),
    reason: Type.Literal('SPLIT'),
    metadata: Type.Object({ policy: Type.String() }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);
const FailureSchema = Type.Object(
  {
    key: Type.Optional(Type.String()),
    errorCode: Type.Union(
      ['PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'FLAG_NOT_FOUND', 'GENERAL'].map((code) =>
        Type.Literal(code),
      ),
    ),
    errorDetails: Type.String(),
  },
  { additionalProperties: false },
);
const RequestSchema = Type.Object({
  context: Type.Object(
    { targetingKey: Type.String({ minLength: 1, description: 'the member’s id' }) },
    { additionalProperties: true },
  ),
});
const bad = { description: 'the context cannot be used', schema: FailureSchema };

/** The OpenFeature Remote Evaluation Protocol, as src/routes/ofrep.ts answers it. */
export const OFREP_OPERATIONS: readonly ApiOperation[] = [
  {
    ...{
      method: 'post',
      path: '/ofrep/v1/evaluate/flags/{key}',
      id: 'evaluateFlag',
      group: 'Experiments',
      scope: 'serve',
    },
    summary: 'Which variant of an experiment a member is in',
    description:
      'OpenFeature Remote Evaluation Protocol. Asking exposes nobody: a member enters with an impression.',
    parameters: [{ name: 'key', in: 'path', description: 'the experiment', schema: Type.String() }],
    body: { 'application/json': RequestSchema },
    example: { context: { targetingKey: 'm-1' } },
    answers: {
      200: { description: 'the variant', schema: EvaluationSchema },
      400: bad,
      404: { description: 'there is no such experiment', schema: FailureSchema },
    },
  },
  {
    ...{
      method: 'post',
      path: '/ofrep/v1/evaluate/flags',
      id: 'evaluateFlags',
      group: 'Experiments',
      scope: 'serve',
    },
    summary: 'The variants of all running experiments for a member',
    description: 'With an `ETag`: with `If-None-Match`, 304 while nothing has changed.',
    body: { 'application/json': RequestSchema },
    example: { context: { targetingKey: 'm-1' } },
    answers: {
      200: {
        description: 'the variants',
        schema: Type.Object({ flags: Type.Array(EvaluationSchema) }, { additionalProperties: false }),
      },
      304: { description: 'as it was' },
      400: bad,
    },
  },
];
