import { Worker } from 'node:worker_threads';
import { AppError } from '../../../core/errors.js';
import type { RedisKeyValueOptions } from '../../../features/key-value/redis/index.js';
import { Turnstile } from '../../update/turnstile.js';
import type { BaseSource, NamedBase } from '../base-source.js';
import type { FromReader, ToReader } from './shared-parts.js';

export type RedisBaseSourceOptions = Omit<RedisKeyValueOptions, 'onLog'>;

/**
 * Bases in the key-value store that redisKeyValue opens with the same options, fetched, checked and put together in a thread of its own: the buffers that a
 * large value goes through are garbage there, whose collection would stop this thread for milliseconds at a time (docs/adr/0010-bases-off-thread.md).
 * Parts arrive in shared memory, a few MiB whatever the base's size. One base at a time; others wait.
 *
 * The thread starts with the first base and keeps no process alive. One that ends by itself fails what is read as `store/unavailable`; the next base starts another.
 */
export function redisBaseSource(options: RedisBaseSourceOptions): BaseSource {
  const turnstile = new Turnstile();
  let thread: ReadingThread | undefined;
  let closed = false;
  return {
    read: (base, take) =>
      turnstile.pass(async () => {
        if (closed) throw new AppError('store/closed', 'the source of bases is closed; expected an open one');
        if (thread?.hasEnded !== false) thread = new ReadingThread(options);
        return await thread.read(base, take);
      }),
    async close() {
      closed = true;
      await thread?.end();
    },
  };
}

interface Reading {
  readonly take: (part: Uint8Array) => Promise<void>;
  readonly resolve: (isThere: boolean) => void;
  readonly reject: (error: unknown) => void;
  /** a part was not taken: told once the thread has stopped reading */
  refused?: { readonly why: unknown };
}

class ReadingThread {
  hasEnded = false;
  readonly #worker: Worker;
  readonly #buffers: SharedArrayBuffer[] = [];
  #number = 0;
  #reading: Reading | undefined;
  /** batches are taken one after the other */
  #taking: Promise<void> = Promise.resolve();

  constructor(options: RedisBaseSourceOptions) {
    this.#worker = startThread(options);
    this.#worker.unref();
    this.#worker.on('message', (message: FromReader) => {
      if (message.read === this.#number) this.#receive(message);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(undefined);
    });
  }

  read(base: NamedBase, take: Reading['take']): Promise<boolean> {
    const read = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#reading = { take, resolve, reject };
      this.#post({ kind: 'read', read, modelKey: base.modelKey, base: base.base });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromReader): void {
    if (message.kind === 'parts') {
      if (message.shared !== undefined) this.#buffers[message.buffer] = message.shared;
      const shared = this.#buffers[message.buffer]!;
      this.#taking = this.#taking.then(() =>
        this.#take(message.read, message.buffer, shared, message.places),
      );
      return;
    }
    void this.#taking.then(() => {
      const reading = this.#reading;
      this.#reading = undefined;
      if (reading?.refused !== undefined) reading.reject(reading.refused.why);
      else if (message.kind === 'end') reading?.resolve(message.isThere);
      else reading?.reject(new AppError(message.code, message.message));
    });
  }

  async #take(
    read: number,
    buffer: number,
    shared: SharedArrayBuffer,
    places: readonly number[],
  ): Promise<void> {
    const reading = this.#reading;
    if (reading === undefined || reading.refused !== undefined) return;
    try {
      for (let i = 0; i < places.length; i += 2) {
        const [from, to] = [places[i]!, places[i + 1]!];
        await reading.take(new Uint8Array(shared, from, to - from));
      }
      this.#post({ kind: 'taken', read, buffer });
    } catch (why) {
      reading.refused = { why };
      this.#post({ kind: 'stop', read });
    }
  }

  #post(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #fail(cause: unknown): void {
    this.hasEnded = true;
    this.#reading?.reject(
      new AppError(
        'store/unavailable',
        'the thread that reads bases has ended; expected it to go on',
        undefined,
        cause,
      ),
    );
    this.#reading = undefined;
  }
}

function startThread(workerData: RedisBaseSourceOptions): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./base-thread.js', import.meta.url), { workerData, execArgv: [] });
  // Run from source: a new thread has no loader for TypeScript until it asks for one.
  const entry = new URL('./base-thread.ts', import.meta.url).href;
  const begin = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(entry)})));`;
  return new Worker(begin, { eval: true, workerData, execArgv: [] });
}
