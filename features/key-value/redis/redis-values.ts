import { AppError } from '../../../core/errors.js';
import { Turnstile } from '../../../core/turnstile.js';
import { checkedKey } from '../checked-batch.js';
import type { KeyValueStore } from '../key-value.js';
import { redisAddress, type RedisAddress } from './redis-address.js';
import type { RedisKeyValueOptions } from './redis-key-value.js';
import type { Reply } from './reply-reader.js';
import { storeKeys } from './store-keys.js';
import { ValueConnection } from './value-connection.js';

/** A node of a cluster may name another one, and that yet another. */
const MAX_MOVES = 5;

/**
 * Values of the store that redisKeyValue opens with the same options, for who reads many large ones and can do without the garbage that a general client
 * makes of them: each is received into a buffer that is used again. **Its bytes are valid until the next but one is asked for.**
 *
 * One connection, made when it is needed and again after it has ended, and one value at a time; nothing is tried twice. In a cluster it goes where the slot is.
 */
export function redisValues(options: RedisKeyValueOptions): Pick<KeyValueStore, 'getMany' | 'close'> {
  const { entry } = storeKeys(options.namespace);
  const connection = new SoughtConnection(options);
  const turnstile = new Turnstile();
  let closed = false;
  return {
    async getMany(keys) {
      const values: (Uint8Array | undefined)[] = [];
      for (const key of keys) {
        const name = entry + checkedKey(key);
        values.push(
          await turnstile.pass(async () => {
            if (closed) throw new AppError('store/closed', 'values are not read any more; expected to be');
            return await connection.get(name).catch(unavailable);
          }),
        );
      }
      return values;
    },
    close() {
      closed = true;
      connection.close();
      return Promise.resolve();
    },
  };
}

/** A connection to whichever node has the key. */
class SoughtConnection {
  readonly #seeds: readonly RedisAddress[];
  #open: ValueConnection | undefined;

  constructor(readonly options: RedisKeyValueOptions) {
    this.#seeds = options.urls.map(redisAddress);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    for (let moves = 0; moves <= MAX_MOVES; moves++) {
      if (this.#open?.hasEnded !== false) await this.#connect(this.#seeds);
      const reply = await this.#open!.ask(['GET', name]);
      if (reply.kind === 'value') return reply.bytes;
      if (reply.kind === 'none') return undefined;
      const moved = movedTo(reply, this.#seeds[0]!);
      if (moved === undefined) throw new Error('the server refused');
      this.close();
      await this.#connect([moved]);
    }
    throw new Error(`the key was not where ${MAX_MOVES} nodes said`);
  }

  close(): void {
    this.#open?.close();
  }

  async #connect(addresses: readonly RedisAddress[]): Promise<void> {
    const { tls, commandTimeoutMs = 5_000 } = this.options;
    const failed: unknown[] = [];
    for (const address of addresses) {
      try {
        this.#open = await ValueConnection.open(address, tls, commandTimeoutMs);
        return;
      } catch (error) {
        failed.push(error);
      }
    }
    throw new AggregateError(failed, 'no server listens');
  }
}

/** `MOVED <slot> <host>:<port>`, the host absent where it is the same. */
function movedTo(reply: Extract<Reply, { text: string }>, like: RedisAddress): RedisAddress | undefined {
  const moved = reply.kind === 'error' ? /^MOVED \d+ (.*):(\d+)$/.exec(reply.text) : null;
  if (moved === null) return undefined;
  const [, host = '', port] = moved;
  return { ...like, host: host === '' ? like.host : host, port: Number(port) };
}

/** What the server said may name keys: it stays in `cause`. */
function unavailable(cause: unknown): never {
  throw new AppError('store/unavailable', 'redis did not give a value; expected an answer', undefined, cause);
}
