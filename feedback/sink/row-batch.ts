import type { AnalyticsRow, AnalyticsTable } from '../analytics/analytics.js';
import type { Topic } from '../event-log/event-log.js';
import type { FenceState } from '../events/label-fence.js';
import type { TableRow } from './rows.js';

export interface PartitionOffset {
  readonly topic: Topic;
  readonly partition: number;
  /** the next record to read once this batch is in */
  readonly offset: number;
  /** of a partition of `labels`: as its fence is there */
  readonly fence?: FenceState;
}

/** Rows on their way to the tables, and how far into the log they reach. */
export class RowBatch {
  readonly rows = new Map<AnalyticsTable, AnalyticsRow[]>();
  readonly offsets = new Map<string, PartitionOffset>();
  /** rows of all tables */
  count = 0;

  add(rows: readonly TableRow[], reached: PartitionOffset): void {
    for (const { table, row } of rows) {
      const ofTable = this.rows.get(table);
      if (ofTable === undefined) this.rows.set(table, [row]);
      else ofTable.push(row);
    }
    this.count += rows.length;
    this.offsets.set(partitionKey(reached.topic, reached.partition), reached);
  }
}

export function partitionKey(topic: Topic, partition: number): string {
  return `${topic}/${partition}`;
}
