import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AppError } from '../../../core/errors.js';
import type { CommittedOffsets } from '../consumer-groups.js';
import type { Topic } from '../event-log.js';
import { replaceFile } from '../../files/durable-file.js';

/** group → "topic/partition" → offset of the next record to read */
type OffsetTable = Record<string, Record<string, number>>;

/**
 * Committed offsets of the groups: one small checksummed JSON file, replaced as a whole. Commits that come while it is being written
 * share the next replacement. Before an offset is kept the records before it are made durable, so that after power loss no group is ahead of the log.
 */
export class GroupOffsets implements CommittedOffsets {
  #dirty = false;
  #flushing: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private readonly syncLog: () => Promise<void>,
    private readonly table: OffsetTable,
  ) {}

  /** @throws AppError `log/corrupt` */
  static async open(path: string, syncLog: () => Promise<void>): Promise<GroupOffsets> {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw cause;
    });
    return new GroupOffsets(path, syncLog, text === undefined ? {} : parse(text));
  }

  committed(group: string, topic: Topic, partition: number): number | undefined {
    return this.table[group]?.[`${topic}/${partition}`];
  }

  /** The least any group has committed; undefined when none has. */
  lowest(topic: Topic, partition: number): number | undefined {
    const offsets = Object.values(this.table).flatMap((group) => group[`${topic}/${partition}`] ?? []);
    return offsets.length === 0 ? undefined : Math.min(...offsets);
  }

  async commit(group: string, topic: Topic, partition: number, offset: number): Promise<void> {
    (this.table[group] ??= {})[`${topic}/${partition}`] = offset;
    this.#dirty = true;
    // The flush in flight may have begun without this offset: then the next one has it.
    await this.#flushing?.catch(() => undefined);
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      const groups = JSON.stringify(this.table);
      try {
        await this.syncLog();
        await replaceFile(this.path, `${JSON.stringify({ format: 1, crc32: crc32(groups), groups })}\n`);
      } catch (cause) {
        this.#dirty = true;
        throw cause;
      }
    }
  }
}

function parse(text: string): OffsetTable {
  try {
    const file = JSON.parse(text) as { format?: unknown; crc32?: unknown; groups?: unknown };
    if (file.format === 1 && typeof file.groups === 'string' && crc32(file.groups) === file.crc32) {
      return JSON.parse(file.groups) as OffsetTable;
    }
  } catch {
    // Told below, the same way.
  }
  throw new AppError(
    'log/corrupt',
    `groups.json has ${text.length} characters that do not check out; expected the committed offsets of the groups`,
  );
}
