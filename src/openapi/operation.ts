import type { TSchema } from '@sinclair/typebox';
import type { ErrorCode } from '../../core/errors.js';
import type { RouteScope } from '../identity/scopes.js';

export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: TSchema;
  readonly required?: boolean;
}

export interface ApiAnswer {
  readonly description: string;
  /** default application/json */
  readonly mediaType?: string;
  /** absent: no body */
  readonly schema?: TSchema;
}

/** One request that the service answers, as its description tells of it. */
export interface ApiOperation {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** with parameters in braces */
  readonly path: string;
  readonly id: string;
  /** which chapter it stands in */
  readonly group: string;
  readonly summary: string;
  readonly description?: string;
  /** which a key must have; `open`: answered without a key. This is what the service asks for */
  readonly scope: RouteScope;
  readonly parameters?: readonly ApiParameter[];
  /** media type → schema; of NDJSON, the schema of a line */
  readonly body?: Readonly<Record<string, TSchema>>;
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** codes of errors beyond those that any request may meet */
  readonly errors?: readonly ErrorCode[];
  readonly example?: unknown;
}
