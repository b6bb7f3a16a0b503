import type { Model, Policy } from '../../bandit/policy.js';
import type { Clock } from '../../core/clock.js';
import { AppError, shown } from '../../core/errors.js';
import type { Timers } from '../../core/timers.js';
import { holds } from '../../features/key-value/checked-batch.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { corrupt } from '../update/pieces.js';
import { applySnapshot, checkMadeFor, decodeSnapshot, type Snapshot } from '../update/snapshot.js';
import type { BaseSource } from './base-source.js';
import { decodeManifest, type Manifest, type StoredBase } from './manifest.js';
import { deltaKey, headKey, sameBase } from './snapshot-keys.js';
import { TimeSlices } from './time-slices.js';

export interface FollowedModelOptions {
  readonly store: Pick<KeyValueStore, 'getMany'>;
  readonly bases: BaseSource;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly contextSchema: string;
  readonly modelKey: string;
  readonly policy: Policy;
  readonly settings: { readonly sliceMs: number; readonly retryIntervalMs: number };
  /** from now on this is the model, of that version: a new one, or the one before with deltas taken in */
  readonly onModel: (model: Model, version: number, writtenAtMs: number) => void;
  readonly onFault: (error: unknown) => void;
}

type BaseName = Pick<StoredBase, 'token' | 'version'>;

interface Followed {
  readonly base: BaseName;
  readonly model: Model;
  version: number;
}

/** Deltas read at a time. */
const DELTAS_AT_ONCE = 16;

/** One model as it comes out of the store. What is served stays as it is until all of something better has been read and checked. */
export class FollowedModel {
  bases = 0;
  deltas = 0;
  readonly #headKey: string;
  #followed: Followed | undefined;
  /** the head that is taken in, or that nothing can be made of */
  #done: Uint8Array | undefined;
  /** a base that cannot be read whole: not tried again before then */
  #unusable: { readonly base: BaseName; readonly untilMs: number } | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(readonly options: FollowedModelOptions) {
    this.#headKey = headKey(options.modelKey);
  }

  /** Looks what there is, and takes it in. A call meanwhile looks once more. Never rejects. */
  follow(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Nothing is taken in any more once it resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#catchUp();
      }
    } catch (error) {
      this.options.onFault(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #catchUp(): Promise<void> {
    const { store, policy, contextSchema } = this.options;
    const [head] = await store.getMany([this.#headKey]);
    if (head === undefined || holds(head, this.#done)) return;
    let manifest: Manifest;
    try {
      manifest = decodeManifest(head);
      checkMadeFor(policy, contextSchema, { ...manifest, version: manifest.base.version });
    } catch (error) {
      this.#done = head;
      throw error;
    }
    const followed = this.#followed;
    const led = followed !== undefined && sameBase(followed.base, manifest.base);
    const whole = led && (await this.#takeDeltas(followed, manifest, true));
    if (whole || (await this.#load(manifest))) this.#done = head;
  }

  /**
   * Reads the base and its deltas into a new model, and serves that.
   * @returns whether that is all there is
   */
  async #load(manifest: Manifest): Promise<boolean> {
    const { bases, policy, clock, settings, onFault } = this.options;
    const { base } = manifest;
    const unusable = this.#unusable;
    if (unusable && sameBase(unusable.base, base) && clock.nowMs() < unusable.untilMs) return false;
    let whole = false;
    try {
      const model = policy.emptyModel();
      const slices = this.#slices();
      const isThere = await bases.read(manifest, (part) => {
        if (this.#stopped) throw new Error('nobody follows any more');
        policy.apply(model, part);
        return slices.pause();
      });
      if (this.#stopped || (!isThere && (await this.#hasMovedOn(base)))) return false;
      if (!isThere) throw corrupt(`base ${base.version} of ${shown(manifest.modelKey)} lacks a chunk`);
      const fresh: Followed = {
        base: { token: base.token, version: base.version },
        model,
        version: base.version,
      };
      whole = await this.#takeDeltas(fresh, manifest, false);
      this.#followed = fresh;
      this.bases++;
      this.#serve(fresh, manifest);
      // Others came while it was read.
      this.#again = true;
    } catch (error) {
      if (this.#stopped) return false;
      if (isStoreFault(error)) throw error;
      onFault(error);
    }
    if (!whole) this.#unusable = { base, untilMs: clock.nowMs() + settings.retryIntervalMs };
    return whole;
  }

  /** It was removed for a newer one: nothing is wrong. */
  async #hasMovedOn(base: BaseName): Promise<boolean> {
    const [head] = await this.options.store.getMany([this.#headKey]);
    this.#again = head !== undefined && !sameBase(decodeManifest(head).base, base);
    return this.#again || head === undefined;
  }

  /**
   * Takes in what came after `followed.version`, as far as it is there.
   * @param served so every step is told
   * @returns whether that is all there is
   */
  async #takeDeltas(followed: Followed, manifest: Manifest, served: boolean): Promise<boolean> {
    const { store, policy, contextSchema, onFault } = this.options;
    const at = [manifest.base.version, ...manifest.deltas].indexOf(followed.version);
    if (at < 0) return false;
    const slices = this.#slices();
    for (let from = at; from < manifest.deltas.length; from += DELTAS_AT_ONCE) {
      const versions = manifest.deltas.slice(from, from + DELTAS_AT_ONCE);
      const found = await store.getMany(
        versions.map((version) => deltaKey(manifest.modelKey, manifest.base, version)),
      );
      for (const [i, version] of versions.entries()) {
        if (this.#stopped) return false;
        try {
          const delta = checkedDelta(found[i], followed.version, version);
          applySnapshot(policy, contextSchema, followed.model, delta);
        } catch (error) {
          onFault(error);
          return false;
        }
        followed.version = version;
        this.deltas++;
        if (served) this.#serve(followed, manifest);
        await slices.pause();
      }
    }
    return true;
  }

  #serve({ model, version }: Followed, { writtenAtMs }: Manifest): void {
    this.options.onModel(model, version, writtenAtMs);
  }

  #slices(): TimeSlices {
    const { timers, clock, settings } = this.options;
    return new TimeSlices(timers, clock, settings.sliceMs);
  }
}

/** @throws AppError `snapshot/corrupt` unless it is the delta of that version to that parent */
function checkedDelta(bytes: Uint8Array | undefined, parentVersion: number, version: number): Snapshot {
  if (bytes === undefined) throw corrupt(`delta ${version} is not there`);
  const delta = decodeSnapshot(bytes);
  if (delta.kind === 'delta' && delta.version === version && delta.parentVersion === parentVersion)
    return delta;
  throw corrupt(
    `a ${delta.kind} ${delta.version} after ${delta.parentVersion}; expected a delta ${version} after ${parentVersion}`,
  );
}

function isStoreFault(error: unknown): boolean {
  return !(error instanceof AppError) || error.code.startsWith('store/');
}
