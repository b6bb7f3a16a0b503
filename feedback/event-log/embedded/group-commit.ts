import { AppError } from '../../../core/errors.js';
import type { Topic } from '../event-log.js';
import type { PartitionLog } from './partition-log.js';

/** What is written together: everything appended in one turn of the event loop, or while the round before was being written. */
interface Round {
  readonly written: Settleable;
  readonly synced: Settleable;
  readonly logs: Set<PartitionLog>;
  bytes: number;
  joined: boolean;
  wantsSync: boolean;
}

export interface GroupCommitOptions {
  /** `written` records are fsynced at the latest so long after they were written */
  readonly fsyncIntervalMs: number;
  readonly onWritten: (topics: ReadonlySet<Topic>) => void;
  /** between two rounds: the log has a new last segment */
  readonly onRolled: (log: PartitionLog) => Promise<void>;
}

/**
 * Group commit: rounds of writes, one at a time, and passes of fsync, one at a time, both off the main thread. A pass covers every file
 * written since the last one, so all callers of a round, and of the rounds that were written during the pass before, share it.
 *
 * Rounds are strictly in order, and a pass begins after its rounds are written: when a record is `synced`, so is all that was appended
 * before it on any topic. The first failed write or fsync stops the log for good (after a failed fsync nobody knows what is on disk):
 * everything pending and later is refused with `log/failed`, and opening the log again recovers what is whole.
 */
export class GroupCommit {
  #open = newRound();
  #writing = false;
  #syncing = false;
  #inFlight: Round | undefined;
  #awaitingSync: Round[] = [];
  #inSync: Round[] = [];
  readonly #unsynced = new Set<PartitionLog>();
  #timer: NodeJS.Timeout | undefined;
  #pendingBytes = 0;
  #failure: AppError | undefined;

  constructor(private readonly options: GroupCommitOptions) {}

  /** bytes appended and not yet written */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** @throws AppError `log/failed` */
  mustWork(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Notes that records have been staged on `log`; `settled` then waits for them. */
  touch(log: PartitionLog, bytes: number): void {
    this.#open.logs.add(log);
    this.#open.bytes += bytes;
    this.#pendingBytes += bytes;
  }

  /** Resolves when everything staged until now is written (or synced). */
  settled(durability: 'written' | 'synced'): Promise<void> {
    const round = this.#open;
    round.joined = true;
    round.wantsSync ||= durability === 'synced';
    if (!this.#writing) {
      this.#writing = true;
      setImmediate(() => void this.#writeRounds());
    }
    return durability === 'synced' ? round.synced.promise : round.written.promise;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #writeRounds(): Promise<void> {
    try {
      while (this.#open.joined) await this.#writeRound();
    } catch (cause) {
      this.#fail(cause);
    }
    this.#writing = false;
  }

  async #writeRound(): Promise<void> {
    const round = this.#open;
    this.#open = newRound();
    this.#inFlight = round;
    this.mustWork();
    const rolled = await Promise.all(Array.from(round.logs, writeLog));
    this.mustWork();
    this.#inFlight = undefined;
    this.#pendingBytes -= round.bytes;
    for (const log of round.logs) this.#unsynced.add(log);
    this.options.onWritten(new Set(Array.from(round.logs, (log) => log.topic)));
    round.written.resolve();
    if (round.wantsSync) this.#sync(round);
    else if (round.logs.size > 0) this.#syncLater();
    for (const log of rolled) if (log !== undefined) await this.options.onRolled(log);
  }

  #syncLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#failure === undefined) void this.settled('synced').catch(() => undefined);
    }, this.options.fsyncIntervalMs).unref();
  }

  #sync(round: Round): void {
    this.#awaitingSync.push(round);
    if (this.#syncing) return;
    this.#syncing = true;
    this.#syncPasses()
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => (this.#syncing = false));
  }

  async #syncPasses(): Promise<void> {
    while (this.#awaitingSync.length > 0) {
      this.#inSync = this.#awaitingSync;
      this.#awaitingSync = [];
      const logs = [...this.#unsynced];
      this.#unsynced.clear();
      await Promise.all(logs.map((log) => log.sync()));
      for (const round of this.#inSync) round.synced.resolve();
      this.#inSync = [];
    }
  }

  #fail(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#failure ??= new AppError(
      'log/failed',
      `the event log stopped: ${why}; expected a disk that takes writes`,
      undefined,
      cause,
    );
    const rounds = [this.#inFlight ?? this.#open, ...this.#inSync, ...this.#awaitingSync, this.#open];
    for (const round of rounds) {
      round.written.reject(this.#failure);
      round.synced.reject(this.#failure);
    }
    this.#inFlight = undefined;
    this.#inSync = [];
    this.#awaitingSync = [];
    this.#open = newRound();
  }
}

/** @returns the log when writing began a new segment */
async function writeLog(log: PartitionLog): Promise<PartitionLog | undefined> {
  const segments = log.segments.length;
  await log.write();
  return log.segments.length > segments ? log : undefined;
}

interface Settleable {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

function newRound(): Round {
  return {
    written: settleable(),
    synced: settleable(),
    logs: new Set(),
    bytes: 0,
    joined: false,
    wantsSync: false,
  };
}

function settleable(): Settleable {
  let resolve!: () => void;
  let reject!: (cause: unknown) => void;
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  // Nobody need wait for both; who does gets the rejection from the promise itself.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
