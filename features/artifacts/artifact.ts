import { createHash } from 'node:crypto';
import { AppError, shown } from '../../core/errors.js';

/**
 * What a training leaves behind, as bytes. Version 1, little-endian:
 *
 *   "MQARTIFA" · u32 version · u32 bytes of header · header (UTF-8 JSON) · zeros to a multiple of 64 · sections, each from a multiple of 64 · SHA-256 of all before
 *
 * The header says what and from what it was made, and where each section lies; the sections are arrays of numbers, used where they lie. Nothing in it tells the time:
 * the same training makes the same bytes, and an artifact's name is the hash of its bytes.
 */
export const ARTIFACT_VERSION = 1;
const MAGIC = Buffer.from('MQARTIFA', 'latin1');
const PREFIX_BYTES = MAGIC.length + 8;
const HASH_BYTES = 32;
const ALIGNMENT = 64;
const MOST_HEADER_BYTES = 2 ** 28;

export type ArtifactArray = Float32Array | Int32Array | Int8Array;

export interface Artifact {
  /** what it is for, for example "graph": its maker knows which sections and settings there are */
  readonly kind: string;
  /** the maker's own version of kind: weights of another are not read */
  readonly kindVersion: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** names, by list: what the rows of the arrays stand for */
  readonly vocabulary: Readonly<Record<string, readonly string[]>>;
  /** finite numbers, by name */
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 (hex) of what it was trained on */
  readonly dataHash: string;
  /** name of the artifact that was published when this one was trained; null: none was */
  readonly parent: string | null;
  /** weights and vectors */
  readonly arrays: Readonly<Record<string, ArtifactArray>>;
}

const TYPES = { float32: Float32Array, int32: Int32Array, int8: Int8Array } as const;
type TypeName = keyof typeof TYPES;

interface Section {
  readonly name: string;
  readonly type: TypeName;
  readonly length: number;
  /** from the end of the padded header */
  readonly offset: number;
}

/** @throws AppError `vectors/not-finite` for a metric or a float that is not finite */
export function encodeArtifact({ arrays, ...about }: Artifact): Uint8Array {
  for (const [name, value] of Object.entries(about.metrics))
    if (!Number.isFinite(value))
      throw new AppError('vectors/not-finite', `metric ${name} is ${value}; expected a finite number`);
  let offset = 0;
  const sections = Object.entries(arrays).map(([name, array]): Section => {
    checkFinite(name, array);
    const section = { name, type: typeOf(array), length: array.length, offset };
    offset += padded(array.byteLength);
    return section;
  });
  const header = Buffer.from(JSON.stringify({ ...about, sections }));
  const start = padded(PREFIX_BYTES + header.length);
  const bytes = Buffer.alloc(start + offset + HASH_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(ARTIFACT_VERSION, MAGIC.length);
  bytes.writeUInt32LE(header.length, MAGIC.length + 4);
  header.copy(bytes, PREFIX_BYTES);
  for (const section of sections) {
    const array = arrays[section.name]!;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + section.offset);
  }
  bytes.set(hashOf(bytes.subarray(0, -HASH_BYTES)), bytes.length - HASH_BYTES);
  return bytes;
}

/**
 * The arrays are views into `bytes` where their place allows, else copies.
 *
 * @throws AppError `artifact/corrupt` for bytes that are cut off or changed | `artifact/unsupported` for another version
 */
export function decodeArtifact(bytes: Uint8Array): Artifact {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < PREFIX_BYTES + HASH_BYTES || !whole.subarray(0, MAGIC.length).equals(MAGIC))
    throw corrupt(`${whole.length} bytes that do not begin as an artifact does`);
  const version = whole.readUInt32LE(MAGIC.length);
  if (version !== ARTIFACT_VERSION)
    throw new AppError(
      'artifact/unsupported',
      `the artifact is of version ${version}; expected ${ARTIFACT_VERSION}`,
    );
  if (!hashOf(whole.subarray(0, -HASH_BYTES)).equals(whole.subarray(-HASH_BYTES)))
    throw corrupt(`${whole.length} bytes whose checksum differs: they are cut off or changed`);
  const headerBytes = whole.readUInt32LE(MAGIC.length + 4);
  const start = padded(PREFIX_BYTES + headerBytes);
  if (headerBytes > MOST_HEADER_BYTES || start > whole.length - HASH_BYTES)
    throw corrupt(`a header of ${headerBytes} bytes in ${whole.length}`);
  const { sections, ...about } = JSON.parse(
    whole.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + headerBytes),
  ) as Omit<Artifact, 'arrays'> & { sections: readonly Section[] };
  const end = whole.length - HASH_BYTES;
  const arrays = Object.fromEntries(
    sections.map((section) => [section.name, arrayAt(whole, start, end, section)]),
  );
  return { ...about, arrays };
}

/** The name of an artifact: the first 16 hex digits of the SHA-256 that ends its bytes. */
export function artifactName(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(-HASH_BYTES)).toString('hex').slice(0, 16);
}

function arrayAt(whole: Buffer, start: number, end: number, section: Section): ArtifactArray {
  const make = TYPES[section.type] as (typeof TYPES)[TypeName] | undefined;
  const from = start + section.offset;
  const byteLength = section.length * (make?.BYTES_PER_ELEMENT ?? NaN);
  if (make === undefined || !(section.offset >= 0 && byteLength >= 0 && from + byteLength <= end))
    throw corrupt(`section ${shown(section)} outside its ${whole.length} bytes`);
  // Where the numbers do not lie as their type must, they are copied to where they do.
  const at = whole.byteOffset + from;
  const moved = at % make.BYTES_PER_ELEMENT !== 0;
  const buffer = (moved ? whole.buffer.slice(at, at + byteLength) : whole.buffer) as ArrayBuffer;
  return new make(buffer, moved ? 0 : at, section.length);
}

function typeOf(array: ArtifactArray): TypeName {
  if (array instanceof Float32Array) return 'float32';
  return array instanceof Int32Array ? 'int32' : 'int8';
}

function checkFinite(name: string, array: ArtifactArray): void {
  if (!(array instanceof Float32Array)) return;
  const bad = array.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new AppError('vectors/not-finite', `${name}[${bad}] is ${array[bad]!}; expected a finite number`);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function corrupt(found: string): AppError {
  return new AppError('artifact/corrupt', `the artifact has ${found}; expected one as it was written`);
}
