import type { Printed } from './printed-rows.js';
import { RowBatch, type PartitionOffset } from './row-batch.js';

/** Gathers rows into batches and writes them one after another: while one is written, the next fills, and no third exists. */
export interface BatchWriter {
  /** Takes the rows in, first waiting for room. After `stop` it takes nothing: the log still has them. */
  add(rows: Printed, reached: PartitionOffset): Promise<void>;
  /** Resolves when all that was added before the call is written, or writing has been given up. */
  flush(): Promise<void>;
  /** rows held: at most two batches and one call of `add` */
  readonly held: number;
  stop(): void;
}

export interface BatchWriterOptions {
  readonly batchRows: number;
  readonly maxBatchAgeMs: number;
  /** writes one batch whole, trying for as long as it takes; a rejection means it was given up */
  readonly write: (batch: RowBatch) => Promise<void>;
}

export function batchWriter({ batchRows, maxBatchAgeMs, write }: BatchWriterOptions): BatchWriter {
  let filling = new RowBatch();
  let written: RowBatch | undefined;
  let writing: Promise<void> | undefined;
  let due = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  /** Starts writing what has gathered, unless a batch is being written: then that one starts it when it ends. */
  const begin = (): Promise<void> => {
    if (writing !== undefined) {
      due = true;
      return writing;
    }
    if (filling.offsets.size === 0) return Promise.resolve();
    clearTimeout(timer);
    timer = undefined;
    due = false;
    written = filling;
    filling = new RowBatch();
    writing = write(written)
      .catch(() => undefined)
      .finally(() => {
        writing = undefined;
        written = undefined;
        if (!stopped && (due || filling.count >= batchRows)) void begin();
      });
    return writing;
  };

  return {
    get held() {
      return filling.count + (written?.count ?? 0);
    },
    async add(rows, reached) {
      while (!stopped && filling.count >= batchRows) await begin();
      if (stopped) return;
      filling.add(rows, reached);
      if (filling.count >= batchRows) void begin();
      else timer ??= setTimeout(() => void begin(), maxBatchAgeMs);
    },
    async flush() {
      await writing;
      await begin();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
