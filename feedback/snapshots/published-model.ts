import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import { holds, isConflict } from '../../features/key-value/checked-batch.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import type { Lease } from '../../features/key-value/lease.js';
import { encodeSnapshot, type Snapshot } from '../update/snapshot.js';
import { BaseWriter } from './base-writer.js';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.js';
import { deltaKey, headKey } from './snapshot-keys.js';
import { WaitingSnapshots } from './waiting-snapshots.js';

export interface PublishedModelOptions {
  readonly store: KeyValueStore;
  readonly lease: Pick<Lease, 'token' | 'guard'> | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly modelKey: string;
  readonly settings: { readonly maxWaitingBytes: number; readonly maxDeltas: number };
  readonly onPut: (version: number) => void;
  readonly onFault: (error: unknown) => void;
  readonly onFenced: () => void;
}

/** The head as it is in the store: its bytes are what the next one expects. */
interface Head {
  readonly bytes: Uint8Array;
  /** undefined: they cannot be read, and the next base replaces them */
  readonly manifest: Manifest | undefined;
}

/** One model on its way into the store: what waits, and what is there. */
export class PublishedModel {
  bases = 0;
  deltas = 0;
  readonly waiting: WaitingSnapshots;
  readonly #headKey: string;
  readonly #base: BaseWriter;
  /** undefined: not known yet; `held` undefined: there is none */
  #head: { readonly held: Head | undefined } | undefined;
  /** a batch whose answer did not come: it was written if this is the head */
  #unsure: { readonly head: Head; readonly batch: readonly Snapshot[] } | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(readonly options: PublishedModelOptions) {
    this.waiting = new WaitingSnapshots(options.settings.maxWaitingBytes);
    this.#headKey = headKey(options.modelKey);
    this.#base = new BaseWriter(options);
  }

  /** Nothing that could be put now would lead on from what is in the store, or too much would. */
  get needsBase(): boolean {
    if (this.#working !== undefined || this.waiting.beginsWithBase) return false;
    const deltas = this.#head?.held?.manifest?.deltas.length ?? 0;
    return this.waiting.chain === undefined || deltas >= this.options.settings.maxDeltas;
  }

  put(snapshot: Snapshot): void {
    this.waiting.add(snapshot);
    this.#work();
  }

  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  stop(): void {
    this.#stopped = true;
    this.waiting.clear();
  }

  /** Tries again what failed, else looks whether the store still holds what was put. */
  async check(): Promise<void> {
    if (this.#isWorking() || this.#stopped) return;
    if (this.#unsure !== undefined || this.waiting.length > 0) {
      this.#work();
      return this.settled();
    }
    const before = this.#head;
    try {
      const held = await this.#readHead();
      if (this.#head !== before || this.#isWorking()) return;
      if (!holds(held?.bytes, before?.held?.bytes)) this.waiting.clear();
      this.#head = { held };
    } catch (error) {
      this.options.onFault(error);
    }
  }

  #isWorking(): boolean {
    return this.#working !== undefined;
  }

  #work(): void {
    if (!this.#stopped) this.#working ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    let batch: readonly Snapshot[] = [];
    try {
      await this.#becomeSure();
      while (this.waiting.length > 0) {
        batch = this.waiting.take();
        await this.#write(batch);
      }
    } catch (error) {
      // What is unsure is in good hands; the rest is tried again at the next check.
      if (this.#unsure === undefined) this.waiting.putBack(batch);
      await this.#explain(error);
    } finally {
      this.#working = undefined;
    }
  }

  async #write(batch: readonly Snapshot[]): Promise<void> {
    this.#head ??= { held: await this.#readHead() };
    const before = this.#head.held?.manifest;
    const [first] = batch;
    if (first?.kind === 'base') {
      const { base, ...rest } = await this.#base.write(first, before);
      const { modelKey, policy, contextSchema } = first;
      const previous = before && { ...before.base, deltas: before.deltas };
      await this.#commit(batch, { modelKey, policy, contextSchema, base, deltas: [], previous }, rest);
    } else if (before !== undefined) {
      const puts = batch.map((delta): [string, Uint8Array] => [
        deltaKey(delta.modelKey, before.base, delta.version),
        encodeSnapshot(delta),
      ]);
      const deltas = [...before.deltas, ...batch.map(({ version }) => version)];
      await this.#commit(batch, { ...before, deltas }, { puts });
    }
  }

  /** Changes the head, and with it whatever belongs to it: all of it or nothing. */
  async #commit(
    batch: readonly Snapshot[],
    content: Omit<Manifest, 'writtenAtMs'>,
    { expect = [], puts = [], deletes = [] }: KeyValueBatch,
  ): Promise<void> {
    const { store, lease, clock } = this.options;
    const manifest = { ...content, writtenAtMs: clock.nowMs() };
    const head: Head = { bytes: encodeManifest(manifest), manifest };
    try {
      await store.write({
        expect: [...(lease?.guard() ?? []), [this.#headKey, this.#head?.held?.bytes], ...expect],
        puts: [...puts, [this.#headKey, head.bytes]],
        deletes,
      });
    } catch (error) {
      if (!isConflict(error)) this.#unsure = { head, batch };
      throw error;
    }
    this.#committed(head, batch);
  }

  #committed(head: Head, batch: readonly Snapshot[]): void {
    this.#head = { held: head };
    for (const { kind } of batch) {
      if (kind === 'base') this.bases++;
      else this.deltas++;
    }
    this.options.onPut(batch[batch.length - 1]!.version);
  }

  async #becomeSure(): Promise<void> {
    const unsure = this.#unsure;
    const held = unsure && (await this.#readHead());
    this.#unsure = undefined;
    if (unsure === undefined) return;
    if (held !== undefined && holds(held.bytes, unsure.head.bytes))
      this.#committed(unsure.head, unsure.batch);
    else this.waiting.putBack(unsure.batch);
  }

  /** After a conflict: either the lease is another's, or the head is not what it was, and only a base leads on from that. */
  async #explain(error: unknown): Promise<void> {
    const { store, lease, onFault, onFenced } = this.options;
    if (!isConflict(error)) {
      onFault(error);
      return;
    }
    try {
      const guard = [...(lease?.guard() ?? [])];
      const held = await store.getMany(guard.map(([key]) => key));
      if (!guard.every(([, expected], i) => holds(held[i], expected))) {
        onFenced();
        return;
      }
      this.#head = { held: await this.#readHead() };
      if (!this.waiting.beginsWithBase) this.waiting.clear();
      onFault(error);
    } catch (unreadable) {
      onFault(unreadable);
    }
  }

  async #readHead(): Promise<Head | undefined> {
    const [bytes] = await this.options.store.getMany([this.#headKey]);
    if (bytes === undefined) return undefined;
    try {
      return { bytes, manifest: decodeManifest(bytes) };
    } catch (error) {
      this.options.onFault(error);
      return { bytes, manifest: undefined };
    }
  }
}
