import { Cluster } from 'ioredis';
import { AppError } from '../../../core/errors.js';
import { successor } from '../byte-order.js';
import { checkedBatch, checkedKey, conflict } from '../checked-batch.js';
import type { KeyValueStore } from '../key-value.js';
import {
  connectRedis,
  disconnectRedis,
  withinLimits,
  type RedisConnectionOptions,
} from './redis-connection.js';
import { storeKeys } from './store-keys.js';
import { writeByScript } from './write-script.js';

export interface RedisKeyValueOptions extends RedisConnectionOptions {
  /**
   * All keys of this store are `{namespace}:…`: their owner deletes them, or they were put with a time to live. In a cluster that is one hash slot, which
   * is what makes a batch one transaction.
   */
  readonly namespace: string;
}

/** Entries fetched per round trip of a scan: values may be large. */
const SCAN_CHUNK = 128;

/**
 * Redis: one string per entry, and one sorted set of all keys (every score 0, so ordered by bytes) for scans. A batch is one MULTI … EXEC, or one script
 * where it expects something or expires, or there is a cluster.
 *
 * How much of an acknowledged batch survives the server's own death is the server's setting (`appendfsync`): with `always` what the port promises,
 * with `everysec` up to a second may be lost, without persistence everything. What cannot be lost (checkpoints) stays in LMDB.
 *
 * A write that fails as `store/unavailable` may have been applied: its answer was lost, not its effect. Writing the same batch again is safe.
 */
export function redisKeyValue(options: RedisKeyValueOptions): KeyValueStore {
  const redis = connectRedis(options);
  const isCluster = redis instanceof Cluster;
  const names = storeKeys(options.namespace);
  const { entry, index } = names;
  const pending = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const sent = async <T>(command: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) {
      throw new AppError('store/closed', `the key-value store ${index} is closed; expected an open store`);
    }
    const answer = withinLimits(command(), options);
    pending.add(answer);
    try {
      return await answer;
    } catch (error) {
      throw unavailable(error);
    } finally {
      pending.delete(answer);
    }
  };
  const getMany = (keys: readonly string[]): Promise<(Buffer | null)[]> => {
    const entries = keys.map((key) => entry + checkedKey(key));
    return sent(() => (entries.length === 0 ? Promise.resolve([]) : redis.mgetBuffer(entries)));
  };
  return {
    async getMany(keys) {
      return (await getMany(keys)).map((value) => (value === null ? undefined : new Uint8Array(value)));
    },
    async write(batch) {
      const checked = checkedBatch(batch);
      const { puts, deletes, expected, expiresInMs } = checked;
      // A cluster's client lets what is sent later overtake a transaction, but no other command.
      if (expected.length > 0 || expiresInMs !== undefined || isCluster) {
        if (!(await sent(() => writeByScript(redis, names, checked)))) throw conflict();
        return;
      }
      await sent(async () => {
        const transaction = redis.multi();
        for (const [key, value] of puts) transaction.set(entry + key, value).zadd(index, 0, key);
        for (const key of deletes) transaction.del(entry + key).zrem(index, key);
        if (transaction.length > 0) await transaction.exec();
      });
    },
    async *scan(prefix) {
      const start = Buffer.from(prefix, 'utf8');
      const end = successor(start);
      const to = end === undefined ? '+' : Buffer.concat([Buffer.from('('), end]);
      let from: Buffer = Buffer.concat([Buffer.from('['), start]);
      for (;;) {
        const keys = await sent(() => redis.zrangebylex(index, from, to, 'LIMIT', 0, SCAN_CHUNK));
        const values = await getMany(keys);
        for (const [i, key] of keys.entries()) {
          const value = values[i];
          if (value != null) yield [key, new Uint8Array(value)] as const;
        }
        if (keys.length < SCAN_CHUNK) return;
        from = Buffer.from(`(${keys[keys.length - 1]!}`);
      }
    },
    close() {
      closing ??= Promise.allSettled(pending).then(() => disconnectRedis(redis));
      return closing;
    },
  };
}

/** ioredis' own messages may hold a command's arguments: they stay in `cause`. */
function unavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new AppError(
    'store/unavailable',
    `redis did not do as asked (${name}); expected an answer`,
    undefined,
    error,
  );
}
