import { join } from 'node:path';
import { AppError } from '../../../core/errors.js';
import { partitionOf } from '../../../core/hash.js';
import { checkTopic, type ConsumerGroups, consumerGroups } from '../consumer-groups.js';
import type { EventLog, NewRecord, Position, Topic } from '../event-log.js';
import { type EmbeddedEventLogOptions, embeddedSettings, type Settings } from './embedded-settings.js';
import { GroupCommit } from './group-commit.js';
import { GroupOffsets } from './group-offsets.js';
import { checkLayout, openPartitions } from './log-layout.js';
import { type OwnedDirectory, ownDirectory } from './owned-directory.js';
import { PartitionCursor } from './partition-cursor.js';
import type { PartitionLog } from './partition-log.js';
import { applyRetention } from './retention.js';

/**
 * The event log in one directory of one process: checksummed append-only segment files, group commit, consumers that are pushed to.
 *
 * Durability of `append`: see {@link GroupCommit}; recovery: `recoverSegment`; what is kept: {@link Retention}; who may open: `ownDirectory`.
 * Consumers see a record once it is in the operating system. Values of consumed records are views of shared memory: read them, do not write.
 *
 * @throws AppError `store/owned` | `log/corrupt` | `config/bad-value`
 */
export async function embeddedEventLog(options: EmbeddedEventLogOptions): Promise<EventLog> {
  const settings = embeddedSettings(options);
  const owned = await ownDirectory(options.directory);
  try {
    await checkLayout(options.directory, options.partitions);
    const logs = await openPartitions(options.directory, options.partitions, settings, settings.onRecovered);
    const log = new EmbeddedEventLog(settings, logs, owned);
    return await log.start().catch(async (cause: unknown) => {
      await closeAll(logs);
      throw cause;
    });
  } catch (cause) {
    await owned.release();
    throw cause;
  }
}

async function closeAll(logs: ReadonlyMap<Topic, readonly PartitionLog[]>): Promise<void> {
  await Promise.all([...logs.values()].flat().map((log) => log.close()));
}

class EmbeddedEventLog implements EventLog {
  readonly partitions: number;
  readonly #commit: GroupCommit;
  #offsets!: GroupOffsets;
  #groups!: ConsumerGroups;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly settings: Settings,
    private readonly logs: ReadonlyMap<Topic, readonly PartitionLog[]>,
    private readonly owned: OwnedDirectory,
  ) {
    this.partitions = settings.partitions;
    this.#commit = new GroupCommit({
      fsyncIntervalMs: settings.fsyncIntervalMs,
      onWritten: (topics) => {
        for (const topic of topics) this.#groups.grown(topic);
      },
      onRolled: (log) => this.#retain(log),
    });
  }

  async start(): Promise<this> {
    const syncLog = (): Promise<void> => this.#commit.settled('synced');
    this.#offsets = await GroupOffsets.open(join(this.settings.directory, 'groups.json'), syncLog);
    this.#groups = consumerGroups(
      {
        partitions: this.partitions,
        startOffset: (topic, partition) => this.#log(topic, partition).startOffset,
        endOffset: (topic, partition) => this.#log(topic, partition).writtenEnd,
        cursor: (topic, partition, offset) => new PartitionCursor(this.#log(topic, partition), offset),
      },
      this.#offsets,
    );
    for (const log of [...this.logs.values()].flat()) await this.#retain(log);
    return this;
  }

  async append(
    topic: Topic,
    records: readonly NewRecord[],
    durability: 'written' | 'synced',
  ): Promise<readonly Position[]> {
    this.#mustBeOpen();
    checkTopic(topic);
    const keyBytes = this.#checkSizes(records);
    const positions = records.map((record, i) => {
      const partition = partitionOf(record.key, this.partitions);
      const log = this.#log(topic, partition);
      const { offset, bytes } = log.stage(record, keyBytes[i]!);
      this.#commit.touch(log, bytes);
      return { partition, offset };
    });
    await this.#commit.settled(durability);
    return positions;
  }

  async consume(options: Parameters<EventLog['consume']>[0]): ReturnType<EventLog['consume']> {
    this.#mustBeOpen();
    // While the log closes its consumers may still append; a new one would never be stopped.
    if (this.#closing !== undefined) throw closed(this.settings.directory);
    return await this.#groups.consume(options);
  }

  async endOffsets(topic: Topic): Promise<readonly number[]> {
    checkTopic(topic);
    return await Promise.resolve(this.logs.get(topic)!.map((log) => log.writtenEnd));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#groups.close();
    this.#closed = true;
    try {
      await this.#commit.settled('synced');
    } finally {
      this.#commit.stop();
      await closeAll(this.logs);
      await this.owned.release();
    }
  }

  #log(topic: Topic, partition: number): PartitionLog {
    return this.logs.get(topic)![partition]!;
  }

  async #retain(log: PartitionLog): Promise<void> {
    const { retention, clock, onDropped } = this.settings;
    const committed = this.#offsets.lowest(log.topic, log.partition);
    const dropped = await applyRetention(log, retention, clock.nowMs(), committed);
    if (dropped !== undefined) onDropped(dropped);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closed(this.settings.directory);
    this.#commit.mustWork();
  }

  /** @returns per record the bytes of its key. @throws AppError `log/record-too-large` | `request/overloaded`, before anything is staged */
  #checkSizes(records: readonly NewRecord[]): number[] {
    const { maxRecordBytes, maxPendingBytes } = this.settings;
    let total = this.#commit.pendingBytes;
    const keyBytes = records.map(({ key, value }) => {
      const bytes = Buffer.byteLength(key);
      total += bytes + value.length;
      if (bytes + value.length > maxRecordBytes) {
        throw new AppError(
          'log/record-too-large',
          `a record of ${bytes + value.length} bytes; expected at most ${maxRecordBytes}`,
        );
      }
      return bytes;
    });
    if (total > maxPendingBytes) {
      throw new AppError(
        'request/overloaded',
        `${total} bytes wait to be written; expected at most ${maxPendingBytes}`,
      );
    }
    return keyBytes;
  }
}

function closed(directory: string): AppError {
  return new AppError('log/closed', `the event log ${directory} is closed; expected an open log`);
}
