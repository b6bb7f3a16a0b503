import { Type, type TProperties } from '@sinclair/typebox';
import { POLICY_NAMES } from '../../bandit/policy.js';
import { ERRORS, type ErrorCode } from '../../core/errors.js';

/** JSON Schemas of the answers. The types in client/ are the contract: answers.test.ts does not compile where one departs from it. */
const object = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const chance = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const epochMs = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const themes = Type.Record(Type.String(), Type.Number(), { description: 'a weight in [0, 1] per theme' });
const fallback = Type.Optional(
  Type.Union([Type.Literal('unpersonalised'), Type.Literal('default-artwork')], {
    description: 'absent: decided by the policy',
  }),
);

export const ErrorSchema = object({
  error: object({
    code: Type.Unsafe<ErrorCode>(
      Type.String({ enum: Object.keys(ERRORS), description: 'stable: what a program goes by' }),
    ),
    message: Type.String({ description: 'for people: the value and what was expected' }),
    retry: Type.Boolean({ description: 'whether the same call may succeed if tried again' }),
  }),
});

const RejectionSchema = object({
  index: count('its place in what was sent, from 0'),
  code: Type.String(),
  message: Type.String(),
});

const HomeTitleSchema = object({
  slot: count('number of this place on the page: what events name'),
  titleId: Type.String(),
  name: Type.String(),
  artworkId: Type.String(),
  artworkUrl: Type.String(),
  fallback,
});

export const HomeResponseSchema = object({
  requestId: Type.String(),
  token: Type.String({ description: 'echo it, with a slot, in every event about this page' }),
  experiment: Type.String(),
  variant: Type.String(),
  policy: Type.String(),
  snapshotVersion: Type.Integer(),
  rows: Type.Array(
    object({ rowId: Type.String(), name: Type.String(), titles: Type.Array(HomeTitleSchema) }),
  ),
});

export const EventsResponseSchema = object({
  accepted: count('events that are durable'),
  rejected: Type.Array(RejectionSchema),
});

export const PutResponseSchema = object({
  stored: count('items taken in'),
  rejected: Type.Array(RejectionSchema),
});

const ExplainedArmSchema = object({
  artworkId: Type.String(),
  url: Type.String(),
  label: Type.Optional(Type.String()),
  emphasis: Type.Optional(Type.String()),
  chosen: Type.Boolean(),
  offered: Type.Boolean({ description: 'false: removed before the draw' }),
  mean: Type.Number({ description: 'predicted reward: good plays per impression' }),
  deviation: Type.Number({
    description: 'standard deviation of that prediction; 0 where the policy has none',
  }),
  propensity: chance('the probability it was drawn with'),
  contributions: Type.Array(
    object({ feature: Type.String(), value: Type.Number(), contribution: Type.Number() }),
    { description: 'the features that speak loudest for or against it, largest first' },
  ),
});

export const ExplanationSchema = object({
  requestId: Type.String(),
  slot: count('place on the page'),
  memberId: Type.String(),
  titleId: Type.String(),
  titleName: Type.String(),
  experiment: Type.String(),
  variant: Type.String(),
  policy: Type.String(),
  snapshotVersion: Type.Integer(),
  decidedAtMs: epochMs('when it was decided'),
  epoch: Type.Integer({ description: 'for as long as it lasts the same member sees the same picture' }),
  rowId: Type.String(),
  position: count('place in the row, from 0'),
  orderPropensity: chance('of this title at this position, given those before it'),
  rowIndex: Type.Optional(count('0 is the first row of the page')),
  rowPropensity: Type.Optional(chance('of this row at its place, given those above it')),
  examination: Type.Optional(
    Type.Number({ description: 'how much this slot was believed to be looked at, relative to the first' }),
  ),
  fallback,
  member: object({ themes, plays: Type.Number() }),
  arms: Type.Array(ExplainedArmSchema, { description: 'in the order of the title’s artworks' }),
});

export const ModelsSchema = object({
  models: Type.Array(
    object({
      model: Type.String(),
      policy: Type.Union(POLICY_NAMES.map((name) => Type.Literal(name))),
      version: Type.Integer(),
      trials: Type.Number({
        description: 'impressions learned, weighted by examination where the policy counts',
      }),
      reward: Type.Number(),
    }),
  ),
});

const PlacesSchema = Type.Array(
  object({
    place: count('from 0'),
    examination: Type.Number({ description: 'how much it is looked at, relative to the first' }),
    standardError: Type.Number({ description: 'of log examination' }),
    plays: Type.Number({ description: 'overlap-weighted plays behind its ratio to the next place' }),
  }),
);
export const ExaminationSchema = object({ columns: PlacesSchema, rows: PlacesSchema });

export const HealthSchema = object({ status: Type.Literal('ok') });
export const ReadinessSchema = object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not-ready')]),
  waitingFor: Type.Array(Type.String(), { description: 'which part is not ready' }),
});
