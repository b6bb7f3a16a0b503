import { AppError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';

/** Changes what is written on its way into the store. */
export class Spoiler {
  /** what is written in the value's place; undefined: nothing */
  spoil: ((key: string, value: Uint8Array) => Uint8Array | undefined) | undefined;

  writing(store: KeyValueStore): KeyValueStore {
    return {
      ...store,
      write: ({ puts, ...batch }) => {
        const spoiled = Array.from(puts ?? []).flatMap(([key, value]): [string, Uint8Array][] => {
          const written = this.spoil === undefined ? value : this.spoil(key, value);
          return written === undefined ? [] : [[key, written]];
        });
        return store.write({ ...batch, puts: spoiled });
      },
    };
  }
}

/** Stands before a store, open but for some keys. */
export class Gate {
  shutAt: RegExp | undefined;
  #open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  #reach: () => void = () => undefined;
  /** somebody stands before it */
  readonly reached = new Promise<void>((resolve) => (this.#reach = resolve));

  open(): void {
    this.#open();
  }

  /** Whoever reads such a key waits until it opens. */
  holding(store: KeyValueStore): KeyValueStore {
    return {
      ...store,
      getMany: async (keys) => {
        if (this.#isShut(keys)) await this.#opened;
        return store.getMany(keys);
      },
    };
  }

  /** Whoever reads such a key is told that the store is not there. */
  failingReads(store: KeyValueStore): KeyValueStore {
    return {
      ...store,
      getMany: async (keys) => {
        if (this.#isShut(keys)) throw unavailable();
        return store.getMany(keys);
      },
    };
  }

  /** Whoever puts such a key is told so. */
  failingPuts(store: KeyValueStore): KeyValueStore {
    return {
      ...store,
      write: async (batch) => {
        const puts = [...(batch.puts ?? [])];
        if (this.#isShut(puts.map(([key]) => key))) throw unavailable();
        return store.write({ ...batch, puts });
      },
    };
  }

  #isShut(keys: readonly string[]): boolean {
    const shut = keys.some((key) => this.shutAt?.test(key));
    if (shut) this.#reach();
    return shut;
  }
}

/** A store that is often not there: what it is asked is then done or not, and it does not say which. */
export class FlakyStore {
  /** of failing */
  probability = 0;

  constructor(
    readonly store: KeyValueStore,
    readonly rng: Rng,
  ) {}

  get flaky(): KeyValueStore {
    return {
      ...this.store,
      getMany: (keys) => this.#attempt(() => this.store.getMany(keys)),
      write: (batch) => this.#attempt(() => this.store.write(batch)),
    };
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.rng.uniform() >= this.probability) return work();
    if (this.rng.uniform() < 0.5) await work();
    throw unavailable();
  }
}

function unavailable(): AppError {
  return new AppError('store/unavailable', 'the store is not there; expected an answer');
}
