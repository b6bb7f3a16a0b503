import { crc32 } from 'node:zlib';
import { POLICY_NAMES, type Model, type Policy, type PolicyName } from '../../bandit/policy.js';
import { AppError, shown } from '../../core/errors.js';
import { corrupt, PieceReader, u16, u32 } from './pieces.js';

/** Immutable, versioned model bytes, as they travel from a learner to whoever serves. */
export interface Snapshot {
  /** base: the whole model, prior included; delta: the rows touched since its parent */
  readonly kind: 'base' | 'delta';
  readonly modelKey: string;
  readonly policy: PolicyName;
  /** hash of the context schema the rows were learned with */
  readonly contextSchema: string;
  /** grows with every snapshot of any model of a learner, through restarts */
  readonly version: number;
  /** the version this one comes after: what a delta applies to. 0: none */
  readonly parentVersion: number;
  /** fitted bytes (`Policy.fit`), to be applied in order: one for a delta; for a base a first without rows, then its rows in slices */
  readonly parts: readonly Uint8Array[];
}

const MAGIC = 'MQSN';
const FORMAT_VERSION = 1;
const KINDS = ['base', 'delta'] as const;
const CRC_BYTES = 4;

/**
 * Little-endian:
 *
 *   "MQSN" · u16 format = 1 · u8 kind (0 base, 1 delta) · u8 zero · u64 version · u64 parentVersion
 *   · 3 × (u16 length · UTF-8): model key, policy, context schema · u32 parts · parts × (u32 length · bytes) · u32 CRC-32 of all before
 *
 * @throws AppError `config/bad-value` when a name has more than 65,535 bytes
 */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const names = [snapshot.modelKey, snapshot.policy, snapshot.contextSchema].map((name) =>
    Buffer.from(name, 'utf8'),
  );
  const header = Buffer.alloc(24);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt16LE(FORMAT_VERSION, 4);
  header.writeUInt8(KINDS.indexOf(snapshot.kind), 6);
  header.writeBigUInt64LE(BigInt(snapshot.version), 8);
  header.writeBigUInt64LE(BigInt(snapshot.parentVersion), 16);
  const pieces: Uint8Array[] = [header];
  for (const name of names) {
    if (name.length > 0xffff)
      throw new AppError('config/bad-value', `model key has ${name.length} bytes; expected at most 65,535`);
    pieces.push(u16(name.length), name);
  }
  pieces.push(u32(snapshot.parts.length));
  for (const part of snapshot.parts) pieces.push(u32(part.length), part);
  // A base has hundreds of megabytes: it is copied once, and the sum written behind it.
  const bytes = Buffer.concat([...pieces, new Uint8Array(CRC_BYTES)]);
  const end = bytes.length - CRC_BYTES;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/** @throws AppError `snapshot/corrupt`, saying what was found */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.length - CRC_BYTES;
  if (end < 24 || buffer.toString('latin1', 0, 4) !== MAGIC) {
    throw corrupt(
      `${buffer.length} bytes begin ${shown(buffer.toString('latin1', 0, 4))}; expected "${MAGIC}"`,
    );
  }
  const format = buffer.readUInt16LE(4);
  if (format !== FORMAT_VERSION) throw corrupt(`format ${format}; expected ${FORMAT_VERSION}`);
  const sum = crc32(buffer.subarray(0, end));
  if (sum !== buffer.readUInt32LE(end)) throw corrupt(`CRC-32 ${sum}; expected ${buffer.readUInt32LE(end)}`);
  const kind = KINDS[buffer.readUInt8(6)];
  const reader = new PieceReader(buffer.subarray(0, end), 24);
  const [modelKey, policyName, contextSchema] = [reader.text(), reader.text(), reader.text()];
  const policy = POLICY_NAMES.find((name) => name === policyName);
  if (kind === undefined || policy === undefined)
    throw corrupt(`kind ${buffer.readUInt8(6)}, policy ${shown(policyName)}; expected known ones`);
  const count = reader.length(4);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) parts.push(Uint8Array.from(reader.piece(4)));
  if (reader.rest !== 0) throw corrupt(`${reader.rest} bytes after the last part; expected none`);
  return {
    kind,
    modelKey,
    policy,
    contextSchema,
    version: Number(buffer.readBigUInt64LE(8)),
    parentVersion: Number(buffer.readBigUInt64LE(16)),
    parts,
  };
}

/**
 * Takes a snapshot into a model. A base makes a new model and leaves the old one as it was, so whoever reads that one is not disturbed; a
 * delta changes `model` in place, all of it or nothing.
 *
 * @returns the model to serve from now on
 * @throws AppError `snapshot/wrong-schema` when it was made for another policy or context schema; `snapshot/corrupt`
 */
export function applySnapshot<M extends Model>(
  policy: Policy<M>,
  contextSchema: string,
  model: M,
  snapshot: Snapshot,
): M {
  checkMadeFor(policy, contextSchema, snapshot);
  const target = snapshot.kind === 'base' ? policy.emptyModel() : model;
  if (snapshot.kind === 'delta' && snapshot.parts.length !== 1) {
    throw corrupt(`a delta of ${snapshot.parts.length} parts; expected 1`);
  }
  for (const part of snapshot.parts) policy.apply(target, part);
  return target;
}

/** @throws AppError `snapshot/wrong-schema` when it was made for another policy or context schema */
export function checkMadeFor(
  policy: Pick<Policy, 'name'>,
  contextSchema: string,
  snapshot: Pick<Snapshot, 'modelKey' | 'policy' | 'contextSchema' | 'version'>,
): void {
  if (snapshot.policy === policy.name && snapshot.contextSchema === contextSchema) return;
  throw new AppError(
    'snapshot/wrong-schema',
    `snapshot ${snapshot.version} of ${shown(snapshot.modelKey)} is of ${snapshot.policy}, contexts ${snapshot.contextSchema}; expected ${policy.name}, ${contextSchema}`,
  );
}
