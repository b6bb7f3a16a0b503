import type { Clock } from '../../core/clock.js';
import { AppError, shown } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import type { Announcements } from '../../features/announcements/announcements.js';
import { isConflict } from '../../features/key-value/checked-batch.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { Lease } from '../../features/key-value/lease.js';
import type { Snapshot } from '../update/snapshot.js';
import { ModelRegister } from './model-register.js';
import { PublishedModel } from './published-model.js';

export interface SnapshotPublisherOptions {
  /** shared with whoever follows */
  readonly store: KeyValueStore;
  readonly announcements: Announcements;
  /** the publisher's: what it writes is refused once the lease is another's. undefined: there is one publisher by arrangement */
  readonly lease?: Pick<Lease, 'token' | 'guard'>;
  /** of every model that will be put */
  readonly modelKeys: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * The store has no base of these models that deltas could be added to: nobody has put one, it was lost, or there are many deltas. Called about every
   * `checkIntervalMs` until each has been put. Must not throw.
   */
  readonly onBaseNeeded: (modelKeys: readonly string[]) => void;
  /** The store failed (it is tried again), or the lease is another's (`store/conflict`: nothing more will be written). Must not throw. */
  readonly onFault: (error: unknown) => void;
  readonly settings?: Partial<SnapshotPublisherSettings>;
}

export interface SnapshotPublisherSettings {
  /** how often what failed is tried again, and the store is asked whether it still holds what was put; default 1,000 ms */
  readonly checkIntervalMs: number;
  /** fitted bytes of deltas that may wait for the store, per model; beyond these a base is needed; default 64 MiB */
  readonly maxWaitingBytes: number;
  /** after so many deltas a base is asked for; default 1,000 */
  readonly maxDeltas: number;
  /** models in the store that are not among `modelKeys`, and that nobody has published for so long, are removed; default 7 days */
  readonly forgetAfterMs: number;
}

export interface SnapshotPublisherStats {
  /** since the start */
  readonly bases: number;
  readonly deltas: number;
  /** deltas that were not put because what they come after is not in the store */
  readonly dropped: number;
  readonly faults: number;
  readonly waitingBytes: number;
  /** the lease is another's */
  readonly fenced: boolean;
}

const DEFAULTS: SnapshotPublisherSettings = {
  checkIntervalMs: 1_000,
  maxWaitingBytes: 64 << 20,
  maxDeltas: 1_000,
  forgetAfterMs: 7 * 86_400_000,
};

/** The channel on which `{"model", "version"}` is announced when a snapshot has been put. */
export const SNAPSHOTS_CHANNEL = 'snapshots';

/**
 * Puts snapshots into a store from which other processes follow them: a base in chunks, deltas beside it, and a head that names both and changes last, in one
 * batch with what it names. A base is kept until the second after it has been begun.
 *
 * Each model's snapshots are put in the order given, beside the other models'. What waits when a newer base comes is left out.
 */
export class SnapshotPublisherStore {
  readonly #models: ReadonlyMap<string, PublishedModel>;
  readonly #register: ModelRegister;
  readonly #stopChecking: () => void;
  #checking: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #fenced = false;
  #faults = 0;

  constructor(readonly options: SnapshotPublisherOptions) {
    const settings = { ...DEFAULTS, ...options.settings };
    checkSettings(settings);
    const { store, lease, clock, timers, modelKeys } = options;
    const { forgetAfterMs } = settings;
    this.#register = new ModelRegister({ store, lease, clock, modelKeys, forgetAfterMs });
    this.#models = new Map(
      modelKeys.map((modelKey) => [
        modelKey,
        new PublishedModel({
          ...{ store, lease, clock, timers, modelKey, settings },
          onPut: (version) => {
            const message = Buffer.from(JSON.stringify({ model: modelKey, version }));
            options.announcements.announce(SNAPSHOTS_CHANNEL, message);
          },
          onFault: (error) => {
            this.#faults++;
            options.onFault(error);
          },
          onFenced: () => {
            this.#fence();
          },
        }),
      ]),
    );
    const check = (): Promise<void> => {
      const checked = this.#check();
      this.#checking = checked;
      return checked;
    };
    const repeating = options.timers.every(settings.checkIntervalMs, check);
    this.#stopChecking = () => {
      repeating.stop();
    };
  }

  /** Never waits, and never fails: see `onFault`. After `close`, and after the lease is another's, it does nothing. @throws AppError `config/bad-value` on a model nobody named */
  put(snapshot: Snapshot): void {
    const model = this.#models.get(snapshot.modelKey);
    if (model === undefined) {
      throw new AppError(
        'config/bad-value',
        `a snapshot of ${shown(snapshot.modelKey)}; expected one of ${shown([...this.#models.keys()])}`,
      );
    }
    if (this.#closing === undefined && !this.#fenced) model.put(snapshot);
  }

  /** Resolves when all that was put has reached the store or failed to. */
  async settled(): Promise<void> {
    await Promise.all([...this.#models.values()].map((model) => model.settled()));
  }

  stats(): SnapshotPublisherStats {
    const all = [...this.#models.values()];
    const sum = (of: (model: PublishedModel) => number): number =>
      all.reduce((total, model) => total + of(model), 0);
    return {
      bases: sum(({ bases }) => bases),
      deltas: sum(({ deltas }) => deltas),
      dropped: sum(({ waiting }) => waiting.dropped),
      faults: this.#faults,
      waitingBytes: sum(({ waiting }) => waiting.bytes),
      fenced: this.#fenced,
    };
  }

  /** Waits for what was put, as `settled` does. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#stopChecking();
      await this.#checking;
      await this.settled();
    })();
    return this.#closing;
  }

  async #check(): Promise<void> {
    const all = [...this.#models.values()];
    await Promise.all(all.map((model) => model.check()));
    if (this.#fenced) return;
    const needed = all.filter((model) => model.needsBase).map(({ options }) => options.modelKey);
    if (needed.length > 0) this.options.onBaseNeeded(needed);
    await this.#register.check().catch((error: unknown) => {
      // Somebody else wrote it: there is time.
      if (isConflict(error)) return;
      this.#faults++;
      this.options.onFault(error);
    });
  }

  #fence(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#stopChecking();
    for (const model of this.#models.values()) model.stop();
    this.options.onFault(
      new AppError(
        'store/conflict',
        'the lease of the snapshots is another’s; expected to hold it, nothing more is written',
      ),
    );
  }
}

function checkSettings(settings: SnapshotPublisherSettings): void {
  for (const [name, value] of Object.entries(settings) as [string, number][]) {
    if (!(value > 0 && value < Infinity))
      throw new AppError('config/bad-value', `${name} is ${shown(value)}; expected a number > 0`);
  }
}
