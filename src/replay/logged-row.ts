import type { Slate } from '../../bandit/policy.js';
import { shown } from '../../core/errors.js';
import { hashString } from '../../core/hash.js';
import type { LogColumns, NamedColumn } from './mapping.js';
import type { Problem, ProblemReason } from './problems.js';

/** One usable row. Its slate is reused by the next row. */
export interface LoggedRow {
  readonly kind: 'row';
  /** the arms offered, with contexts shape (K, d); `rows` are numbers of actions */
  readonly slate: Slate;
  /** index in the slate of the arm that was shown */
  readonly chosen: number;
  readonly reward: number;
  readonly propensity: number;
  /** 0 where no timestamp is mapped */
  readonly atMs: number;
  readonly memberId: string | undefined;
  /** '' where no position is mapped */
  readonly position: string;
}

export type ReadRow = LoggedRow | ({ readonly kind: 'problem' } & Problem);

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const ZONE = /(z|[+-]\d{2}:?\d{2})$/i;

/**
 * Reads rows of one log, and builds x for every arm offered:
 *
 *   x(a) = [ 1 · affinity of the member to a · one bucket per (column = value) and per numeric column, hashed into the other d − 2 ]
 *
 * A categorical value sets its bucket to 1; a number v adds v/(1 + |v|), which keeps outliers from ruling. Two values may share a bucket:
 * that is the price of a dimension that does not grow with the log.
 *
 * @see Weinberger, Dasgupta, Langford, Smola & Attenberg, Feature hashing, ICML 2009, arXiv:0902.2206
 */
export class RowReader {
  private readonly slate: { size: number; rows: Int32Array; contexts: Float32Array };
  private readonly armOf: ReadonlyMap<string, number>;
  private readonly shared: Float32Array;
  private readonly numericBuckets: readonly number[];

  /** @param dimension d ≥ 3 */
  constructor(
    private readonly columns: LogColumns,
    private readonly dimension: number,
  ) {
    const arms = columns.actions.length;
    this.armOf = new Map(columns.actions.map((name, arm) => [name, arm]));
    this.slate = {
      size: arms,
      rows: Int32Array.from({ length: arms }, (_, a) => a),
      contexts: new Float32Array(arms * dimension),
    };
    this.shared = new Float32Array(dimension);
    this.numericBuckets = columns.numeric.map((column) => this.bucket(column, ''));
  }

  read(fields: readonly string[]): ReadRow {
    const { columns } = this;
    if (fields.length !== columns.width) {
      return problem('ragged-row', `${fields.length} fields; expected ${columns.width} as in the header`);
    }
    const reward = toNumber(fields[columns.reward]!);
    if (!(reward >= 0 && reward <= 1))
      return problem('bad-reward', `reward ${shown(fields[columns.reward])}; expected a number in [0, 1]`);
    const propensity = toNumber(fields[columns.propensity]!);
    if (!(propensity > 0 && propensity <= 1)) {
      return problem(
        'bad-propensity',
        `propensity ${shown(fields[columns.propensity])}; expected a number > 0 and ≤ 1`,
      );
    }
    const atMs = columns.timestamp === undefined ? 0 : toTime(fields[columns.timestamp]!);
    if (Number.isNaN(atMs)) {
      return problem(
        'bad-timestamp',
        `timestamp ${shown(fields[columns.timestamp!])}; expected ISO 8601 or epoch milliseconds`,
      );
    }
    const memberId = columns.member === undefined ? undefined : fields[columns.member]!;
    const chosen = this.readSlate(fields);
    if (typeof chosen !== 'number') return chosen;
    const contexts = this.writeContexts(fields);
    if (contexts !== undefined) return contexts;
    const position = columns.position === undefined ? '' : fields[columns.position]!;
    return { kind: 'row', slate: this.slate, chosen, reward, propensity, atMs, memberId, position };
  }

  /** Fills the slate's arms; returns where in it the logged one stands. */
  private readSlate(fields: readonly string[]): number | (ReadRow & { kind: 'problem' }) {
    const { columns, slate } = this;
    const name = fields[columns.action]!;
    const arm = this.armOf.get(name);
    if (arm === undefined)
      return problem(
        'unknown-action',
        `action ${shown(name)}; expected one of the ${columns.actions.length} actions`,
      );
    if (columns.offered === undefined) return arm;
    const offered = new Set(fields[columns.offered]!.split('|'));
    slate.size = 0;
    let chosen = -1;
    for (const other of offered) {
      const row = this.armOf.get(other);
      if (row === undefined)
        return problem(
          'unknown-action',
          `offered ${shown(other)}; expected one of the ${columns.actions.length} actions`,
        );
      if (row === arm) chosen = slate.size;
      slate.rows[slate.size++] = row;
    }
    return chosen < 0
      ? problem('action-not-offered', `action ${shown(name)} is not among the ${offered.size} offered`)
      : chosen;
  }

  private writeContexts(fields: readonly string[]): (ReadRow & { kind: 'problem' }) | undefined {
    const { columns, dimension, shared, slate } = this;
    shared.fill(0);
    shared[0] = 1;
    for (const column of columns.categorical) shared[this.bucket(column, fields[column.index]!)] = 1;
    for (const [i, column] of columns.numeric.entries()) {
      const value = toNumber(fields[column.index]!);
      if (Number.isNaN(value)) return badNumber(column.name, fields[column.index]);
      shared[this.numericBuckets[i]!]! += squash(value);
    }
    for (let k = 0; k < slate.size; k++) {
      slate.contexts.set(shared, k * dimension);
      if (columns.affinity === undefined) continue;
      const text = fields[columns.affinity[slate.rows[k]!]!]!;
      const affinity = toNumber(text);
      if (Number.isNaN(affinity)) return badNumber('affinity', text);
      slate.contexts[k * dimension + 1] = squash(affinity);
    }
    return undefined;
  }

  private bucket(column: NamedColumn, value: string): number {
    return 2 + (hashString(`${column.name}=${value}`) % (this.dimension - 2));
  }
}

function problem(reason: ProblemReason, message: string): ReadRow & { kind: 'problem' } {
  return { kind: 'problem', reason, message };
}

function badNumber(name: string, text: string | undefined): ReadRow & { kind: 'problem' } {
  return problem('bad-number', `${name} ${shown(text)}; expected a finite number`);
}

/** NaN unless the text is a plain finite decimal number. */
function toNumber(text: string): number {
  // One character is nearly every cell of a sparse log.
  if (text.length === 1 && text >= '0' && text <= '9') return text.charCodeAt(0) - 48;
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : NaN;
}

/** Epoch milliseconds; a time without a zone is UTC, wherever this runs. */
function toTime(text: string): number {
  const number = toNumber(text);
  if (!Number.isNaN(number)) return number;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return NaN;
  return Date.parse(text.length <= 10 || ZONE.test(text) ? text : `${text}Z`);
}

function squash(value: number): number {
  return value / (1 + Math.abs(value));
}
