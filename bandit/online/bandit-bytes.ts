import { AppError, shown } from '../../core/errors.js';
import { murmur2 } from '../../core/hash.js';
import type { Prior } from '../policy.js';
import type { BanditOptions, CheckedOptions } from './options.js';

/**
 * A bandit as bytes, little-endian, version 1:
 *
 *   u32 magic "MQBD" · u32 version · u32 murmur2 of everything after · u32 header length
 *   header: JSON of {@link Header}, padded with spaces to a multiple of 8
 *   f64 mean reward · f64 × d μ · the sums of arms that left · each arm's row, in the header's order
 */
const MAGIC = 0x4442514d;
const VERSION = 1;
const PREFIX_BYTES = 16;

interface Header {
  readonly options: ComparableOptions;
  readonly counters: readonly [number, number];
  /** d of the prior mean that follows; 0 for policies that learn from counts */
  readonly meanLength: number;
  readonly leftBytes: number;
  readonly arms: readonly (readonly [id: string, row: number, bytes: number])[];
}

/** What two bandits must agree on for the same bytes to mean the same choices. JSON has no Infinity: a half-life of null forgets nothing. */
interface ComparableOptions extends Omit<BanditOptions, 'arms' | 'halfLifeMs'> {
  readonly halfLifeMs: number | null;
}

export interface BanditParts {
  readonly prior: Prior;
  /** of the shared block */
  readonly counters: readonly [number, number];
  /** sums of the arms that left */
  readonly left: Uint8Array;
  readonly arms: readonly { readonly id: string; readonly row: number; readonly bytes: Uint8Array }[];
}

export function encodeBandit(parts: BanditParts & { readonly options: CheckedOptions }): Uint8Array {
  const header: Header = {
    options: comparable(parts.options),
    counters: parts.counters,
    meanLength: parts.prior.mean.length,
    leftBytes: parts.left.length,
    arms: parts.arms.map(({ id, row, bytes }) => [id, row, bytes.length]),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const prior = new Float64Array([parts.prior.meanReward, ...parts.prior.mean]);
  const pieces = [parts.left, ...parts.arms.map(({ bytes }) => bytes)];
  const total = pieces.reduce(
    (sum, piece) => sum + piece.length,
    PREFIX_BYTES + headerBytes + 8 * prior.length,
  );
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  bytes.fill(32, PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(json, PREFIX_BYTES);
  let at = PREFIX_BYTES + headerBytes;
  for (const value of prior) {
    view.setFloat64(at, value, true);
    at += 8;
  }
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(12, headerBytes, true);
  view.setUint32(8, checksum(bytes), true);
  return bytes;
}

/** @throws AppError `snapshot/corrupt` | `snapshot/wrong-schema` */
export function parseBandit(bytes: Uint8Array, options: CheckedOptions): BanditParts {
  const { header, end } = readHeader(bytes);
  const expected = comparable(options);
  for (const name of Object.keys(expected) as (keyof ComparableOptions)[]) {
    const [found, wanted] = [header.options[name], expected[name]];
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new AppError(
        'snapshot/wrong-schema',
        `snapshot of a bandit with ${name} ${shown(found)}; expected ${shown(wanted)}`,
      );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Array.from({ length: 1 + header.meanLength }, (_, i) => view.getFloat64(end + 8 * i, true));
  let at = end + 8 * numbers.length;
  const next = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  return {
    prior: { meanReward: numbers[0]!, mean: Float64Array.from(numbers.slice(1)) },
    counters: header.counters,
    left: next(header.leftBytes),
    arms: header.arms.map(([id, row, length]) => ({ id, row, bytes: next(length) })),
  };
}

/** The options a snapshot was made with; its arms come with the snapshot. @throws AppError `snapshot/corrupt` */
export function snapshotOptions(bytes: Uint8Array): BanditOptions {
  const { halfLifeMs, ...options } = readHeader(bytes).header.options;
  return { ...options, halfLifeMs: halfLifeMs ?? Infinity };
}

function readHeader(bytes: Uint8Array): { header: Header; end: number } {
  if (bytes.length < PREFIX_BYTES) corrupt(`${bytes.length} bytes; expected at least ${PREFIX_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION)
    corrupt(`begins ${bytes.subarray(0, 8).join(' ')}; expected "MQBD" version ${VERSION}`);
  if (view.getUint32(8, true) !== checksum(bytes)) corrupt('checksum does not match');
  // What the checksum vouches for was written by encodeBandit: its shape is not checked a second time.
  const end = PREFIX_BYTES + view.getUint32(12, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, end))) as Header;
  return { header, end };
}

function checksum(bytes: Uint8Array): number {
  return murmur2(bytes.subarray(12)) >>> 0;
}

function comparable(options: CheckedOptions): ComparableOptions {
  const { policy, dimension, settings, maxArms, seed, halfLifeMs, shared } = options;
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    policy,
    dimension,
    settings: Object.fromEntries(sorted),
    maxArms,
    seed,
    halfLifeMs: halfLifeMs === Infinity ? null : halfLifeMs,
    shared,
  };
}

function corrupt(found: string): never {
  throw new AppError('snapshot/corrupt', `bandit snapshot: ${found}`);
}
