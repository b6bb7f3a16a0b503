import type { Prior } from '../../bandit/policy.js';
import { emptyPrior, priorFrom } from '../../bandit/prior.js';
import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { emptyStatistics } from './label-fold.js';
import type { LearnerSettings } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import type { PublishedStatistics } from './published-statistics.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import { encodeSnapshot, type Snapshot } from './snapshot.js';

export interface PublisherOptions {
  readonly statistics: PublishedStatistics;
  readonly models: readonly ModelSpec[];
  readonly contextSchema: string;
  /** where bases are left for processes that only serve; undefined: they get them otherwise */
  readonly store: KeyValueStore | undefined;
  readonly versions: SnapshotVersions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly settings: LearnerSettings;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** After t ms of fitting the thread is left to others for at least four times that long: fitting takes a fifth of it at most. */
export const REST = 4;

/** Each time over the rows of a base that were touched meanwhile is shorter than the one before; in the last no delta goes out, and what is touched is left to the next. */
const MOST_ROUNDS = 3;

interface Published {
  prior: Prior;
  priorAtMs: number;
  /** how long the last base took, others' work in between included */
  priorTookMs: number;
  version: number;
  persistedAtMs: number;
  /** the base that the store lacks */
  unpersisted: Snapshot | undefined;
}

/** Turns statistics into snapshots: often a delta of the touched rows, now and then a base under a new prior. */
export class Publisher {
  readonly #published: Published[];
  #publishedAtMs = -Infinity;

  constructor(readonly options: PublisherOptions) {
    this.#published = options.models.map((spec) => ({
      prior: emptyPrior(spec.policy.dimension),
      priorAtMs: -Infinity,
      priorTookMs: 0,
      version: 0,
      persistedAtMs: -Infinity,
      unpersisted: undefined,
    }));
  }

  /** Publishes what moved. One call at a time. @param force a base of every model, moved or not */
  async publish(force: boolean): Promise<void> {
    await this.options.versions.reserve();
    await this.options.statistics.refresh();
    const { clock, settings, statistics } = this.options;
    for (const [m, published] of this.#published.entries()) {
      const due =
        clock.nowMs() - published.priorAtMs >=
        Math.max(settings.priorIntervalMs, (1 + REST) * published.priorTookMs);
      if (force || (due && statistics.sharedMoved(m))) await this.#publishBase(m);
    }
    await this.#publishDeltas();
    await this.#persist(false);
  }

  /** Leaves the newest base of every model in the store. */
  async persistNow(): Promise<void> {
    await this.#persist(true);
  }

  /**
   * A base may take seconds when there are many rows, so it is fitted in slices, between which others get the thread and deltas go out under the
   * old prior. Rows that were touched meanwhile are fitted again at its end, in slices too; what is touched then is the next delta's.
   */
  async #publishBase(m: number): Promise<void> {
    const { models, statistics, clock, timers, settings } = this.options;
    const { policy, lambda } = models[m]!;
    const published = this.#published[m]!;
    const startedAtMs = clock.nowMs();
    const prior = priorFrom(await statistics.mergedShared(m), { lambda });
    const fit = (rows: Int32Array): Uint8Array => policy.fit(statistics.merged(m, rows), prior, rows);
    statistics.drainTouched(m);
    const parts = [policy.fit(emptyStatistics(models[m]!).arms, prior)];
    let due = statistics.allRows(m);
    for (let round = 1; due.length > 0; round++) {
      const again = new Set<number>();
      for (let at = 0; at < due.length; at += settings.rowsPerSlice) {
        if (parts.length > 1) await timers.breathe();
        if (round < MOST_ROUNDS && clock.nowMs() - this.#publishedAtMs >= settings.publishIntervalMs) {
          await statistics.refresh();
          for (const row of (await this.#publishDeltas())[m]!) again.add(row);
        }
        parts.push(fit(due.subarray(at, at + settings.rowsPerSlice)));
      }
      if (round < MOST_ROUNDS) for (const row of statistics.drainTouched(m)) again.add(row);
      due = Int32Array.from(again).sort();
    }
    published.prior = prior;
    published.priorAtMs = startedAtMs;
    published.priorTookMs = clock.nowMs() - startedAtMs;
    published.unpersisted = this.#emit(m, 'base', parts);
  }

  /**
   * In slices, each a delta of its own: after a burst thousands of rows are due, and pages must be decided in between.
   * @returns per model, the rows that went out
   */
  async #publishDeltas(): Promise<Int32Array[]> {
    const { models, statistics, clock, timers, settings } = this.options;
    this.#publishedAtMs = clock.nowMs();
    const touched = models.map((_, m) => statistics.drainTouched(m));
    for (const [m, { policy }] of models.entries()) {
      const due = touched[m]!;
      for (let at = 0; at < due.length; at += settings.rowsPerSlice) {
        if (at > 0) await timers.breathe();
        const rows = due.subarray(at, at + settings.rowsPerSlice);
        this.#emit(m, 'delta', [policy.fit(statistics.merged(m, rows), this.#published[m]!.prior, rows)]);
      }
    }
    return touched;
  }

  #emit(m: number, kind: Snapshot['kind'], parts: Uint8Array[]): Snapshot {
    const { models, contextSchema, versions, onSnapshot } = this.options;
    const published = this.#published[m]!;
    const { key, policy } = models[m]!;
    const parentVersion = published.version;
    const version = versions.next();
    const snapshot: Snapshot = {
      kind,
      modelKey: key,
      policy: policy.name,
      contextSchema,
      version,
      parentVersion,
      parts,
    };
    published.version = version;
    onSnapshot(snapshot);
    return snapshot;
  }

  async #persist(force: boolean): Promise<void> {
    const { store, clock } = this.options;
    if (store === undefined) return;
    const now = clock.nowMs();
    const due = this.#published.filter(
      ({ unpersisted, persistedAtMs }) =>
        unpersisted !== undefined &&
        (force || now - persistedAtMs >= this.options.settings.persistIntervalMs),
    );
    if (due.length === 0) return;
    const puts = due.map(({ unpersisted }): [string, Uint8Array] => [
      snapshotKey(unpersisted!.modelKey),
      encodeSnapshot(unpersisted!),
    ]);
    for (const published of due) {
      published.unpersisted = undefined;
      published.persistedAtMs = now;
    }
    await store.write({ puts });
  }
}

/** Where a model's newest base snapshot is kept. */
export function snapshotKey(modelKey: string): string {
  return `snapshot/${modelKey}`;
}
