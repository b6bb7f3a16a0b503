import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../files/durable-file.js';
import { RowBatch, type PartitionOffset, type WritableBatch } from '../row-batch.js';
import { encodeFrame } from './spool-frame.js';
import { SpoolFile } from './spool-file.js';

/**
 * Batches on disk, for as long as the tables cannot take them: first in, first out, durable before they count as taken, and no more bytes than allowed.
 * One process at a time owns the directory. What is damaged is cut off together with all that came after it: where reading the log goes on follows from
 * the batches that are left, so the log gives again what was cut.
 */
export interface Spool {
  readonly batches: number;
  /** on disk; what is drained already but shares a file with what is not counts too */
  readonly bytes: number;
  /** by partitionKey: how far the batches reach, the newest word of each partition */
  offsets(): ReadonlyMap<string, PartitionOffset>;
  /** @returns once it would survive power loss; false: there is no room for it, nothing was written */
  append(batch: WritableBatch): Promise<boolean>;
  /** @returns the oldest, put together as far as they fit; undefined when there is none @throws AppError `log/corrupt` when they can no longer be read */
  front(): Promise<Front | undefined>;
  /** Forgets the oldest. A crash before the file is gone brings them back: they are inserted twice, which the tables do not mind. */
  drop(batches: number): Promise<void>;
  close(): Promise<void>;
}

export interface Front {
  readonly batch: WritableBatch;
  /** how many of the spool's it was put together from */
  readonly batches: number;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
  /** a file that has grown so large gets no more batches, default 16 MiB */
  readonly fileBytes?: number;
  /** batches are put together up to so many bytes (one alone may have more): what came in drops goes out in buckets; default 8 MiB */
  readonly frontBytes?: number;
  /** takes a line when something is cut off, or cannot be written */
  readonly onLog?: (line: string) => void;
}

const FILE_NAME = /^(\d{12})\.spool$/;

/** Opens the directory, made if missing, with the batches that a former process left. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, onLog = () => undefined } = options;
  await mkdir(directory, { recursive: true });
  const files: SpoolFile[] = [];
  let isWhole = true;
  for (const name of (await readdir(directory)).sort()) {
    const number = FILE_NAME.exec(name)?.[1];
    if (number === undefined) continue;
    const path = join(directory, name);
    if (!isWhole) {
      onLog(`${path} came after what is damaged: it is dropped, and the log is read from there again`);
      await rm(path);
      continue;
    }
    const file = await SpoolFile.open(path, Number(number));
    if (file.cutBytes > 0) onLog(`cut ${file.cutBytes} bytes of an unfinished or damaged batch off ${path}`);
    isWhole = file.cutBytes === 0;
    if (file.frames > 0) files.push(file);
    else await file.remove();
  }
  return new FileSpool(options, files);
}

class FileSpool implements Spool {
  /** one after the other: files change by append and by drop */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: SpoolOptions,
    private readonly files: SpoolFile[],
  ) {}

  get batches(): number {
    return this.files.reduce((sum, { frames }) => sum + frames, 0);
  }

  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  offsets(): ReadonlyMap<string, PartitionOffset> {
    const reached = new Map<string, PartitionOffset>();
    for (const file of this.files) for (const [key, offset] of file.offsets) reached.set(key, offset);
    return reached;
  }

  append(batch: WritableBatch): Promise<boolean> {
    return this.#inTurn(async () => {
      const frame = encodeFrame(batch);
      const bytes = frame.reduce((sum, { length }) => sum + length, 0);
      if (this.bytes + bytes > this.options.maxBytes) return false;
      try {
        const file = await this.#fileForMore();
        await file.append(frame, bytes, batch.offsets);
        return true;
      } catch (error) {
        this.options.onLog?.(`the spool cannot be written: ${String(error)}`);
        return false;
      }
    });
  }

  front(): Promise<Front | undefined> {
    return this.#inTurn(async () => {
      const [file] = this.files;
      const oldest = await file?.batch(0);
      if (file === undefined || oldest === undefined) return undefined;
      const { frontBytes = 8 << 20 } = this.options;
      const joined = new RowBatch();
      joined.append(oldest);
      let batches = 1;
      // Within one file: its end is a stop like another.
      for (let bytes = file.bytesOf(0); batches < file.frames; batches++) {
        bytes += file.bytesOf(batches);
        if (bytes > frontBytes) break;
        // One that cannot be read keeps nobody before it back: it says so when it is the oldest.
        const next = await file.batch(batches).catch(() => undefined);
        if (next === undefined || !joined.append(next)) break;
      }
      return { batch: joined, batches };
    });
  }

  drop(batches: number): Promise<void> {
    return this.#inTurn(async () => {
      const [file] = this.files;
      file?.drop(batches);
      if (file?.frames !== 0) return;
      this.files.shift();
      await file.remove();
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of this.files) await file.close();
    });
  }

  async #fileForMore(): Promise<SpoolFile> {
    const { directory, fileBytes = 16 << 20 } = this.options;
    const last = this.files.at(-1);
    if (last?.endsWhole === true && last.bytes < fileBytes) return last;
    const number = (last?.number ?? 0) + 1;
    const file = await SpoolFile.open(join(directory, `${String(number).padStart(12, '0')}.spool`), number);
    await syncDirectory(directory);
    this.files.push(file);
    return file;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
