import type { Clock } from '../../core/clock.js';
import { AppError, shown } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import { holds, isConflict } from './checked-batch.js';
import type { Expectation, KeyValueStore } from './key-value.js';

/** A lease while it is held. */
export interface Lease {
  readonly name: string;
  /** grows by at least 1 with every change of holder, as long as the store keeps what it was given */
  readonly token: number;
  /** To be expected by every write that only the holder may make: once the lease is another's, the write is refused as `store/conflict`. */
  guard(): readonly Expectation[];
}

export interface LeaseOptions {
  readonly store: KeyValueStore;
  /** the lease's records are `lease/<name>` and `lease-beat/<name>` */
  readonly name: string;
  /** who would hold it: 1–200 characters that no other process has, now or later (random bits) */
  readonly holder: string;
  /** a holder that gives no sign of life for so long is replaced; > 0 */
  readonly ttlMs: number;
  /** only its differences count, and no two processes' clocks are compared: `steadyClock` */
  readonly clock: Clock;
  readonly timers: Timers;
  onHeld(lease: Lease): void;
  /** once after each `onHeld`, as soon as it is known: guarded writes are refused even before */
  onLost(): void;
  /** the store failed; tried again a third of `ttlMs` later */
  onFault?(error: unknown): void;
}

export interface KeptLease {
  /** undefined: another's, as far as is known */
  readonly lease: Lease | undefined;
  /** Gives it up, so that another need not wait, and tries no more. Never rejects. */
  close(): Promise<void>;
}

/**
 * Tries to hold a lease for as long as it is kept: of those who try at most one can make guarded writes at any moment.
 *
 * The record {token, holder} changes only when the holder does, so a guard is the same bytes throughout; beside it the holder changes a beat every third of
 * `ttlMs`. Whoever has seen record and beat stand still for `ttlMs` by its own clock replaces the record, expecting the one it saw.
 *
 * Resolves after the first attempt, held or not.
 *
 * @throws AppError `config/bad-value`
 */
export async function keepLease(options: LeaseOptions): Promise<KeptLease> {
  checkOptions(options);
  const keeper = new LeaseKeeper(options);
  const attempt = (): Promise<void> => keeper.attempt().catch((error: unknown) => options.onFault?.(error));
  let attempted = attempt();
  const repeating = options.timers.every(options.ttlMs / 3, () => (attempted = attempt()));
  await attempted;
  return {
    get lease() {
      return keeper.lease;
    },
    async close() {
      repeating.stop();
      await attempted;
      await keeper.release().catch((error: unknown) => options.onFault?.(error));
    },
  };
}

class LeaseKeeper {
  lease: Lease | undefined;
  readonly #recordKey: string;
  readonly #beatKey: string;
  /** the record that makes the lease ours, as we last tried to write it */
  #own: Uint8Array | undefined;
  #beat = 0;
  #seen: { record: Uint8Array | undefined; beat: Uint8Array | undefined; sinceMs: number } | undefined;
  /** through a store that has lost everything too, as far as this process remembers */
  #highestToken = 0;

  constructor(readonly options: LeaseOptions) {
    this.#recordKey = `lease/${options.name}`;
    this.#beatKey = `lease-beat/${options.name}`;
  }

  /** One sign of life of the holder, or one look of who would replace it. */
  async attempt(): Promise<void> {
    if (this.lease === undefined) return this.#look();
    try {
      await this.options.store.write({
        expect: this.lease.guard(),
        puts: [[this.#beatKey, this.#nextBeat()]],
      });
    } catch (error) {
      if (!isConflict(error)) throw error;
      this.#lose();
    }
  }

  async release(): Promise<void> {
    const { lease } = this;
    if (lease === undefined) return;
    this.#lose();
    const released = encodeRecord({ token: lease.token, holder: '' });
    await this.options.store
      .write({ expect: lease.guard(), puts: [[this.#recordKey, released]] })
      .catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
  }

  async #look(): Promise<void> {
    const { store, clock, ttlMs } = this.options;
    const [record, beat] = await store.getMany([this.#recordKey, this.#beatKey]);
    const nowMs = clock.nowMs();
    const held = record && decodeRecord(record);
    this.#highestToken = Math.max(this.#highestToken, held?.token ?? 0);
    // We wrote it, and the answer did not come.
    if (held?.holder === this.options.holder && holds(record, this.#own)) {
      this.#hold(held.token);
      return;
    }
    const stood =
      this.#seen !== undefined && holds(record, this.#seen.record) && holds(beat, this.#seen.beat);
    if (!stood) this.#seen = { record, beat, sinceMs: nowMs };
    const free = held === undefined || held.holder === '';
    if (free || nowMs - this.#seen!.sinceMs >= ttlMs) await this.#take(record, beat);
  }

  async #take(record: Uint8Array | undefined, beat: Uint8Array | undefined): Promise<void> {
    const token = this.#highestToken + 1;
    this.#own = encodeRecord({ token, holder: this.options.holder });
    try {
      await this.options.store.write({
        expect: [
          [this.#recordKey, record],
          [this.#beatKey, beat],
        ],
        puts: [
          [this.#recordKey, this.#own],
          [this.#beatKey, this.#nextBeat()],
        ],
      });
    } catch (error) {
      if (!isConflict(error)) throw error;
      return;
    }
    this.#hold(token);
  }

  #hold(token: number): void {
    this.#highestToken = token;
    this.#seen = undefined;
    const guard: readonly Expectation[] = [[this.#recordKey, this.#own]];
    this.lease = { name: this.options.name, token, guard: () => guard };
    this.options.onHeld(this.lease);
  }

  #lose(): void {
    this.lease = undefined;
    this.options.onLost();
  }

  #nextBeat(): Uint8Array {
    return Buffer.from(`${this.options.holder} ${++this.#beat}`);
  }
}

interface LeaseRecord {
  readonly token: number;
  /** empty: given up */
  readonly holder: string;
}

function encodeRecord(record: LeaseRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

function decodeRecord(bytes: Uint8Array): LeaseRecord {
  const text = Buffer.from(bytes).toString('utf8');
  const [, token, holder] = /^\{"token":(\d+),"holder":("(?:[^"\\]|\\.)*")\}$/.exec(text) ?? [];
  if (token === undefined || holder === undefined) {
    throw new AppError('store/corrupt', `a lease reads ${shown(text)}; expected {"token":…,"holder":…}`);
  }
  return { token: Number(token), holder: JSON.parse(holder) as string };
}

function checkOptions({ name, holder, ttlMs }: LeaseOptions): void {
  const fits = (text: string): boolean => text.length >= 1 && text.length <= 200;
  if (!fits(name) || !fits(holder) || !(ttlMs > 0 && ttlMs < Infinity)) {
    throw new AppError(
      'config/bad-value',
      `lease ${shown(name)} of holder ${shown(holder)} for ${ttlMs} ms; expected 1–200 characters each, and > 0 ms`,
    );
  }
}
