import type { AnalyticsTable } from '../analytics/analytics.js';
import type { Topic } from '../event-log/event-log.js';
import type { FenceState } from '../events/label-fence.js';
import type { Printed } from './printed-rows.js';

export interface PartitionOffset {
  readonly topic: Topic;
  readonly partition: number;
  /** the next record to read once this batch is in */
  readonly offset: number;
  /** of a partition of `labels`: as its fence is there */
  readonly fence?: FenceState;
}

/** Rows on their way to the tables, and how far into the log they reach. */
export interface WritableBatch extends Printed {
  /** by partitionKey */
  readonly offsets: ReadonlyMap<string, PartitionOffset>;
}

/** One that is being gathered. */
export class RowBatch implements WritableBatch {
  readonly tables = new Map<
    AnalyticsTable,
    { columns: readonly string[]; lines: Uint8Array[]; count: number }
  >();
  readonly hours = new Set<number>();
  readonly offsets = new Map<string, PartitionOffset>();
  count = 0;

  add(rows: Printed, reached: PartitionOffset): void {
    this.#take(rows);
    this.offsets.set(partitionKey(reached.topic, reached.partition), reached);
  }

  /** Takes in a batch that was gathered after this one. @returns false: its rows have other columns, nothing was taken */
  append(batch: WritableBatch): boolean {
    for (const [table, { columns }] of batch.tables) {
      const mine = this.tables.get(table)?.columns;
      if (mine !== undefined && mine.join() !== columns.join()) return false;
    }
    this.#take(batch);
    for (const [key, reached] of batch.offsets) this.offsets.set(key, reached);
    return true;
  }

  #take({ tables, hours, count }: Printed): void {
    for (const [table, { columns, lines, count: more }] of tables) {
      const rows = this.tables.get(table);
      if (rows === undefined) this.tables.set(table, { columns, lines: [...lines], count: more });
      else {
        rows.lines.push(...lines);
        rows.count += more;
      }
    }
    for (const hour of hours) this.hours.add(hour);
    this.count += count;
  }
}

export function partitionKey(topic: Topic, partition: number): string {
  return `${topic}/${partition}`;
}
