import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { EngineError, type FrontEngine, type Statement } from './front-engine.js';

/**
 * As much of ClickHouse's HTTP interface as the official client uses, over an embedded engine: a statement in the URL or the body, the rows of an
 * INSERT in the body, `param_…` and settings in the URL, gzip both ways, Basic and header credentials, exception codes, `/ping`.
 * For tests and for trying things out on one machine; not a server to rely on.
 *
 * @see https://clickhouse.com/docs/interfaces/http
 */
export interface FrontOptions {
  readonly engine: FrontEngine;
  /** default `default` */
  readonly username?: string;
  /** default: none */
  readonly password?: string;
}

const MOST_BODY_BYTES = 512 << 20;
/** URL parameters that are about the request, not settings of the engine */
const NOT_SETTINGS = new Set(
  (
    'query database query_id session_id session_timeout session_check user password role quota_key compress decompress default_format buffer_size ' +
    'wait_end_of_query send_progress_in_http_headers http_response_buffer_size http_headers_progress_interval_ms enable_http_compression stacktrace'
  ).split(' '),
);

export function httpFront(options: FrontOptions): Server {
  return createServer({ keepAliveTimeout: 10_000 }, (request, response) => {
    void answer(options, request, response);
  });
}

async function answer(
  options: FrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  if (url.pathname === '/ping') return void response.end('Ok.\n');
  try {
    checkCredentials(options, request, url.searchParams);
    const body = await readBody(request);
    // Cut off while it was sent: whoever sent it is gone, and half an insert is none.
    if (body === undefined) return;
    const { bytes, format } = await options.engine.run(statementOf(request.method, url.searchParams, body));
    const compress =
      url.searchParams.get('enable_http_compression') === '1' &&
      /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    response.setHeader('X-ClickHouse-Format', format);
    response.setHeader('X-ClickHouse-Summary', '{}');
    if (compress) response.setHeader('Content-Encoding', 'gzip');
    response.end(compress ? gzipSync(bytes) : bytes);
  } catch (error) {
    const refused =
      error instanceof EngineError
        ? error
        : new EngineError(1002, `Code: 1002. DB::Exception: ${String(error)} (UNKNOWN_EXCEPTION)`);
    response.writeHead(statusOf(refused.code), { 'X-ClickHouse-Exception-Code': String(refused.code) });
    response.end(`${refused.message}\n`);
  }
}

function checkCredentials(
  { username = 'default', password = '' }: FrontOptions,
  { headers }: IncomingMessage,
  url: URLSearchParams,
): void {
  const [scheme, basic = ''] = (headers.authorization ?? '').split(' ');
  const given =
    scheme === 'Basic'
      ? Buffer.from(basic, 'base64').toString()
      : `${one(headers['x-clickhouse-user']) ?? url.get('user') ?? 'default'}:${one(headers['x-clickhouse-key']) ?? url.get('password') ?? ''}`;
  if (given === `${username}:${password}`) return;
  throw new EngineError(
    516,
    `Code: 516. DB::Exception: ${given.split(':')[0]}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
  );
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** @returns undefined when the sender went away before the end */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BODY_BYTES)
        throw new EngineError(229, 'Code: 229. DB::Exception: too large (QUERY_IS_TOO_LARGE)');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return undefined;
  }
  if (!request.complete) return undefined;
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function statementOf(method: string | undefined, url: URLSearchParams, body: Buffer): Statement {
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of url) {
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  }
  if (method === 'GET') settings.set('readonly', '2');
  const inUrl = url.get('query');
  return {
    sql: inUrl ?? body.toString(),
    rows: inUrl === null ? Buffer.alloc(0) : body,
    format: url.get('default_format') ?? 'TabSeparated',
    settings,
    parameters,
  };
}

/** @see https://github.com/ClickHouse/ClickHouse/blob/master/src/Server/HTTP/exceptionCodeToHTTPStatus.cpp */
function statusOf(code: number): number {
  if (code === 194) return 401;
  if ([192, 193, 497, 516].includes(code)) return 403;
  if ([6, 26, 27, 33, 36, 38, 41, 53, 62, 70, 72, 117, 164, 456, 457].includes(code)) return 400;
  if ([16, 46, 47, 60, 81, 115].includes(code)) return 404;
  if (code === 229) return 413;
  return 500;
}
