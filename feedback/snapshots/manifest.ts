import { crc32 } from 'node:zlib';
import { POLICY_NAMES, type PolicyName } from '../../bandit/policy.js';
import { shown } from '../../core/errors.js';
import { corrupt, PieceReader, u16, u32 } from '../update/pieces.js';

/** What one model's snapshots in the store are, and where: the value of its head. Replaced as a whole, with what it names. */
export interface Manifest {
  readonly modelKey: string;
  readonly policy: PolicyName;
  /** hash of the context schema the rows were learned with */
  readonly contextSchema: string;
  /** when it was written, ms since the epoch by the writer's clock */
  readonly writtenAtMs: number;
  readonly base: BaseRecord;
  /** versions of the deltas since the base, each the parent of the next */
  readonly deltas: readonly number[];
  /** the base before, kept for those who are reading it, with its deltas; undefined: there is none */
  readonly previous: StoredBase | undefined;
}

/** Which keys a base takes. */
export interface StoredBase {
  /** of the lease of who wrote it, 0 for none: beside the version, what tells two writers' bases apart */
  readonly token: number;
  readonly version: number;
  /** ≥ 1 */
  readonly chunks: number;
  readonly deltas: readonly number[];
}

export interface BaseRecord extends Omit<StoredBase, 'deltas'> {
  /** parts and their lengths, over all chunks, without the chunks' checksums */
  readonly bytes: number;
  readonly parts: number;
  /** CRC-32 of those bytes */
  readonly crc32: number;
}

const MAGIC = 'MQSH';
const FORMAT_VERSION = 1;
const HEADER_BYTES = 16;
const CRC_BYTES = 4;

/**
 * Little-endian:
 *
 *   "MQSH" · u16 format = 1 · u16 zero · f64 writtenAtMs · 3 × (u16 length · UTF-8): model key, policy, context schema
 *   · base: f64 token · f64 version · u32 chunks · f64 bytes · u32 parts · u32 CRC-32 · u32 deltas · deltas × f64 version
 *   · u16 previous (0 | 1) · if 1: f64 token · f64 version · u32 chunks · u32 deltas · deltas × f64 version
 *   · u32 CRC-32 of all before
 *
 * f64 hold whole numbers up to 2⁵³ − 1.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { base, previous } = manifest;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt16LE(FORMAT_VERSION, 4);
  header.writeDoubleLE(manifest.writtenAtMs, 8);
  const pieces: Uint8Array[] = [header];
  for (const name of [manifest.modelKey, manifest.policy, manifest.contextSchema]) {
    const text = Buffer.from(name, 'utf8');
    pieces.push(u16(text.length), text);
  }
  pieces.push(f64(base.token, base.version), u32(base.chunks), f64(base.bytes), u32(base.parts));
  pieces.push(u32(base.crc32), u32(manifest.deltas.length), f64(...manifest.deltas));
  pieces.push(u16(previous === undefined ? 0 : 1));
  if (previous !== undefined) {
    pieces.push(f64(previous.token, previous.version), u32(previous.chunks));
    pieces.push(u32(previous.deltas.length), f64(...previous.deltas));
  }
  const body = Buffer.concat(pieces);
  return Buffer.concat([body, u32(crc32(body))]);
}

/** @throws AppError `snapshot/corrupt`, saying what was found */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.length - CRC_BYTES;
  if (end < HEADER_BYTES || buffer.toString('latin1', 0, 4) !== MAGIC) {
    throw corrupt(
      `a head of ${buffer.length} bytes begins ${shown(buffer.toString('latin1', 0, 4))}; expected "${MAGIC}"`,
    );
  }
  const format = buffer.readUInt16LE(4);
  if (format !== FORMAT_VERSION) throw corrupt(`a head of format ${format}; expected ${FORMAT_VERSION}`);
  const sum = crc32(buffer.subarray(0, end));
  if (sum !== buffer.readUInt32LE(end))
    throw corrupt(`a head's CRC-32 ${sum}; expected ${buffer.readUInt32LE(end)}`);
  const reader = new PieceReader(buffer.subarray(0, end), HEADER_BYTES);
  const [modelKey, policyName, contextSchema] = [reader.text(), reader.text(), reader.text()];
  const policy = POLICY_NAMES.find((name) => name === policyName);
  if (policy === undefined) throw corrupt(`a head of policy ${shown(policyName)}; expected a known one`);
  const base: BaseRecord = {
    token: reader.float64(),
    version: reader.float64(),
    chunks: reader.length(4),
    bytes: reader.float64(),
    parts: reader.length(4),
    crc32: reader.length(4),
  };
  const deltas = versions(reader);
  const previous =
    reader.length(2) === 0
      ? undefined
      : {
          token: reader.float64(),
          version: reader.float64(),
          chunks: reader.length(4),
          deltas: versions(reader),
        };
  if (reader.rest !== 0) throw corrupt(`${reader.rest} bytes after a head; expected none`);
  return { modelKey, policy, contextSchema, writtenAtMs: buffer.readDoubleLE(8), base, deltas, previous };
}

function versions(reader: PieceReader): number[] {
  const count = reader.length(4);
  if (8 * count > reader.rest) throw corrupt(`a head of ${count} deltas where ${reader.rest} bytes are left`);
  return Array.from({ length: count }, () => reader.float64());
}

function f64(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return bytes;
}
