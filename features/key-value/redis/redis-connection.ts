import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import { AppError } from '../../../core/errors.js';
import { redisAddress, type RedisAddress } from './redis-address.js';

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` (TLS) addresses, or the path of a socket; several are the seed nodes of one cluster */
  readonly urls: readonly string[];
  /** one address is the seed node of a cluster too; default false */
  readonly cluster?: boolean;
  /** beside what `rediss://` says: the authorities to trust, a client certificate */
  readonly tls?: ConnectionOptions;
  /** a command without an answer for so long fails; default 5,000 */
  readonly commandTimeoutMs?: number;
  /** how often a command is sent again over a new connection before it fails; default 3 */
  readonly maxRetries?: number;
  /** longest wait between two attempts to connect; default 2,000 */
  readonly maxReconnectDelayMs?: number;
  /** a line about the connection, without addresses or secrets */
  readonly onLog?: (line: string) => void;
}

export type RedisConnection = Redis | Cluster;

/**
 * One connection, or one per node of a cluster. It connects by itself, again and again, at growing intervals; a command meanwhile waits, up to its own
 * limits (see `withinLimits`).
 *
 * @throws AppError `config/bad-value`
 */
export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { urls, commandTimeoutMs = 5_000, maxRetries = 3, maxReconnectDelayMs = 2_000 } = options;
  const [first] = urls;
  if (first === undefined) {
    throw new AppError(
      'config/bad-value',
      'redis has no address; expected at least one redis:// or rediss:// URL',
    );
  }
  const delay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 10), maxReconnectDelayMs);
  const address = redisAddress(first);
  const tls = options.tls ?? (address.isTls ? {} : undefined);
  const each = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    maxRetriesPerRequest: maxRetries,
    ...(tls === undefined ? {} : { tls }),
  };
  const connection =
    options.cluster === true || urls.length > 1
      ? new Cluster([...urls], {
          // A node that is not among the seeds is asked in the same way.
          redisOptions: { ...each, ...login(address) },
          clusterRetryStrategy: delay,
          // A certificate is for the name that was given, not for what it stands for.
          ...(tls && { dnsLookup: (name, done) => done(null, name) }),
        })
      : new Redis(first, { ...each, retryStrategy: delay });
  // Without a listener a lost connection would end the process; commands report it themselves.
  connection.on('error', (error: Error) => options.onLog?.(`redis: ${error.name}`));
  return connection;
}

function login({ username, password }: RedisAddress): Pick<RedisAddress, 'username' | 'password'> {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}

/** A cluster of which no node can be reached keeps commands for ever: whatever they do is given up after as long as their attempts may take. */
export async function withinLimits<T>(
  command: Promise<T>,
  { commandTimeoutMs = 5_000, maxRetries = 3 }: RedisConnectionOptions,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), commandTimeoutMs * (maxRetries + 1));
  });
  try {
    return await Promise.race([command, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the connection after the commands that were sent. Never rejects: there is nobody left to tell. */
export async function disconnectRedis(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}
