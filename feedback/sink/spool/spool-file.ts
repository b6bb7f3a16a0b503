import { open, rm, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../../core/errors.js';
import type { PartitionOffset, WritableBatch } from '../row-batch.js';
import { decodeFrame, frameBytes, FRAME_START_BYTES } from './spool-frame.js';

interface FrameAt {
  readonly at: number;
  readonly bytes: number;
}

/** One file of the spool: frames one after the other, appended at the end, read from the front. */
export class SpoolFile {
  readonly #frames: FrameAt[] = [];
  readonly #offsets = new Map<string, PartitionOffset>();
  #bytes = 0;
  #cutBytes = 0;
  #endsWhole = true;

  private constructor(
    private readonly path: string,
    readonly number: number,
    private readonly handle: FileHandle,
  ) {}

  /** Opens it, made if missing, and cuts it behind its last whole frame before the first that is not. */
  static async open(path: string, number: number): Promise<SpoolFile> {
    const file = new SpoolFile(path, number, await open(path, 'a+'));
    await file.#recover();
    return file;
  }

  get frames(): number {
    return this.#frames.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** what `open` cut off */
  get cutBytes(): number {
    return this.#cutBytes;
  }

  /** by partitionKey: how far its frames reach */
  get offsets(): ReadonlyMap<string, PartitionOffset> {
    return this.#offsets;
  }

  /** false: what follows its last frame could not be cut off, so nothing may be appended */
  get endsWhole(): boolean {
    return this.#endsWhole;
  }

  /** @throws what writing throws; no part of the frame counts then */
  async append(
    frame: readonly Uint8Array[],
    bytes: number,
    offsets: WritableBatch['offsets'],
  ): Promise<void> {
    this.#endsWhole = false;
    try {
      const { bytesWritten } = await this.handle.writev([...frame]);
      if (bytesWritten < bytes) throw new Error(`${bytesWritten} of ${bytes} bytes found room`);
      await this.handle.datasync();
    } catch (error) {
      await this.handle.truncate(this.#bytes);
      this.#endsWhole = true;
      throw error;
    }
    this.#endsWhole = true;
    this.#add(bytes, offsets);
  }

  /** @param index 0: the oldest. @returns undefined: there are not so many @throws AppError `log/corrupt` */
  async batch(index: number): Promise<WritableBatch | undefined> {
    const frame = this.#frames[index];
    if (frame === undefined) return undefined;
    const batch = decodeFrame(await this.#read(frame.at, frame.bytes));
    if (batch !== undefined) return batch;
    throw new AppError(
      'log/corrupt',
      `the batch at byte ${frame.at} of ${this.path} does not match its checksum; start again to read it from the log`,
    );
  }

  /** of the frame; 0: there are not so many */
  bytesOf(index: number): number {
    return this.#frames[index]?.bytes ?? 0;
  }

  /** Forgets the oldest. */
  drop(batches: number): void {
    this.#frames.splice(0, batches);
  }

  async remove(): Promise<void> {
    await this.handle.close();
    await rm(this.path, { force: true });
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #recover(): Promise<void> {
    const { size } = await this.handle.stat();
    for (;;) {
      const bytes = frameBytes(await this.#read(this.#bytes, FRAME_START_BYTES));
      if (bytes === undefined || this.#bytes + bytes > size) break;
      const batch = decodeFrame(await this.#read(this.#bytes, bytes));
      if (batch === undefined) break;
      this.#add(bytes, batch.offsets);
    }
    this.#cutBytes = size - this.#bytes;
    if (this.#cutBytes > 0) {
      await this.handle.truncate(this.#bytes);
      await this.handle.datasync();
    }
  }

  #add(bytes: number, offsets: WritableBatch['offsets']): void {
    this.#frames.push({ at: this.#bytes, bytes });
    this.#bytes += bytes;
    for (const [key, offset] of offsets) this.#offsets.set(key, offset);
  }

  /** @returns fewer bytes where the file ends */
  async #read(at: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await this.handle.read(buffer, 0, bytes, at);
    return buffer.subarray(0, bytesRead);
  }
}
