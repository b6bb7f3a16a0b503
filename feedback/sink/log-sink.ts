import { AppError } from '../../core/errors.js';
import type { Batch, Consumer, Topic } from '../event-log/event-log.js';
import { batchPrinter, type BatchPrinter } from './batch-rows.js';
import { batchWriter, type BatchWriter } from './batch-writer.js';
import { Delivery } from './delivery.js';
import { drain } from './drain.js';
import { LabelFences } from './label-fences.js';
import { rollUpKeeper, type RollUpKeeper } from './roll-up-keeper.js';
import type { PartitionOffset } from './row-batch.js';
import { sinkOffsets, type SinkOffsets } from './sink-offsets.js';
import type { SinkSettings } from './sink-settings.js';
import { SinkCounters, type SinkStats } from './sink-stats.js';
import type { Sink, SinkOptions } from './sink.js';
import type { Spool } from './spool/spool.js';
import { StartOffsets } from './start-offsets.js';

const SINK_TOPICS = [
  'decisions',
  'impressions',
  'plays',
  'labels',
  'dead-letter',
] as const satisfies readonly Topic[];
const RECORDS_PER_READ = 1_000;

/** Puts the parts together: records → rows → batches → delivery. */
export class LogSink implements Sink {
  stopped: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  readonly #counters = new SinkCounters();
  readonly #offsets: SinkOffsets;
  readonly #rollUps: RollUpKeeper;
  readonly #delivery: Delivery;
  readonly #writer: BatchWriter;
  readonly #print: BatchPrinter;
  readonly #fences = new LabelFences();
  readonly #starts: StartOffsets;
  #consumer: Consumer | undefined;
  #ended = false;

  constructor(
    private readonly options: SinkOptions,
    private readonly settings: SinkSettings,
    private readonly spool: Spool | undefined,
  ) {
    const { analytics, log, clock, revisions: names, onLog = () => undefined } = options;
    this.#offsets = sinkOffsets(analytics, settings.group, clock);
    const onFailure = (error: unknown): void => this.#counters.failed(error);
    this.#rollUps = rollUpKeeper({ analytics, clock, intervalMs: settings.rollUpIntervalMs, onFailure });
    this.#delivery = new Delivery({
      ...{ analytics, log, clock, offsets: this.#offsets, rollUps: this.#rollUps, counters: this.#counters },
      ...{ settings, spool, signal: this.#closing.signal, onLog },
      onSettled: (offsets) => this.#settled(offsets),
    });
    this.#starts = new StartOffsets({
      ...{ log, offsets: this.#offsets, counters: this.#counters, fences: this.#fences },
      ...{ spooled: spool?.offsets() ?? new Map(), persist: (work) => this.#delivery.persist(work) },
    });
    const { slotSampleRate } = settings;
    this.#print = batchPrinter({
      ...{ names, clock, fences: this.#fences, counters: this.#counters, slotSampleRate },
      catchUp: (revisions) => this.#delivery.retried(async () => names.catchUp?.(revisions)),
    });
    this.#writer = batchWriter({ ...settings, write: (batch) => this.#delivery.write(batch) });
  }

  async start(): Promise<void> {
    const look = async (): Promise<void> => {
      await this.options.analytics.migrate();
      await this.#starts.load();
    };
    try {
      await look();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'analytics/unavailable') throw error;
      this.options.onLog?.(`the sink begins when analytics are there: ${error.message}`);
      this.#watch(this.#delivery.persist(look).then(async () => (await this.#begin()).running));
      return;
    }
    this.#watch((await this.#begin()).running);
  }

  async #begin(): Promise<{ readonly running: Promise<void> }> {
    this.#rollUps.start();
    this.#delivery.start();
    this.#consumer = await this.#consume(true);
    const consumed = this.#consumer.stopped.catch((error: unknown) => this.#consumeWhatIsLeft(error));
    return { running: Promise.race([consumed, this.#delivery.failed]) };
  }

  #watch(running: Promise<void>): void {
    const whileOpen = (error: unknown): void => {
      if (!this.#closing.signal.aborted) throw error;
    };
    this.stopped = running.catch(whileOpen).finally(() => (this.#ended = true));
    // Whoever cares awaits `stopped`; a sink that nobody watches must not take the process down on its own.
    this.stopped.catch(() => undefined);
  }

  stats(): SinkStats {
    return this.#counters.stats(this.#writer.held, this.spool?.bytes ?? 0, this.#rollUps.waiting);
  }

  async drained(): Promise<void> {
    await drain({
      log: this.options.log,
      topics: SINK_TOPICS,
      flush: () => this.#writer.flush(),
      position: (topic, partition) => this.#counters.position(topic, partition),
      stored: () => this.#delivery.persist(() => this.#offsets.stored()),
      hasEnded: () => this.#ended || this.#closing.signal.aborted,
    });
    await this.#delivery.persist(() => this.#rollUps.settle());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#writer.stop();
    const consumerClosed = this.#consumer?.close();
    await this.#writer.flush();
    await consumerClosed;
    await this.#rollUps.close();
    await this.#delivery.close();
    await this.stopped.catch(() => undefined);
  }

  #consume(fromStored: boolean): Promise<Consumer> {
    return this.options.log.consume({
      group: this.settings.group,
      topics: SINK_TOPICS,
      maxBatchRecords: RECORDS_PER_READ,
      ...(fromStored ? { startAt: (topic, partition) => this.#starts.of(topic, partition) } : {}),
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

  async #take(batch: Batch): Promise<void> {
    const { topic, partition, records, endOffset } = batch;
    this.#counters.ended(topic, partition, endOffset);
    const printed = await this.#print(batch);
    const offset = records.at(-1)!.offset + 1;
    const fence = topic === 'labels' ? { fence: this.#fences.state(partition) } : {};
    await this.#writer.add(printed, { topic, partition, offset, ...fence });
  }

  async #settled(offsets: Iterable<PartitionOffset>): Promise<void> {
    for (const { topic, partition, offset } of offsets) {
      this.#counters.reached(topic, partition, offset);
      // The offset in the tables is the one that counts; the log's is for its tools, and the partition may have moved on by now.
      await this.#consumer
        ?.commit(topic, partition, offset)
        .catch((error: unknown) => this.options.onLog?.(`offset not committed: ${String(error)}`));
    }
  }
}
