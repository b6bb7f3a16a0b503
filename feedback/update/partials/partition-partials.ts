import { holds, isConflict } from '../../../features/key-value/checked-batch.js';
import type { Expectation, KeyValueStore } from '../../../features/key-value/key-value.js';
import type { LearnerPartition } from '../learner-partition.js';
import { CHANGES_KEPT, decodeJson, encodeJson, PartialKeys, type PartialHead } from './partial-keys.js';
import { PartialOwnership } from './partial-ownership.js';
import { PendingRows } from './pending-rows.js';

/** Rows of one write: some 2 MiB at d = 32. */
const ROWS_PER_WRITE = 500;
/** Between two looks at what was written while nothing is. */
const CHECK_INTERVAL_MS = 1_000;
/** Readers are done with a generation so long after another has taken its place. */
const SWEEP_AFTER_MS = 60_000;

/** A head, and its bytes in the store; undefined: none yet. */
interface Written {
  readonly head: PartialHead;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Keeps one partition's statistics in the store up to date, for as long as the partition is this learner's. Every write expects that the partition's owner in the
 * store is still this one: who was put out of it writes nothing any more.
 */
export class PartitionPartials {
  readonly #keys: PartialKeys;
  readonly #ownership: PartialOwnership;
  readonly #pending: PendingRows;
  /** undefined: not taken over in the store yet, or no longer what it was */
  #written: Written | undefined;
  /** its answer did not come: it was written if this is the head */
  #unsure: (Written & { readonly bytes: Uint8Array }) | undefined;
  #lastVersion = 0;
  #isFenced = false;
  /** what is in the store is not to be built on */
  #isDistrusted = false;
  #generations = 0;
  #seenAtMs = -Infinity;
  #takenAtMs = -Infinity;

  constructor(
    readonly partition: LearnerPartition,
    readonly store: KeyValueStore,
  ) {
    this.#keys = new PartialKeys(partition.partition);
    this.#ownership = new PartialOwnership(partition, this.#keys, store);
    this.#pending = new PendingRows(partition);
  }

  /** Another learner has taken the partition over: nothing is written any more. */
  isFenced(): boolean {
    return this.#isFenced;
  }

  /** The store knows this learner as the partition's owner, as far as is known. */
  get isOwner(): boolean {
    return this.#written !== undefined && !this.#isFenced;
  }

  /** To be expected by whatever else only the owner may write. */
  get guard(): readonly Expectation[] {
    return this.#ownership.guard;
  }

