import { AppError } from '../../core/errors.js';

/** Reads bytes that consist of a header and of pieces that say how long they are. Little-endian. @throws AppError `snapshot/corrupt` */
export class PieceReader {
  constructor(
    readonly buffer: Buffer,
    private at: number,
  ) {}

  get rest(): number {
    return this.buffer.length - this.at;
  }

  length(size: 2 | 4): number {
    if (this.rest < size) throw corrupt(`it ends after ${this.buffer.length} bytes; expected more`);
    const length = this.buffer.readUIntLE(this.at, size);
    this.at += size;
    return length;
  }

  float64(): number {
    if (this.rest < 8) throw corrupt(`it ends after ${this.buffer.length} bytes; expected more`);
    this.at += 8;
    return this.buffer.readDoubleLE(this.at - 8);
  }

  piece(size: 2 | 4): Buffer {
    const length = this.length(size);
    if (this.rest < length) throw corrupt(`a piece of ${length} bytes where ${this.rest} are left`);
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.piece(2).toString('utf8');
  }
}

export function corrupt(why: string): AppError {
  return new AppError('snapshot/corrupt', `snapshot: ${why}`);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
