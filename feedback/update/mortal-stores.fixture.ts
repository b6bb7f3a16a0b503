import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { EventLog } from '../event-log/event-log.js';

/** What a process that was killed cannot do any more. */
export class Killed extends Error {}

/**
 * A process's life: it may be ended just before or just after a chosen write takes effect. Afterwards the process changes nothing any
 * more; the stores behind it live on, as files do.
 */
export class Life {
  #writesLeft = Infinity;
  #isAfter = false;
  ended = false;

  /** Ends at the n-th write from now, n ≥ 1. @param isAfter whether that write still takes effect */
  endAt(n: number, isAfter: boolean): void {
    this.#writesLeft = n;
    this.#isAfter = isAfter;
  }

  async write<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended) throw new Killed();
    const isLast = --this.#writesLeft <= 0;
    if (!isLast) return work();
    this.ended = true;
    if (this.#isAfter) await work();
    throw new Killed();
  }
}

/** The real log, as far as a process may use it while it lives. */
export function mortalLog(log: EventLog, life: Life): EventLog {
  return {
    partitions: log.partitions,
    append: (topic, records, durability) => life.write(() => log.append(topic, records, durability)),
    consume: (options) => log.consume(options),
    endOffsets: (topic) => log.endOffsets(topic),
    close: () => log.close(),
  };
}

export function mortalStore(store: KeyValueStore, life: Life): KeyValueStore {
  return {
    getMany: (keys) => store.getMany(keys),
    write: (batch) => life.write(() => store.write(batch)),
    scan: (prefix) => store.scan(prefix),
    close: () => store.close(),
  };
}
