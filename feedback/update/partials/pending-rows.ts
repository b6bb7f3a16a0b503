import type { LearnerPartition } from '../learner-partition.js';
import type { PartialChange } from './partial-keys.js';

/** A row of one of a partition's statistics, these by their place in `stored`. */
export interface PendingRow {
  readonly s: number;
  readonly row: number;
}

/** What of one partition's statistics the store lacks. */
export class PendingRows {
  readonly #pending: readonly { readonly rows: Set<number>; shared: boolean }[];

  constructor(readonly partition: LearnerPartition) {
    this.#pending = partition.stored.map(() => ({ rows: new Set(), shared: true }));
  }

  get isEmpty(): boolean {
    return this.#pending.every(({ rows }) => rows.size === 0);
  }

  /** Takes over which rows were touched since the last call. */
  drain(): void {
    for (const [s, { shared }] of this.partition.stored.entries()) {
      const pending = this.#pending[s]!;
      for (const row of this.partition.touched[s]!.drainUnpublished()) pending.rows.add(row);
      if (shared !== undefined && shared.drainTouched().length > 0) pending.shared = true;
    }
  }

  /** The store lacks all there is. */
  addAll(): void {
    for (const [s, { arms }] of this.partition.stored.entries()) {
      const pending = this.#pending[s]!;
      pending.shared = true;
      for (let row = 0; row < arms.rows; row++) if (arms.has(row)) pending.rows.add(row);
    }
  }

  rows(): PendingRow[] {
    return this.#pending.flatMap(({ rows }, s) => Array.from(rows, (row) => ({ s, row })));
  }

  encodeRow({ s, row }: PendingRow): Uint8Array {
    return this.partition.stored[s]!.arms.encodeRow(row);
  }

  keyOf({ s }: PendingRow): string {
    return this.partition.stored[s]!.key;
  }

  /** The shared blocks that moved, by key of their statistics. */
  sharedBlocks(): [string, Uint8Array][] {
    return this.partition.stored.flatMap(({ key, shared }, s): [string, Uint8Array][] =>
      shared !== undefined && this.#pending[s]!.shared ? [[key, shared.encodeRow(0)]] : [],
    );
  }

  changeOf(rows: readonly PendingRow[]): PartialChange {
    const change: Record<string, number[]> = {};
    for (const one of rows) (change[this.keyOf(one)] ??= []).push(one.row);
    return change;
  }

  /** These and all shared blocks are in the store, as they are now or as they were before a later `drain`. */
  written(rows: readonly PendingRow[]): void {
    for (const { s, row } of rows) this.#pending[s]!.rows.delete(row);
    for (const pending of this.#pending) pending.shared = false;
  }
}
