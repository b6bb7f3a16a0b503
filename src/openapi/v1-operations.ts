import { Type } from '@sinclair/typebox';
import {
  EventsResponseSchema,
  ExaminationSchema,
  ExplanationSchema,
  HealthSchema,
  HomeResponseSchema,
  ModelsSchema,
  PutResponseSchema,
  ReadinessSchema,
} from '../http/answers.js';
import {
  HomeRequestSchema,
  ImpressionSchema,
  MemberSchema,
  PlaySchema,
  RowSchema,
  TitleSchema,
} from '../http/schemas.js';
import { MOST_LISTED, NDJSON } from '../routes/catalogue.js';
import { BEACON } from '../routes/hot.js';
import type { ApiOperation, ApiParameter } from './operation.js';

const list = (name: string, of: Parameters<typeof Type.Array>[0]) =>
  Type.Object({ [name]: Type.Array(of) }, { additionalProperties: false });
const inPath = (name: string, description: string): ApiParameter => ({
  ...{ name, in: 'path', description },
  schema: Type.String(),
});
const limit: ApiParameter = {
  ...{ name: 'limit', in: 'query', description: 'how many at most' },
  schema: Type.Integer({ minimum: 1, maximum: MOST_LISTED, default: 100 }),
};
const anyone = {
  ...{ memberId: 'm-1', country: 'GB', language: 'en', device: 'web' },
  explain: true,
} as const;

/** What events must say: of each type its own fields. */
const EventsSchema = Type.Object(
  { events: Type.Array(Type.Union([ImpressionSchema, PlaySchema]), { minItems: 1 }) },
  { additionalProperties: false },
);

const PAGES: readonly ApiOperation[] = [
  {
    ...{ method: 'post', path: '/v1/home', id: 'home', group: 'Pages', scope: 'serve' },
    summary: 'A personalized page: rows of titles in order, an artwork each',
    description:
      'Never an error for a feature that is missing: an unknown member, or a title that the policy cannot decide, is answered by the best artwork for everyone (`fallback`).',
    body: { 'application/json': HomeRequestSchema },
    example: anyone,
    answers: { 200: { description: 'the page', schema: HomeResponseSchema } },
    errors: ['member-token/invalid', 'member-token/expired', 'member-token/other-member'],
  },
  {
    ...{ method: 'post', path: '/v1/events', id: 'reportEvents', group: 'Pages', scope: 'ingest' },
    summary: 'Report what was seen and played',
    description:
      'Events may come twice, late and in any order; each counts once. As `text/plain` (a browser’s `sendBeacon`) it needs no key: each event’s own token says who may send it.',
    body: { 'application/json': EventsSchema, [BEACON]: EventsSchema },
    answers: {
      202: {
        description: 'at least one was accepted, and those accepted are durable',
        schema: EventsResponseSchema,
      },
      400: {
        description: 'none was accepted (`rejected` says why), or the request is not one (`error`)',
        schema: Type.Union([
          EventsResponseSchema,
          Type.Object({ error: Type.Object({}, { additionalProperties: true }) }),
        ]),
      },
    },
  },
  {
    ...{
      method: 'get',
      path: '/v1/decisions/{requestId}/slots/{slot}',
      id: 'explainDecision',
      group: 'Pages',
      scope: 'read',
    },
    summary: 'Why this artwork',
    description: 'Kept for the newest pages asked for with `explain: true`.',
    parameters: [inPath('requestId', 'of the page'), inPath('slot', 'number of the place on the page')],
    answers: {
      200: { description: 'features, scores, probabilities and alternatives', schema: ExplanationSchema },
    },
    errors: ['request/not-found'],
  },
];

