import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../../core/errors.js';
import type { Authenticate } from '../../http/auth.js';
import { readBody, requireMediaType } from '../../http/bodies.js';
import { parseJson } from '../../http/validation.js';
import type { Scope } from '../../identity/scopes.js';
import { oldCode, PersonalizerError, type PersonalizerErrorCode } from '../personalizer-errors.js';
import { findRoute, type Answer, type Call, type FoundRoute, type Route } from './routes.js';

export interface PersonalizerApiOptions {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  /** of a body in JSON */
  readonly maxBodyBytes: number;
  /** of a model */
  readonly maxModelBytes: number;
  readonly onFault: (error: unknown) => void;
}

/** Personalizer's clients send their key so. */
export const KEY_HEADER = 'ocp-apim-subscription-key';
/** Echoed: the REST client looks up by it which statuses to expect. */
const ORIGINAL_URL = 'x-ms-original-url';

/** Answers everything below /personalizer/ as Personalizer did, errors included. @returns the status */
export function personalizerApi(
  options: PersonalizerApiOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<number> {
  return async (request, response) => {
    let found: FoundRoute | undefined;
    const original = request.headers[ORIGINAL_URL];
    if (typeof original === 'string') response.setHeader(ORIGINAL_URL, original);
    try {
      const { pathname, query } = split(request.url ?? '');
      options.authenticate(request, scopeOf(request.method ?? '', pathname));
      found = findRoute(options.routes, request.method ?? '', pathname);
      return send(response, await found.route.handle(callOf(options, request, found.id, query)));
    } catch (error) {
      const known = asPersonalizerError(error, found?.route.invalid ?? 'BadRequest');
      if (known.status >= 500 && known.status !== 501) options.onFault(error);
      // Whoever went away is told nothing.
      if (response.destroyed || response.headersSent) return known.status;
      if (known.status === 413) response.setHeader('connection', 'close');
      if (known.status === 429) response.setHeader('retry-after', retryAfterSeconds(error));
      const code = found?.version === 'v1.0' ? oldCode(known.code) : known.code;
      return send(response, { status: known.status, json: { error: { code, message: known.message } } });
    }
  };
}

function callOf(
  { maxBodyBytes, maxModelBytes }: PersonalizerApiOptions,
  request: IncomingMessage,
  id: string,
  query: URLSearchParams,
): Call {
  return {
    ...{ request, id, query },
    async json() {
      requireMediaType(request, 'application/json');
      return parseJson(await readBody(request, maxBodyBytes));
    },
    async bytes() {
      requireMediaType(request, 'application/octet-stream');
      return await readBody(request, maxModelBytes);
    },
  };
}

/** By the last word of the path, so that a route that comes to be is closed before it is known: reading needs `read`, anything else `admin`. */
function scopeOf(method: string, pathname: string): Scope {
  if (method === 'GET') return 'read';
  const last = method === 'POST' ? pathname.slice(pathname.lastIndexOf('/') + 1) : '';
  if (last === 'rank' || last === 'activate') return 'serve';
  return last === 'reward' ? 'ingest' : 'admin';
}

function retryAfterSeconds(error: unknown): number {
  const told = error instanceof AppError ? error.detail?.['retryAfterSeconds'] : undefined;
  return typeof told === 'number' ? told : 1;
}

function split(url: string): { pathname: string; query: URLSearchParams } {
  const at = url.indexOf('?');
  return at < 0
    ? { pathname: url, query: new URLSearchParams() }
    : { pathname: url.slice(0, at), query: new URLSearchParams(url.slice(at)) };
}

function send(response: ServerResponse, { status, json, bytes, headers = {} }: Answer): number {
  const body = bytes ?? (json === undefined ? undefined : Buffer.from(JSON.stringify(json)));
  const type = bytes === undefined ? 'application/json; charset=utf-8' : 'application/octet-stream';
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': type, 'content-length': body.length }),
    ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    ...headers,
  });
  response.end(body);
  return status;
}

/** @param invalid what a request that is not valid is called on this route */
function asPersonalizerError(error: unknown, invalid: PersonalizerErrorCode): PersonalizerError {
  if (error instanceof PersonalizerError) return error;
  if (!(error instanceof AppError))
    return new PersonalizerError(
      'InternalServerError',
      'something went wrong on our side; the log says what',
      error,
    );
  return new PersonalizerError(codeOf(error, invalid), error.message, error);
}

function codeOf({ code, status }: AppError, invalid: PersonalizerErrorCode): PersonalizerErrorCode {
  if (code === 'request/unauthenticated') return '401';
  if (code === 'request/forbidden') return '403';
  if (status === 429) return 'TooManyRequests';
  if (status === 413) return 'PayloadSizeExceeded';
  if (status === 503) return 'ServiceUnavailable';
  return status >= 500 ? 'InternalServerError' : invalid;
}
