import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, ERRORS, shown } from '../../core/errors.js';
import type { ErrorBody } from '../../client/types.js';

/** Reads a whole body of at most `limit` bytes. @throws AppError `request/too-large` */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new AppError('request/too-large', `the body has more than ${limit} bytes; expected at most that`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Lines of a body of any length, each of at most `limit` bytes; empty ones are left out. @throws AppError `request/too-large` */
export async function* readLines(request: IncomingMessage, limit: number): AsyncIterable<Buffer> {
  // Pieces of a line that has not ended: put together once, however finely a client cuts it.
  let pieces: Buffer[] = [];
  let size = 0;
  const line = (): Buffer => {
    const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    return whole;
  };
  for await (const chunk of request as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; start = end + 1, end = chunk.indexOf(10, start)) {
      if (end > start) pieces.push(chunk.subarray(start, end));
      if (pieces.length > 0) yield line();
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > limit)
      throw new AppError('request/too-large', `a line has more than ${limit} bytes; expected at most that`);
  }
  if (pieces.length > 0) yield line();
}

/** In lower case, without parameters; '' when the request does not say. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** @throws AppError `request/unsupported-media-type` */
export function requireMediaType(request: IncomingMessage, ...accepted: readonly string[]): string {
  const type = mediaTypeOf(request);
  if (!accepted.includes(type)) {
    throw new AppError(
      'request/unsupported-media-type',
      `content-type is ${shown(type)}; expected ${accepted.join(' or ')}`,
    );
  }
  return type;
}

/** @param json a string, or its bytes in UTF-8 */
export function sendJson(response: ServerResponse, status: number, json: string | Buffer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(json);
}

/** Anything that is not an AppError is our fault, and its text stays in our log. */
export function sendError(
  response: ServerResponse,
  error: unknown,
  onFault: (error: unknown) => void,
): number {
  const known =
    error instanceof AppError
      ? error
      : new AppError('internal', 'something went wrong on our side; the log says what', undefined, error);
  const { status, retry, fault } = ERRORS[known.code];
  // A client that went away while it was sending: nobody is at fault, and nobody is there to be told.
  if (response.destroyed) return status;
  if (fault !== 'client') onFault(error);
  if (response.headersSent) {
    response.destroy();
    return status;
  }
  if (known.code === 'request/unauthenticated')
    response.setHeader('www-authenticate', 'Basic realm="Marquee", charset="UTF-8"');
  const retryAfterSeconds = known.detail?.['retryAfterSeconds'];
  if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', retryAfterSeconds);
  // The rest of an oversized body is not read: the connection cannot be used again.
  if (known.code === 'request/too-large') response.setHeader('connection', 'close');
  const body: ErrorBody = { error: { code: known.code, message: known.message, retry } };
  sendJson(response, status, JSON.stringify(body));
  return status;
}