const CATALOGUE: readonly ApiOperation[] = [
  {
    ...{ method: 'put', path: '/v1/titles', id: 'putTitles', group: 'Catalogue', scope: 'admin' },
    summary: 'Load titles with their artworks',
    description: 'A changed title becomes a new revision; decisions name the revision they were made from.',
    body: { 'application/json': list('titles', TitleSchema), [NDJSON]: TitleSchema },
    answers: {
      200: { description: 'what was stored, and what was refused and why', schema: PutResponseSchema },
    },
  },
  {
    ...{ method: 'get', path: '/v1/titles', id: 'listTitles', group: 'Catalogue', scope: 'read' },
    summary: 'Titles in the order they were first loaded',
    parameters: [
      limit,
      {
        name: 'after',
        in: 'query',
        description: 'id of the last title of the page before',
        schema: Type.String(),
      },
    ],
    answers: {
      200: {
        description: 'a page of titles',
        schema: Type.Object(
          { titles: Type.Array(TitleSchema), total: Type.Integer() },
          { additionalProperties: false },
        ),
      },
    },
    errors: ['request/invalid'],
  },
  {
    ...{ method: 'get', path: '/v1/titles/{titleId}', id: 'getTitle', group: 'Catalogue', scope: 'read' },
    summary: 'One title',
    parameters: [inPath('titleId', 'the title')],
    answers: { 200: { description: 'the title as it was loaded', schema: TitleSchema } },
    errors: ['catalogue/unknown-title'],
  },
  {
    ...{ method: 'put', path: '/v1/rows', id: 'putRows', group: 'Catalogue', scope: 'admin' },
    summary: 'Replace the rows of the homepage',
    body: { 'application/json': list('rows', RowSchema) },
    answers: {
      200: { description: 'what was stored, and what was refused and why', schema: PutResponseSchema },
    },
    errors: ['catalogue/unknown-title', 'catalogue/duplicate-id'],
  },
  {
    ...{ method: 'get', path: '/v1/rows', id: 'listRows', group: 'Catalogue', scope: 'read' },
    summary: 'The rows',
    answers: { 200: { description: 'the rows in order', schema: list('rows', RowSchema) } },
  },
  {
    ...{ method: 'put', path: '/v1/members', id: 'putMembers', group: 'Members', scope: 'admin' },
    summary: 'Load what is declared of members',
    description: 'Members that were never loaded are served all the same.',
    body: { 'application/json': list('members', MemberSchema), [NDJSON]: MemberSchema },
    answers: {
      200: { description: 'what was stored, and what was refused and why', schema: PutResponseSchema },
    },
  },
  {
    ...{ method: 'get', path: '/v1/members', id: 'listMembers', group: 'Members', scope: 'read' },
    summary: 'Some members',
    parameters: [limit],
    answers: { 200: { description: 'members', schema: list('members', MemberSchema) } },
    errors: ['request/invalid'],
  },
  {
    ...{ method: 'get', path: '/v1/members/{memberId}', id: 'getMember', group: 'Members', scope: 'read' },
    summary: 'What was declared of one member',
    parameters: [inPath('memberId', 'the member')],
    answers: { 200: { description: 'the member as it was loaded', schema: MemberSchema } },
    errors: ['request/not-found'],
  },
];

const OPERATIONS: readonly ApiOperation[] = [
  {
    ...{ method: 'get', path: '/v1/models', id: 'listModels', group: 'Operations', scope: 'read' },
    summary: 'The served models: version, and what they have learned',
    answers: { 200: { description: 'the models', schema: ModelsSchema } },
  },
  {
    ...{ method: 'get', path: '/v1/examination', id: 'getExamination', group: 'Operations', scope: 'read' },
    summary: 'How much each column and row of a page is looked at',
    answers: { 200: { description: 'estimated from randomised order', schema: ExaminationSchema } },
  },
  {
    ...{ method: 'get', path: '/metrics', id: 'metrics', group: 'Operations', scope: 'read' },
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'text exposition', mediaType: 'text/plain', schema: Type.String() } },
  },
  {
    ...{ method: 'get', path: '/openapi.json', id: 'openapi', group: 'Operations', scope: 'read' },
    summary: 'This description',
    answers: { 200: { description: 'OpenAPI 3.1', schema: Type.Object({}, { additionalProperties: true }) } },
  },
  {
    ...{ method: 'get', path: '/healthz', id: 'health', group: 'Operations', scope: 'open' },
    summary: 'Alive',
    answers: { 200: { description: 'the process answers', schema: HealthSchema } },
  },
  {
    ...{ method: 'get', path: '/readyz', id: 'readiness', group: 'Operations', scope: 'open' },
    summary: 'Ready, or what it waits for',
    answers: {
      200: { description: 'ready', schema: ReadinessSchema },
      503: { description: 'a part has ended or is not ready yet', schema: ReadinessSchema },
    },
  },
];

export const V1_OPERATIONS: readonly ApiOperation[] = [...PAGES, ...CATALOGUE, ...OPERATIONS];

/** Schemas with a name of their own in the description. */
export const V1_COMPONENTS = {
  HomeRequest: HomeRequestSchema,
  HomeResponse: HomeResponseSchema,
  Impression: ImpressionSchema,
  Play: PlaySchema,
  EventsResponse: EventsResponseSchema,
  Title: TitleSchema,
  Row: RowSchema,
  Member: MemberSchema,
  PutResponse: PutResponseSchema,
  Explanation: ExplanationSchema,
};
