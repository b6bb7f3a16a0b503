import { expect } from 'vitest';
import { steadyClock, systemClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { systemTimers } from '../../core/timers.js';
import type { Announcements } from '../../features/announcements/announcements.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { until } from '../../test/support/until.js';
import type { BaseSource } from './base-source.js';
import { CONTEXT_SCHEMA, POLICY, weightsOf, type LearnedModel } from './learned-model.fixture.js';
import {
  followSnapshots,
  type FollowedSnapshot,
  type FollowOptions,
  type SnapshotFollower,
} from './snapshot-follower.js';
import { SnapshotPublisherStore, type SnapshotPublisherOptions } from './snapshot-publisher.js';

/** One process's clients of what is between publishers and followers. */
export interface Client {
  readonly store: KeyValueStore;
  readonly announcements: Announcements;
  /** for followers; default: the store */
  readonly bases?: BaseSource;
}

export interface Carrier {
  /** a new client */
  connect(): Client;
  /** all that was stored is gone */
  empty(): Promise<void>;
}

/** For an interval at whose end nobody waits. */
export const NEVER_MS = 3_600_000;
export const SOON_MS = 20;
export const MODEL = 'home/variant/personal';

const SETTINGS = { pollIntervalMs: SOON_MS, retryIntervalMs: SOON_MS, sliceMs: 1 };

export interface TestPublisher {
  readonly publisher: SnapshotPublisherStore;
  readonly faults: string[];
  /** how often a base was asked for */
  asked(): number;
}

export interface TestFollower {
  readonly follower: SnapshotFollower;
  readonly seen: FollowedSnapshot[];
  readonly faults: string[];
  /** Waits until the newest version of what was learned is served, and compares what it holds. */
  serves(learned: LearnedModel): Promise<void>;
  /** what is served now */
  served(learned: LearnedModel): { readonly version: number; readonly weights: number[] };
}

/** Publishers and followers of one test, closed with it. */
export class SnapshotWorld {
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(readonly carrier: Carrier) {}

  emptyStore(): Promise<void> {
    return this.carrier.empty();
  }

  /** Closes it with the test. */
  closing(one: { close(): Promise<void> }): void {
    this.#closers.push(() => one.close());
  }

  client(): Client {
    const client = this.carrier.connect();
    this.#closers.push(async () => {
      await client.announcements.close();
      await client.bases?.close();
      await client.store.close();
    });
    return client;
  }

  publish(options: Partial<SnapshotPublisherOptions> = {}): TestPublisher {
    const faults: string[] = [];
    let asked = 0;
    const publisher = new SnapshotPublisherStore({
      ...this.client(),
      ...{ modelKeys: [MODEL], clock: systemClock, timers: systemTimers },
      onFault: (error) => faults.push(codeOf(error)),
      ...options,
      onBaseNeeded: (keys) => {
        asked++;
        options.onBaseNeeded?.(keys);
      },
      settings: { checkIntervalMs: SOON_MS, ...options.settings },
    });
    this.#closers.push(() => publisher.close());
    return { publisher, faults, asked: () => asked };
  }

  async follow(options: Partial<FollowOptions> = {}): Promise<TestFollower> {
    const seen: FollowedSnapshot[] = [];
    const faults: string[] = [];
    const follower = await followSnapshots({
      ...this.client(),
      ...{
        policies: new Map([[MODEL, POLICY]]),
        contextSchema: CONTEXT_SCHEMA,
        timers: systemTimers,
        clock: steadyClock,
      },
      onModel: (snapshot) => seen.push(snapshot),
      onFault: (error) => faults.push(codeOf(error)),
      ...options,
      settings: { ...SETTINGS, ...options.settings },
    });
    this.#closers.push(() => follower.close());
    const newest = (): FollowedSnapshot | undefined => seen[seen.length - 1];
    const served: TestFollower['served'] = ({ rows }) => {
      const { version, model } = newest() ?? { version: 0, model: POLICY.emptyModel() };
      return { version, weights: weightsOf(model, rows) };
    };
    return {
      ...{ follower, seen, faults, served },
      async serves(learned) {
        await until(
          `version ${learned.version}`,
          () => ({ version: newest()?.version, faults }),
          ({ version }) => version === learned.version,
        );
        expect(served(learned).weights).toEqual(learned.weights());
      },
    };
  }

  /** what the store holds of the model, without the model's prefix, head last */
  async keys(): Promise<string[]> {
    const { store } = this.client();
    const prefix = `snapshot/${encodeURIComponent(MODEL)}/`;
    const keys: string[] = [];
    for await (const [key] of store.scan('snapshot/')) keys.push(key.replace(prefix, ''));
    return keys;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** Nobody hears anything. */
export const SILENCE: Announcements = {
  announce: () => undefined,
  subscribe: () => ({ close: () => undefined }),
  close: () => Promise.resolve(),
};

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : String(error);
}
