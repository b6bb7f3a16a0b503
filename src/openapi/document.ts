import type { TSchema } from '@sinclair/typebox';
import { ERRORS, type ErrorCode } from '../../core/errors.js';
import type { ShownApi, ShownOperation } from '../../dashboards/pages/api-page.js';
import type { ShownSchema } from '../../dashboards/pages/api-schema.js';
import { ErrorSchema } from '../http/answers.js';
import type { Scope } from '../identity/scopes.js';
import type { ApiAnswer, ApiOperation } from './operation.js';

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0): its schemas are JSON Schema 2020-12, which ours are. */
export interface OpenApiDocument extends ShownApi {
  readonly openapi: '3.1.0';
  readonly security: readonly object[];
  readonly components: ShownApi['components'] & { readonly securitySchemes: object };
}

export interface DocumentOptions {
  readonly version: string;
  /** schemas that are named once and referred to */
  readonly components: Readonly<Record<string, TSchema>>;
}

/** Any request but those that need no key may meet these. */
const ANY_ERRORS: readonly ErrorCode[] = [
  'request/unauthenticated',
  'request/forbidden',
  'request/rate-limited',
  'request/overloaded',
  'internal',
];
const BODY_ERRORS: readonly ErrorCode[] = [
  'request/bad-json',
  'request/invalid',
  'request/too-large',
  'request/unsupported-media-type',
];

export function openApiDocument(
  operations: readonly ApiOperation[],
  { version, components }: DocumentOptions,
): OpenApiDocument {
  const named = new Map(
    [...Object.entries(components), ['Error', ErrorSchema] as const].map(([n, s]) => [s, n]),
  );
  const paths: Record<string, Record<string, ShownOperation>> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method] = described(operation, named);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Marquee',
      version,
      description: 'Picks, for every member and every title, the artwork most likely to lead to a good play.',
    },
    security: securityOf('read'),
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'an API key' },
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'an API key as the password: what browsers ask for',
        },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'an API key' },
      },
      // A component refers to the others by name, and is itself written out.
      schemas: Object.fromEntries([...named].map(([schema, name]) => [name, writtenOut(schema, named)])),
    },
  };
}

/** Of schemes that know no scopes, the list names the roles that a caller needs (OpenAPI 3.1, Security Requirement Object). */
function securityOf(scope: Scope): readonly Readonly<Record<string, readonly string[]>>[] {
  return [{ bearer: [scope] }, { basic: [scope] }, { header: [scope] }];
}

type Named = ReadonlyMap<TSchema, string>;
type Answers = ShownOperation['responses'];

function described(operation: ApiOperation, named: Named): ShownOperation {
  const { id, group, summary, description, scope, parameters, body, example } = operation;
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === 'open' ? [] : securityOf(scope),
    ...(parameters === undefined
      ? {}
      : {
          parameters: parameters.map(({ schema, ...parameter }) => ({
            ...parameter,
            required: parameter.in === 'path' || parameter.required === true,
            schema: referred(schema, named),
          })),
        }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(
              Object.entries(body).map(([mediaType, schema], place) => [
                mediaType,
                { schema: referred(schema, named), ...(place === 0 && example !== undefined && { example }) },
              ]),
            ),
          },
        }),
    responses: { ...errorsOf(operation), ...answersOf(operation, named) },
  };
}

function answersOf({ answers }: ApiOperation, named: Named): Answers {
  const content = ({ mediaType = 'application/json', schema }: ApiAnswer) =>
    schema && { content: { [mediaType]: { schema: referred(schema, named) } } };
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      { description: answer.description, ...content(answer) },
    ]),
  );
}

/** Errors by status: which codes it may carry. */
function errorsOf({ scope, body, errors = [] }: ApiOperation): Answers {
  const codes = [...(scope === 'open' ? [] : ANY_ERRORS), ...(body ? BODY_ERRORS : []), ...errors];
  const statuses = new Set(codes.map((code) => ERRORS[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      {
        description: [...new Set(codes)]
          .filter((code) => ERRORS[code].status === status)
          .map((code) => `\`${code}\``)
          .join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}

function referred(schema: TSchema, named: Named): ShownSchema {
  const name = named.get(schema);
  return name === undefined ? writtenOut(schema, named) : { $ref: `#/components/schemas/${name}` };
}

/** As plain JSON: without the library's symbols, with references to what is named. */
function writtenOut(schema: TSchema, named: Named): ShownSchema {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const name = value === schema ? undefined : named.get(value as TSchema);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  return plain(schema) as ShownSchema;
}
