import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Analytics } from '../analytics/analytics.js';
import type { Batch, Consumer, EventLog, Topic } from '../event-log/event-log.js';
import { batchRowMaker, type BatchRowMaker } from './batch-rows.js';
import { batchWriter, type BatchWriter } from './batch-writer.js';
import { drain } from './drain.js';
import { LabelFences } from './label-fences.js';
import { retry } from './retry.js';
import { partitionKey, type RowBatch } from './row-batch.js';
import type { TitleNames } from './rows.js';
import { sinkOffsets, type SinkOffsets, type StoredOffset } from './sink-offsets.js';
import { sinkSettings, type SinkSettings } from './sink-settings.js';
import { SinkCounters, type SinkStats } from './sink-stats.js';

const SINK_TOPICS = [
  'decisions',
  'impressions',
  'plays',
  'labels',
  'dead-letter',
] as const satisfies readonly Topic[];
const RECORDS_PER_READ = 1_000;

export interface SinkOptions extends Partial<SinkSettings> {
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly revisions: TitleNames;
  readonly clock: Clock;
  /** takes a line per failure that is being retried; default: dropped */
  readonly onLog?: (line: string) => void;
}

/** Events → analytics. Rows first, offsets after: at least once, and the tables make of a replay what was there before. */
export interface Sink {
  /**
   * Resolves when every record that was in the log at the call is written and visible to queries; while analytics are away it waits.
   * @throws AppError `log/closed` when the sink ends before that
   */
  drained(): Promise<void>;
  stats(): SinkStats;
  /** Stops reading, tries once to write what it holds, leaves the rest to the log. Idempotent. */
  close(): Promise<void>;
  /** resolves after `close`; rejects when the log could not be read on */
  readonly stopped: Promise<void>;
}

/**
 * Brings the tables up to date and starts writing. Memory is bounded by two batches: while analytics are away the sink stops reading,
 * and the log keeps the events.
 *
 * @throws AppError `config/bad-value` | what `analytics.migrate` throws
 */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const settings = sinkSettings(options);
  await options.analytics.migrate();
  const sink = new LogSink(options, settings);
  await sink.start();
  return sink;
}

class LogSink implements Sink {
  stopped: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  readonly #counters = new SinkCounters();
  readonly #offsets: SinkOffsets;
  readonly #writer: BatchWriter;
  readonly #rows: BatchRowMaker;
  readonly #fences = new LabelFences();
  readonly #asked = new Set<string>();
  #storedAtStart: ReadonlyMap<string, StoredOffset> = new Map();
  #consumer: Consumer | undefined;
  #ended = false;

  constructor(
    private readonly options: SinkOptions,
    private readonly settings: SinkSettings,
  ) {
    this.#offsets = sinkOffsets(options.analytics, settings.group, options.clock);
    this.#rows = batchRowMaker(options.revisions, options.clock, this.#fences, this.#counters);
    this.#writer = batchWriter({ ...settings, write: (batch) => this.#write(batch) });
  }

  async start(): Promise<void> {
    this.#storedAtStart = await this.#persist(() => this.#offsets.stored());
    this.#consumer = await this.#consume(true);
    this.stopped = this.#consumer.stopped
      .catch((error: unknown) => this.#consumeWhatIsLeft(error))
      .finally(() => (this.#ended = true));
    // Whoever cares awaits `stopped`; a sink that nobody watches must not take the process down on its own.
    this.stopped.catch(() => undefined);
  }

  stats(): SinkStats {
    return this.#counters.stats(this.#writer.held);
  }

  drained(): Promise<void> {
    return drain({
      log: this.options.log,
      topics: SINK_TOPICS,
      flush: () => this.#writer.flush(),
      position: (topic, partition) => this.#counters.position(topic, partition),
      stored: () => this.#persist(() => this.#offsets.stored()),
      hasEnded: () => this.#ended || this.#closing.signal.aborted,
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#writer.stop();
    const consumerClosed = this.#consumer?.close();
    await this.#writer.flush();
    await consumerClosed;
    await this.stopped.catch(() => undefined);
  }

  #consume(fromStored: boolean): Promise<Consumer> {
    return this.options.log.consume({
      group: this.settings.group,
      topics: SINK_TOPICS,
      maxBatchRecords: RECORDS_PER_READ,
      ...(fromStored ? { startAt: (topic, partition) => this.#startAt(topic, partition) } : {}),
      onBatch: (batch) => this.#take(batch),
    });
  }

  /** The tables were behind the oldest record the log still has: go on from there, saying so. */
  async #consumeWhatIsLeft(error: unknown): Promise<void> {
    if (
      !(error instanceof AppError) ||
      error.code !== 'log/offset-out-of-range' ||
      this.#closing.signal.aborted
    )
      throw error;
    this.options.onLog?.(`the log no longer has all that is missing from the tables: ${error.message}`);
    this.#consumer = await this.#consume(false);
    await this.#consumer.stopped;
  }

  async #startAt(topic: Topic, partition: number): Promise<number> {
    const key = partitionKey(topic, partition);
    // One look at the tables serves the first round; a partition that comes back later was moved on by another sink.
    const stored = this.#asked.has(key)
      ? await this.#persist(() => this.#offsets.stored())
      : this.#storedAtStart;
    this.#asked.add(key);
    const { offset = 0, fence } = stored.get(key) ?? {};
    const end = (await this.options.log.endOffsets(topic))[partition] ?? 0;
    const isOfFormerLog = offset > end;
    // A log that was started afresh. Written down at once, so that nobody takes the old offset for progress.
    if (isOfFormerLog) await this.#persist(() => this.#offsets.store([{ topic, partition, offset: 0 }]));
    const start = isOfFormerLog ? 0 : offset;
    this.#counters.reached(topic, partition, start);
    if (topic === 'labels') this.#fences.resume(partition, isOfFormerLog ? undefined : fence);
    return start;
  }

  async #take(batch: Batch): Promise<void> {
    const { topic, partition, records, endOffset } = batch;
    this.#counters.ended(topic, partition, endOffset);
    const rows = await this.#rows(batch);
    const offset = records.at(-1)!.offset + 1;
    const fence = topic === 'labels' ? { fence: this.#fences.state(partition) } : {};
    await this.#writer.add(rows, { topic, partition, offset, ...fence });
  }

  async #write(batch: RowBatch): Promise<void> {
    const { analytics, clock, onLog } = this.options;
    for (const [table, rows] of batch.rows) {
      await this.#persist(() => analytics.insert(table, rows));
      this.#counters.inserted(table, rows.length, clock.nowMs());
    }
    // A barrier: what the offsets have passed must be on disk before them, or after a power loss they would pass over what is written there next.
    await this.#persist(() => this.options.log.append('labels', [], 'synced'));
    await this.#persist(() => this.#offsets.store(batch.offsets.values()));
    for (const { topic, partition, offset } of batch.offsets.values()) {
      this.#counters.reached(topic, partition, offset);
      // The offset in the tables is the one that counts; the log's is for its tools, and the partition may have moved on by now.
      await this.#consumer
        ?.commit(topic, partition, offset)
        .catch((error: unknown) => onLog?.(`offset not committed: ${String(error)}`));
    }
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return retry(work, {
      minDelayMs: this.settings.minRetryDelayMs,
      maxDelayMs: this.settings.maxRetryDelayMs,
      signal: this.#closing.signal,
      onFailure: (error) => {
        this.#counters.failed(error);
        this.options.onLog?.(`the sink waits for analytics: ${String(error)}`);
      },
    });
  }
}