  /**
   * Writes what has changed. One call at a time.
   *
   * @param between runs its work between two batches
   * @param nowMs when there is nothing to write, now and then the store is asked whether it still has what was written
   * @throws what the store throws; what was not written is tried again with the next call
   */
  async flush(between: <T>(work: () => T) => Promise<T>, nowMs: number): Promise<void> {
    if (this.#isFenced) return;
    // Rows drained now have all labels before this offset when they are encoded, and perhaps later ones.
    const labelsOffset = await between(() => {
      this.#pending.drain();
      return this.partition.labelsOffset;
    });
    try {
      await this.#becomeSure();
      const written = this.#written ?? (await this.#takeOver(nowMs));
      if (written === undefined) return;
      if (labelsOffset !== written.head.labelsOffset || !this.#pending.isEmpty)
        await this.#write(written.head, labelsOffset);
      else if (nowMs - this.#seenAtMs >= CHECK_INTERVAL_MS) await this.#look(written, nowMs);
      else return;
      this.#seenAtMs = nowMs;
    } catch (error) {
      if (!isConflict(error)) throw error;
      await this.#explainConflict();
    }
  }

  async #becomeSure(): Promise<void> {
    const unsure = this.#unsure;
    if (unsure === undefined) return;
    const [held] = await this.store.getMany([this.#keys.head]);
    if (this.#written !== undefined && holds(held, unsure.bytes)) this.#written = unsure;
    this.#unsure = undefined;
  }

  /** Becomes the owner in the store, and finds out whether the former owner's rows can stay. @returns undefined: it is not the owner, or not yet */
  async #takeOver(nowMs: number): Promise<Written | undefined> {
    const { owner, head: headKey } = this.#keys;
    const [ownerBytes, headBytes] = await this.store.getMany([owner, headKey]);
    if (await this.#ownership.isSucceededBy(ownerBytes)) {
      this.#isFenced = true;
      return undefined;
    }
    const head = headBytes && decodeJson<PartialHead>(headBytes);
    const fingerprints = Object.fromEntries(
      this.partition.stored.map(({ key, fingerprint }) => [key, fingerprint]),
    );
    const isKept = head !== undefined && this.#leadsOn(head, fingerprints);
    // Should this learner end before all rows are written, whoever comes next removes what it wrote of them.
    const bytes = isKept || head === undefined ? headBytes : encodeJson({ ...head, isSwept: false });
    const seen = [ownerBytes, headBytes] as const;
    if (!(await this.#ownership.take(seen, bytes && !isKept ? [[headKey, bytes]] : []))) return undefined;
    this.#takenAtMs = nowMs;
    this.#lastVersion = Math.max(this.#lastVersion, head?.version ?? 0);
    if (isKept) return (this.#written = { head, bytes });
    this.#isDistrusted = false;
    this.#pending.addAll();
    const { labels, options } = this.partition;
    const generation = `${labels.ownerEpoch}.${options.owner}.${++this.#generations}`;
    const version = this.#lastVersion;
    return (this.#written = {
      head: { version, labelsOffset: -1, generation, isSwept: false, fingerprints },
      bytes,
    });
  }

  /**
   * Labels from `restoredTo` on were folded in this life, and the rows that they touched are pending; those of before must be in the store. It must have
   * nothing that the log has not.
   */
  #leadsOn(head: PartialHead, fingerprints: PartialHead['fingerprints']): boolean {
    const { restoredTo, labelsOffset } = this.partition;
    return (
      !this.#isDistrusted &&
      head.labelsOffset >= restoredTo &&
      head.labelsOffset <= labelsOffset &&
      JSON.stringify(head.fingerprints) === JSON.stringify(fingerprints)
    );
  }

  /** In slices; the head moves with the last. What a slice that fails had, and those after it, stays pending. */
  async #write(before: PartialHead, labelsOffset: number): Promise<void> {
    const pending = this.#pending;
    const keys = this.#keys.in(before.generation);
    const all = pending.rows();
    const version = ++this.#lastVersion;
    const head = { ...before, version, labelsOffset };
    const bytes = encodeJson(head);
    for (let at = 0; at < Math.max(1, all.length); at += ROWS_PER_WRITE) {
      const puts = all
        .slice(at, at + ROWS_PER_WRITE)
        .map((one): [string, Uint8Array] => [keys.row(pending.keyOf(one), one.row), pending.encodeRow(one)]);
      const isLast = at + ROWS_PER_WRITE >= all.length;
      if (isLast) {
        for (const [key, block] of pending.sharedBlocks()) puts.push([keys.shared(key), block]);
        // Versions that were tried in vain have nothing; whether one came through after all does not matter then.
        for (let missed = before.version + 1; missed < version; missed++)
          puts.push([keys.change(missed), encodeJson({})]);
        puts.push([keys.change(version), encodeJson(pending.changeOf(all))], [this.#keys.head, bytes]);
        this.#unsure = { head, bytes };
      }
      const deletes = isLast ? [keys.change(version - CHANGES_KEPT)] : [];
      await this.store.write({ expect: this.guard, puts, deletes });
    }
    pending.written(all);
    this.#unsure = undefined;
    this.#written = { head, bytes };
  }

  async #look({ head, bytes }: Written, nowMs: number): Promise<void> {
    const [owner, held] = await this.store.getMany([this.#keys.owner, this.#keys.head]);
    if (!this.#ownership.isIn(owner) || !holds(held, bytes)) await this.#explainConflict();
    else if (!head.isSwept && nowMs - this.#takenAtMs >= SWEEP_AFTER_MS) await this.#sweep(head);
  }

  /** Removes what earlier generations left. */
  async #sweep(head: PartialHead): Promise<void> {
    const { prefix } = this.#keys.in(head.generation);
    let deletes: string[] = [];
    const write = async (): Promise<void> => {
      await this.store.write({ expect: this.guard, deletes });
      deletes = [];
    };
    for await (const [key] of this.store.scan(this.#keys.root)) {
      if (key !== this.#keys.head && !key.startsWith(prefix)) deletes.push(key);
      if (deletes.length >= ROWS_PER_WRITE) await write();
    }
    await write();
    await this.#write({ ...head, isSwept: true }, head.labelsOffset);
  }

  /** Another owner, or a store that has lost what it was given: then everything is written anew, with the next call. */
  async #explainConflict(): Promise<void> {
    this.#unsure = undefined;
    const [owner] = await this.store.getMany([this.#keys.owner]);
    if (await this.#ownership.isSucceededBy(owner)) {
      this.#isFenced = true;
      return;
    }
    this.#written = undefined;
    this.#isDistrusted = true;
  }
}
