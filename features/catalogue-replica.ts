import type { CatalogueRow } from '../client/types.js';
import { AppError } from '../core/errors.js';
import {
  decodeHead,
  encoded,
  HEAD_KEY,
  readRevisions,
  readRows,
  revisionEntry,
  REVISIONS_AT_ONCE,
  ROWS_KEY,
  scanRevisions,
  type CatalogueHead,
} from './catalogue-records.js';
import { CatalogueTitles } from './catalogue-titles.js';
import type { ContextSchema } from './context-vector.js';
import { holds } from './key-value/checked-batch.js';
import type { KeyValueStore } from './key-value/key-value.js';
import type { CatalogueLimits } from './title-check.js';

export interface ReplicaOptions {
  /** marks a store that a process began to fill: random bits, where several share it; default `single`, always */
  readonly newOrigin?: () => string;
  /** a change was written. Must not throw */
  readonly onWritten?: () => void;
  /** what was in memory is not what the store has now: it was read anew. Must not throw */
  readonly onReloaded?: (reason: string) => void;
}

type Entry = readonly [key: string, value: Uint8Array];

/** The catalogue in memory as the store has it. One call at a time. */
export class CatalogueReplica {
  titles: CatalogueTitles;
  rows: readonly CatalogueRow[] = [];
  /** of what is in memory, as the store has it; undefined: the store has none */
  #head: { readonly bytes: Uint8Array; readonly head: CatalogueHead } | undefined;

  constructor(
    readonly schema: ContextSchema,
    readonly store: KeyValueStore,
    readonly limits: CatalogueLimits,
    readonly options: ReplicaOptions,
  ) {
    this.titles = new CatalogueTitles(schema, limits);
  }

  get count(): number {
    return this.titles.revisions.length;
  }

  get rowsVersion(): number {
    return this.#head?.head.rowsVersion ?? 0;
  }

  /**
   * Writes entries and the head they lead to, if the store still has the head they were made on.
   *
   * @throws AppError `store/conflict`: follow, and make the change again
   */
  async write(change: Partial<CatalogueHead>, entries: readonly Entry[]): Promise<void> {
    const { origin = this.#newOrigin(), rowsVersion = 0 } = this.#head?.head ?? {};
    const head = { origin, revisions: this.count, rowsVersion, ...change };
    const bytes = encoded(head);
    await this.store.write({
      expect: [[HEAD_KEY, this.#head?.bytes]],
      puts: [...entries, [HEAD_KEY, bytes]],
    });
    this.#head = { bytes, head };
    this.options.onWritten?.();
  }

  #newOrigin(): string {
    return this.options.newOrigin?.() ?? 'single';
  }

  /** Everything anew. */
  async load(): Promise<void> {
    const titles = new CatalogueTitles(this.schema, this.limits);
    const [bytes] = await this.store.getMany([HEAD_KEY]);
    const head = bytes && decodeHead(bytes);
    const revisions = head ? readRevisions(this.store, 0, head.revisions) : scanRevisions(this.store);
    for await (const revision of revisions) titles.install(revision);
    this.rows = await readRows(this.store);
    this.titles = titles;
    this.#head = bytes && head && { bytes, head };
  }

  /** Takes in what others wrote. @throws AppError `store/unavailable` | `store/corrupt` */
  async follow(): Promise<void> {
    for (;;) {
      try {
        await this.#follow();
        return;
      } catch (error) {
        // Others were filling the same gap.
        if (!isConflict(error)) throw error;
      }
    }
  }

  async #follow(): Promise<void> {
    const [bytes] = await this.store.getMany([HEAD_KEY]);
    if (holds(bytes, this.#head?.bytes)) return;
    if (bytes === undefined) {
      await this.#restore();
      return;
    }
    const head = decodeHead(bytes);
    if (await this.#agrees(head)) {
      await this.#takeIn(bytes, head);
      return;
    }
    this.options.onReloaded?.(
      'the store had lost part of the catalogue, and other titles have got its numbers since',
    );
    await this.load();
  }

  /** Installs what the head has beyond what is here. */
  async #takeIn(bytes: Uint8Array, head: CatalogueHead): Promise<void> {
    for await (const revision of readRevisions(this.store, this.count, head.revisions))
      this.titles.install(revision);
    const known = this.#head?.head;
    if (head.rowsVersion !== known?.rowsVersion || head.origin !== known.origin)
      this.rows = await readRows(this.store);
    this.#head = { bytes, head };
    // The store went back, or was filled again by a process that knew less: what it lacks gets the numbers it had.
    if (this.count > head.revisions) await this.#restoreFrom(head.revisions);
  }

  /** Are the revisions that both have the same ones? Where the store only grew, the newest one here tells. */
  async #agrees({ origin, revisions }: CatalogueHead): Promise<boolean> {
    const grew = origin === this.#head?.head.origin && revisions >= this.count;
    const to = Math.min(revisions, this.count);
    for await (const stored of readRevisions(this.store, grew ? Math.max(0, to - 1) : 0, to)) {
      const own = encoded(this.titles.stored(stored.revision));
      if (!holds(encoded(stored), own)) return false;
    }
    return true;
  }

  /**
   * The store has lost everything (a server without persistence): what is in memory is written again, under the numbers that decisions in the log name. The
   * head comes last, so nobody sees half of it.
   */
  async #restore(): Promise<void> {
    this.#head = undefined;
    if (this.count + this.rows.length > 0) await this.#restoreFrom(0);
  }

  async #restoreFrom(revision: number): Promise<void> {
    const expect = [[HEAD_KEY, this.#head?.bytes] as const];
    for (let at = revision; at < this.count; at += REVISIONS_AT_ONCE) {
      const end = Math.min(at + REVISIONS_AT_ONCE, this.count);
      const puts = Array.from({ length: end - at }, (_, i) => revisionEntry(this.titles.stored(at + i)));
      await this.store.write({ expect, puts });
    }
    await this.write({}, this.#head === undefined ? [[ROWS_KEY, encoded(this.rows)]] : []);
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof AppError && error.code === 'store/conflict';
}
