import { ANALYTICS_TABLES, type AnalyticsTable } from '../analytics/analytics.js';
import type { Topic } from '../event-log/event-log.js';
import { partitionKey } from './row-batch.js';

export interface SinkStats {
  /** rows written since the start, replayed ones included */
  readonly rows: Readonly<Record<AnalyticsTable, number>>;
  /** records of the partitions read here that are in the log and not yet written, as of the last read */
  readonly lagRecords: number;
  /** rows gathered or being written */
  readonly heldRows: number;
  /** failed attempts to write or read analytics */
  readonly retries: number;
  /** what the last of them said; undefined again after a success */
  readonly lastFailure: string | undefined;
  /** labels whose title revision is not known here: their title_id and artwork_id are '' */
  readonly unknownRevisions: number;
  /** records that could not be decoded; they are rows of dead_letters */
  readonly unreadable: number;
  /** labels passed over because they do not count, see feedback/events/label-fence.ts */
  readonly voidLabels: number;
  readonly lastInsertAtMs: number | undefined;
  /** on disk, waiting for analytics to come back */
  readonly spooledBytes: number;
  /** hours whose roll-ups lag behind, as far as this sink knows */
  readonly laggingHours: number;
}

/** What the sink counts. Positions are per topic partition. */
export class SinkCounters {
  unknownRevisions = 0;
  unreadable = 0;
  voidLabels = 0;
  #retries = 0;
  #lastFailure: string | undefined;
  #lastInsertAtMs: number | undefined;
  readonly #rows = Object.fromEntries(ANALYTICS_TABLES.map((table) => [table, 0])) as Record<
    AnalyticsTable,
    number
  >;
  readonly #reached = new Map<string, number>();
  readonly #ends = new Map<string, number>();

  inserted(table: AnalyticsTable, rows: number, atMs: number): void {
    this.#rows[table] += rows;
    this.#lastInsertAtMs = atMs;
    this.#lastFailure = undefined;
  }

  failed(error: unknown): void {
    this.#retries++;
    this.#lastFailure = String(error);
  }

  /** `offset` is the next record to write */
  reached(topic: Topic, partition: number, offset: number): void {
    this.#reached.set(partitionKey(topic, partition), offset);
  }

  position(topic: Topic, partition: number): number | undefined {
    return this.#reached.get(partitionKey(topic, partition));
  }

  ended(topic: Topic, partition: number, endOffset: number): void {
    this.#ends.set(partitionKey(topic, partition), endOffset);
  }

  stats(heldRows: number, spooledBytes: number, laggingHours: number): SinkStats {
    let lagRecords = 0;
    for (const [key, end] of this.#ends) lagRecords += Math.max(0, end - (this.#reached.get(key) ?? 0));
    return {
      rows: { ...this.#rows },
      lagRecords,
      heldRows,
      retries: this.#retries,
      lastFailure: this.#lastFailure,
      unknownRevisions: this.unknownRevisions,
      unreadable: this.unreadable,
      voidLabels: this.voidLabels,
      lastInsertAtMs: this.#lastInsertAtMs,
      spooledBytes,
      laggingHours,
    };
  }
}
