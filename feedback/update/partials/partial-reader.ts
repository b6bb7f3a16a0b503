import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import type { StoredStatistics } from '../checkpoint.js';
import {
  CHANGES_KEPT,
  decodeJson,
  PartialKeys,
  type GenerationKeys,
  type PartialChange,
  type PartialHead,
} from './partial-keys.js';
import { StoredRows } from './stored-rows.js';

/** What to tell statistics by, and whether they are ours. */
export type NamedStatistics = Pick<StoredStatistics, 'key' | 'fingerprint'>;

/** The partitions' partials as their owners have written them. */
export class PartialReader {
  readonly #keys: readonly PartialKeys[];
  readonly #rows: StoredRows;
  /** by partition, as last accepted */
  readonly #heads = new Map<number, PartialHead>();

  constructor(
    readonly store: KeyValueStore,
    partitions: number,
    rowCacheBytes: number,
  ) {
    this.#keys = Array.from({ length: partitions }, (_, partition) => new PartialKeys(partition));
    this.#rows = new StoredRows(store, rowCacheBytes);
  }

  /**
   * The heads that are not the ones accepted.
   * @returns undefined: one that was there is gone; until its owner has written it anew what it knows would count for nothing
   */
  async look(): Promise<ReadonlyMap<number, PartialHead> | undefined> {
    const found = await this.store.getMany(this.#keys.map(({ head }) => head));
    const news = new Map<number, PartialHead>();
    for (const [partition, bytes] of found.entries()) {
      const before = this.#heads.get(partition);
      if (bytes === undefined && before !== undefined) return undefined;
      const head = bytes && decodeJson<PartialHead>(bytes);
      if (head === undefined || (head.version === before?.version && head.generation === before.generation))
        continue;
      news.set(partition, head);
    }
    return news;
  }

  /** From now on that is what has been read. */
  accept(news: ReadonlyMap<number, PartialHead>): void {
    for (const [partition, head] of news) this.#heads.set(partition, head);
  }

  /**
   * What its owner has written since the head accepted.
   * @returns undefined: all there is, as it is of another generation or too far ahead
   */
  async changesSince(partition: number, head: PartialHead): Promise<readonly PartialChange[] | undefined> {
    const before = this.#heads.get(partition);
    const behind = head.version - (before?.version ?? 0);
    if (before?.generation !== head.generation || behind <= 0 || behind > CHANGES_KEPT) return undefined;
    const keys = this.#keys[partition]!.in(head.generation);
    const versions = Array.from({ length: behind }, (_, i) => before.version + 1 + i);
    const lists = await this.store.getMany(versions.map((version) => keys.change(version)));
    if (lists.includes(undefined)) return undefined;
    const changes = lists.map((bytes) => decodeJson<PartialChange>(bytes!));
    for (const change of changes)
      for (const [key, rows] of Object.entries(change))
        for (const row of rows) this.#rows.put(keys.row(key, row), undefined);
    return changes;
  }

  /** All rows of one of a partition's statistics. @param head as accepted by default */
  async *scan(
    partition: number,
    { key, fingerprint }: NamedStatistics,
    head = this.#heads.get(partition),
  ): AsyncIterable<readonly [row: number, bytes: Uint8Array]> {
    // Statistics of another shape, by a learner of other settings, are not to be mistaken for these.
    if (head?.fingerprints[key] !== fingerprint) return;
    const prefix = this.#keys[partition]!.in(head.generation).rows(key);
    for await (const [name, bytes] of this.store.scan(prefix)) {
      this.#rows.put(name, bytes);
      yield [Number(name.slice(prefix.length)), bytes];
    }
  }

  /** These rows, by partition. Nothing of a partition that has none of these statistics. */
  async rows(
    partitions: readonly number[],
    statistics: NamedStatistics,
    rows: readonly number[],
  ): Promise<ReadonlyMap<number, ReadonlyMap<number, Uint8Array>>> {
    const keys = this.#generations(partitions, statistics);
    const names = [...keys.values()].flatMap((one) => rows.map((row) => one.row(statistics.key, row)));
    const found = await this.#rows.get(names);
    return new Map(
      [...keys.keys()].map((partition, p) => {
        const bytes = found.slice(p * rows.length, (p + 1) * rows.length);
        return [partition, new Map(rows.flatMap((row, i) => (bytes[i] ? [[row, bytes[i]] as const] : [])))];
      }),
    );
  }

  /** The shared block, by partition. */
  async shared(
    partitions: readonly number[],
    statistics: NamedStatistics,
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    const keys = this.#generations(partitions, statistics);
    const found = await this.store.getMany(Array.from(keys.values(), (one) => one.shared(statistics.key)));
    return new Map([...keys.keys()].flatMap((partition, i) => (found[i] ? [[partition, found[i]]] : [])));
  }

  #generations(
    partitions: readonly number[],
    { key, fingerprint }: NamedStatistics,
  ): ReadonlyMap<number, GenerationKeys> {
    return new Map(
      partitions.flatMap((partition) => {
        const head = this.#heads.get(partition);
        if (head?.fingerprints[key] !== fingerprint) return [];
        return [[partition, this.#keys[partition]!.in(head.generation)] as const];
      }),
    );
  }
}
