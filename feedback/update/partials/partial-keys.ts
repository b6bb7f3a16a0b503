import { AppError, shown } from '../../../core/errors.js';

/**
 * One partition's statistics in the store that learners share, below `partial/<partition>/`: `head`, and below its generation `row/<statistics>:<row>` and
 * `shared/<statistics>` as `ArmStatistics.encodeRow` gives them, and `change/<version>`, the rows that came with each version. Guarded by `owner/<partition>`.
 */
export interface PartialHead {
  /** moves on with every write, and is written with the last of it */
  readonly version: number;
  /** the rows have at least all labels before this offset */
  readonly labelsOffset: number;
  /** where the rows are: told apart from every other time that all of them were written */
  readonly generation: string;
  /** nothing of an earlier generation is left */
  readonly isSwept: boolean;
  /** by key of the statistics: what they are statistics of */
  readonly fingerprints: Readonly<Record<string, string>>;
}

/** By key of the statistics, which rows were written. */
export type PartialChange = Readonly<Record<string, readonly number[]>>;

/** Who writes a partition's partials: the claim it holds in the log. */
export interface PartialOwner {
  readonly epoch: number;
  readonly owner: string;
  /** where in `labels` it was claimed */
  readonly claimOffset: number;
}

/** Changes are kept for so many versions: who is further behind reads everything. */
export const CHANGES_KEPT = 600;

/** Where a partition's partials are, whichever generation. */
export class PartialKeys {
  readonly owner: string;
  readonly head: string;
  readonly root: string;

  constructor(partition: number) {
    const name = String(partition).padStart(5, '0');
    this.owner = `owner/${name}`;
    this.root = `partial/${name}/`;
    this.head = `${this.root}head`;
  }

  in(generation: string): GenerationKeys {
    return new GenerationKeys(`${this.root}${generation}/`);
  }
}

export class GenerationKeys {
  constructor(
    /** of every key of the generation */
    readonly prefix: string,
  ) {}

  row(statistics: string, row: number): string {
    return this.rows(statistics) + String(row);
  }

  /** Prefix of all rows. */
  rows(statistics: string): string {
    return `${this.prefix}row/${statistics}:`;
  }

  shared(statistics: string): string {
    return `${this.prefix}shared/${statistics}`;
  }

  change(version: number): string {
    return `${this.prefix}change/${version}`;
  }
}

export function encodeJson(value: PartialHead | PartialChange | PartialOwner): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** @throws AppError `store/corrupt` */
export function decodeJson<T extends PartialHead | PartialChange | PartialOwner>(bytes: Uint8Array): T {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new AppError('store/corrupt', `partial statistics read ${shown(text)}; expected JSON`);
  }
}
