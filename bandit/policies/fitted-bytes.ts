import { AppError } from '../../core/errors.js';
import { POLICY_CODES, type PolicyName, type Prior } from '../policy.js';

/**
 * What `fit` returns and `apply` takes, little-endian, version 1:
 *
 *   u32 magic "MQFB" · u8 version · u8 policy · u16 d · u8 base (0 | 1) · 3 zero bytes · u32 row count
 *   base only:  f64 mean reward · f64 × d μ
 *   then row count times the policy's own row
 *
 * A base replaces the model; without it, rows are added or replaced one by one. Checksums belong to the snapshot around it.
 */
const MAGIC = 0x4246514d;
const VERSION = 1;
const HEADER_BYTES = 16;

/** The rows of a model are integers in [0, MAX_ROWS): a corrupt row number must not allocate the machine's memory. */
export const MAX_ROWS = 2 ** 22;

export interface FittedLayout {
  readonly policy: PolicyName;
  /** d of the prior that travels in a base; 0 for none */
  readonly dimension: number;
  readonly rowBytes: number;
}

export interface FittedParts {
  /** present in a base */
  readonly prior: Prior | undefined;
  readonly rowCount: number;
  /** the rows, `rowBytes` each */
  readonly rows: DataView;
}

/** Header, prior and room for the rows. */
export function beginFitted(
  layout: FittedLayout,
  rowCount: number,
  prior: Prior | undefined,
): { bytes: Uint8Array; rows: DataView } {
  const priorBytes = prior === undefined ? 0 : 8 * (1 + layout.dimension);
  const bytes = new Uint8Array(HEADER_BYTES + priorBytes + rowCount * layout.rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, POLICY_CODES[layout.policy]);
  view.setUint16(6, layout.dimension, true);
  view.setUint8(8, prior === undefined ? 0 : 1);
  view.setUint32(12, rowCount, true);
  if (prior !== undefined) {
    view.setFloat64(HEADER_BYTES, prior.meanReward, true);
    for (let i = 0; i < layout.dimension; i++)
      view.setFloat64(HEADER_BYTES + 8 * (1 + i), prior.mean[i]!, true);
  }
  return { bytes, rows: new DataView(bytes.buffer, HEADER_BYTES + priorBytes) };
}

/** Checks header, lengths and prior, and that every row begins with a row number in range. @throws AppError `snapshot/corrupt` */
export function parseFitted(layout: FittedLayout, fitted: Uint8Array): FittedParts {
  if (fitted.length < HEADER_BYTES) corrupt(`${fitted.length} bytes; expected at least ${HEADER_BYTES}`);
  const view = new DataView(fitted.buffer, fitted.byteOffset, fitted.byteLength);
  const [magic, version, policy] = [view.getUint32(0, true), view.getUint8(4), view.getUint8(5)];
  if (magic !== MAGIC || version !== VERSION)
    corrupt(`begins ${fitted.subarray(0, 5).join(' ')}; expected "MQFB" version ${VERSION}`);
  if (policy !== POLICY_CODES[layout.policy])
    corrupt(`policy code ${policy}; expected ${POLICY_CODES[layout.policy]} (${layout.policy})`);
  if (view.getUint16(6, true) !== layout.dimension)
    corrupt(`d = ${view.getUint16(6, true)}; expected ${layout.dimension}`);
  const base = view.getUint8(8);
  if (base > 1 || view.getUint8(9) + view.getUint16(10, true) !== 0)
    corrupt(`flags ${fitted.subarray(8, 12).join(' ')}; expected 0 or 1, then zeros`);
  const rowCount = view.getUint32(12, true);
  const rowsAt = HEADER_BYTES + (base === 1 ? 8 * (1 + layout.dimension) : 0);
  const expected = rowsAt + rowCount * layout.rowBytes;
  if (fitted.length !== expected)
    corrupt(`${fitted.length} bytes; expected ${expected} for ${rowCount} rows`);
  const rows = new DataView(fitted.buffer, fitted.byteOffset + rowsAt, fitted.byteLength - rowsAt);
  for (let i = 0; i < rowCount; i++) {
    const row = rows.getUint32(i * layout.rowBytes, true);
    if (row >= MAX_ROWS) corrupt(`row ${row}; expected less than ${MAX_ROWS}`);
  }
  return { prior: base === 1 ? readPrior(view, layout.dimension) : undefined, rowCount, rows };
}

/** @throws AppError `snapshot/corrupt`, always */
export function corrupt(found: string): never {
  throw new AppError('snapshot/corrupt', `fitted model: ${found}`);
}

function readPrior(view: DataView, dimension: number): Prior {
  const meanReward = view.getFloat64(HEADER_BYTES, true);
  if (!(meanReward >= 0 && meanReward <= 1))
    corrupt(`mean reward ${meanReward}; expected a number in [0, 1]`);
  const mean = new Float64Array(dimension);
  for (let i = 0; i < dimension; i++) {
    mean[i] = view.getFloat64(HEADER_BYTES + 8 * (1 + i), true);
    if (!Number.isFinite(mean[i])) corrupt(`prior mean ${i} is ${mean[i]}; expected a finite number`);
  }
  return { mean, meanReward };
}
