import type { Model, Policy } from '../../bandit/policy.js';
import type { Clock } from '../../core/clock.js';
import { AppError, shown } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import type { Announcements } from '../../features/announcements/announcements.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { storeBaseSource, type BaseSource } from './base-source.js';
import { FollowedModel } from './followed-model.js';
import { SNAPSHOTS_CHANNEL } from './snapshot-publisher.js';

/** A model to be served from now on: a new one, or the one of before with deltas taken in. */
export interface FollowedSnapshot {
  readonly modelKey: string;
  readonly model: Model;
  /** of the newest snapshot in it. It grows, unless a store that lost everything was filled by another publisher. */
  readonly version: number;
  /** when that was put, ms since the epoch by the publisher's clock */
  readonly writtenAtMs: number;
}

export interface FollowOptions {
  readonly store: Pick<KeyValueStore, 'getMany'>;
  /** closed with the follower; default: the store, read in this thread, in which the collection of what it leaves behind is felt */
  readonly bases?: BaseSource;
  readonly announcements: Announcements;
  /** by model key */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly contextSchema: string;
  readonly timers: Timers;
  /** only its differences count: `steadyClock` */
  readonly clock: Clock;
  /** Between two decisions; must not throw. */
  readonly onModel: (snapshot: FollowedSnapshot) => void;
  /** What is served stays. Must not throw. AppError `snapshot/corrupt` | `snapshot/wrong-schema` | `store/unavailable`, or another fault */
  readonly onFault: (error: unknown, modelKey: string) => void;
  readonly settings?: Partial<FollowSettings>;
}

export interface FollowSettings {
  /** how often the store is looked into, announcement or not; default 1,000 ms */
  readonly pollIntervalMs: number;
  /** the thread is let go once it has been had for so long; default 1 ms */
  readonly sliceMs: number;
  /** a base that is damaged is tried again after this; default 10,000 ms */
  readonly retryIntervalMs: number;
}

export interface FollowStats {
  /** taken in since the start */
  readonly bases: number;
  readonly deltas: number;
  /** by error code; `internal` for what has none */
  readonly faults: Readonly<Record<string, number>>;
}

export interface SnapshotFollower {
  stats(): FollowStats;
  /** Nothing is taken in afterwards. Idempotent; never rejects. */
  close(): Promise<void>;
}

const DEFAULTS: FollowSettings = { pollIntervalMs: 1_000, sliceMs: 1, retryIntervalMs: 10_000 };

/**
 * Keeps models as a publisher has put them (`SnapshotPublisherStore`), in a process that serves: at each announcement, and every `pollIntervalMs`.
 *
 * Deltas are taken into the model in place, each whole. A base is read into a new model in slices, between which others have the thread and during which the old one is served, and then takes its place.
 * Whatever is missing, damaged, made for other settings, or not to be reached changes nothing that is served.
 *
 * Resolves when each model has been looked for once, there or not.
 *
 * @throws AppError `config/bad-value`
 */
export async function followSnapshots(options: FollowOptions): Promise<SnapshotFollower> {
  const { store, announcements, policies, timers, onModel, bases = storeBaseSource(store) } = options;
  const settings = { ...DEFAULTS, ...options.settings };
  checkSettings(settings);
  const faults: Record<string, number> = {};
  const models = new Map<string, FollowedModel>();
  for (const [modelKey, policy] of policies) {
    const onFault = (error: unknown): void => {
      const code = error instanceof AppError ? error.code : 'internal';
      faults[code] = (faults[code] ?? 0) + 1;
      options.onFault(error, modelKey);
    };
    const one = new FollowedModel({
      ...{ ...options, bases, modelKey, policy, settings, onFault },
      onModel: (model, version, writtenAtMs) => {
        onModel({ modelKey, model, version, writtenAtMs });
      },
    });
    models.set(modelKey, one);
  }
  const all = [...models.values()];
  const followAll = async (): Promise<void> => {
    await Promise.all(all.map((model) => model.follow()));
  };
  const subscription = announcements.subscribe(SNAPSHOTS_CHANNEL, (message) => {
    const modelKey = announcedModel(message);
    if (modelKey !== undefined) void models.get(modelKey)?.follow();
  });
  // A base takes a while: the other models are looked for meanwhile.
  const polling = timers.every(settings.pollIntervalMs, () => {
    void followAll();
    return Promise.resolve();
  });
  await followAll();
  const sum = (of: (model: FollowedModel) => number): number =>
    all.reduce((total, model) => total + of(model), 0);
  return {
    stats: () => ({
      bases: sum(({ bases }) => bases),
      deltas: sum(({ deltas }) => deltas),
      faults: { ...faults },
    }),
    async close() {
      polling.stop();
      subscription.close();
      await Promise.all(all.map((model) => model.stop()));
      await bases.close();
    },
  };
}

/** undefined: no model is named */
function announcedModel(message: Uint8Array): string | undefined {
  try {
    const { model } = JSON.parse(Buffer.from(message).toString('utf8')) as { readonly model?: unknown };
    return typeof model === 'string' ? model : undefined;
  } catch {
    return undefined;
  }
}

function checkSettings(settings: FollowSettings): void {
  for (const [name, value] of Object.entries(settings) as [string, number][]) {
    if (!(value > 0 && value < Infinity))
      throw new AppError('config/bad-value', `${name} is ${shown(value)}; expected a number of ms > 0`);
  }
}
