import { ClickHouseError } from '@clickhouse/client';
import { AppError } from '../../../core/errors.js';

/**
 * What the server says when it has no room, no quorum or no strength just now: the same call may succeed later.
 * @see https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
 */
const PASSING: ReadonlySet<string> = new Set([
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '236', // ABORTED: it is shutting down
  '242', // TABLE_IS_READ_ONLY
  '285', // TOO_FEW_LIVE_REPLICAS
  '319', // UNKNOWN_STATUS_OF_INSERT
  '999', // KEEPER_EXCEPTION
]);

/** … and of an insert or a schema change, which in itself asks for little; a query that meets these has asked for too much */
const PASSING_FOR_WRITES: ReadonlySet<string> = new Set([
  '159', // TIMEOUT_EXCEEDED
  '241', // MEMORY_LIMIT_EXCEEDED
  '243', // NOT_ENOUGH_SPACE
  '252', // TOO_MANY_PARTS
]);

/** An answer in ClickHouse's words is about the statement, unless it is known to pass; anything else means that there was no answer. */
export function analyticsError(error: unknown, call: 'read' | 'write'): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof ClickHouseError)) return unanswered(error);
  const passes = PASSING.has(error.code) || (call === 'write' && PASSING_FOR_WRITES.has(error.code));
  const type = error.type ?? `code ${error.code}`;
  return new AppError(
    passes ? 'analytics/unavailable' : 'analytics/query-failed',
    `${error.message.trim()} (${type})`,
    undefined,
    error,
  );
}

function unanswered(error: unknown): AppError {
  // The client says so of a parameter that it cannot print, before it sends anything.
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('Unsupported value in query parameters'))
    return new AppError('analytics/query-failed', `a parameter cannot be sent: ${message}`);
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  return new AppError(
    'analytics/unavailable',
    `ClickHouse did not answer: ${code}${message.slice(0, 200)}`,
    undefined,
    error,
  );
}
