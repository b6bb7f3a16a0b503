import type { ArmStatistics } from '../../bandit/arm-statistics.js';
import { AppError, shown } from '../../core/errors.js';
import type { MemberId } from '../../core/ids.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import type { JoinedTopic, JoinSettings } from '../join/join-outcome.js';
import type { JoinChanges, JoinTotals } from '../join/join-table.js';
import type { FenceState } from '../events/label-fence.js';
import type { Watermarks } from './event-times.js';
import type { ExaminationStatistics } from './examination-fold.js';
import { JoinEntries } from './join-entries.js';
import { migrateJoins } from './join-migration.js';
import type { ModelStatistics } from './label-fold.js';

/** 1 told neither how many joins are open nor when to look at them: `migrateJoins` brings it up to date. */
const FORMAT_VERSION = 2;
/** Written in one go where statistics are replaced whole: some 18 MB at d = 32. */
const ROWS_AT_ONCE = 4_096;

export type TopicOffsets = Record<JoinedTopic, number>;

/** The part of a partition's checkpoint that is written whole each time. */
export interface CheckpointHeader {
  readonly formatVersion: number;
  /** next offset to consume, by topic */
  readonly consumed: TopicOffsets;
  /** next offset of `labels` to fold */
  readonly labelsOffset: number;
  /** as it was there; absent: from before labels were fenced, which is as nobody had claimed anything */
  readonly fence?: FenceState;
  /** of all open joins: they stay in the store */
  readonly joins: JoinTotals;
  readonly watermarks: Watermarks;
  readonly horizonMs: number | null;
  readonly floorMs: number | null;
  /** by model key: up to where its statistics have folded the labels, and what they are statistics of */
  readonly models: Readonly<Record<string, StoredModelHeader>>;
}

export interface StoredModelHeader {
  readonly foldedTo: number;
  readonly fingerprint: string;
  /** as it was at `foldedTo`; absent as in the header */
  readonly fence?: FenceState;
}

export interface PartitionChanges {
  readonly header: CheckpointHeader;
  readonly joins: JoinChanges;
  /** filings of joins that have been dealt with */
  readonly sweptFilings: Iterable<string>;
  readonly rows: readonly { readonly statistics: StoredStatistics; readonly arms: Iterable<number> }[];
  readonly histories: readonly (readonly [MemberId, Uint8Array])[];
}

/** Sums that are kept in a checkpoint: a model's, or those that examination is estimated from. */
export interface StoredStatistics {
  readonly key: string;
  /** statistics of another shape must not be mistaken for these */
  readonly fingerprint: string;
  readonly arms: ArmStatistics;
  readonly shared?: ArmStatistics;
}

export function storedModel({ spec, arms, shared }: ModelStatistics, schemaHash: string): StoredStatistics {
  const fingerprint = [
    spec.target,
    spec.policy.dimension,
    schemaHash,
    spec.halfLifeMs ?? 'forever',
    ...(arms.replicates === 1 ? [] : [`replicates ${arms.replicates}`]),
    ...(arms.space === '' ? [] : [arms.space]),
  ].join(' ');
  return { key: spec.key, fingerprint, arms, shared };
}

/** Their keys hold a colon, which no model's may. */
export function storedExamination(examination: ExaminationStatistics): readonly StoredStatistics[] {
  return (['columns', 'rows'] as const).map((axis) => {
    const { places, groups, sums } = examination[axis];
    return {
      key: `examination:${axis}`,
      fingerprint: `swaps ${places} ${groups} ${sums.halfLifeMs}`,
      arms: sums,
    };
  });
}

/**
 * One partition's checkpoint in a key-value store, below `learner/<partition>/`: the header, and an entry per open decision, join state,
 * statistics row and member history, so that a checkpoint writes only what changed. One atomic write each.
 */
export class PartitionCheckpoint {
  readonly #root: string;
  readonly joins: JoinEntries;

  /** @param schemaHash histories are sums over the schema's themes: those of another schema are kept and not read */
  constructor(
    readonly store: KeyValueStore,
    partition: number,
    readonly schemaHash: string,
  ) {
    this.#root = `learner/${String(partition).padStart(5, '0')}/`;
    this.joins = new JoinEntries(store, this.#root);
  }

  /** The batch that brings the stored checkpoint up to date. Encodes now; whoever has the batch writes it. */
  encode(changes: PartitionChanges): CheckpointBatch {
    const puts = new Map<string, Uint8Array>([this.#headerEntry(changes.header)]);
    const joins = this.joins.encode(changes.joins, changes.sweptFilings);
    for (const [key, bytes] of joins.puts) puts.set(key, bytes);
    for (const { statistics, arms } of changes.rows) {
      const { key, shared } = statistics;
      if (shared !== undefined) puts.set(`${this.#root}shared/${key}`, shared.encodeRow(0));
      for (const row of arms) puts.set(`${this.#root}row/${key}:${row}`, statistics.arms.encodeRow(row));
    }
    for (const [memberId, bytes] of changes.histories) puts.set(this.#historyKey(memberId), bytes);
    return { puts, deletes: joins.deletes };
  }

  /**
   * Brings a checkpoint of an older format up to date first.
   * @throws AppError `checkpoint/corrupt` when it is of another format or does not parse
   */
  async readHeader(settings: JoinSettings, nowMs: number): Promise<CheckpointHeader | undefined> {
    const [bytes] = await this.store.getMany([`${this.#root}header`]);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString('utf8');
    const header = parseHeader(text);
    if (header?.formatVersion === FORMAT_VERSION) return header;
    if (header?.formatVersion !== 1) {
      throw new AppError(
        'checkpoint/corrupt',
        `checkpoint header ${shown(text)}; expected format 1 to ${FORMAT_VERSION}`,
      );
    }
    const joins = await migrateJoins(this.joins, settings, nowMs);
    const upToDate = headerOf({ ...header, watermarks: watermarksOf(header.watermarkMs, nowMs), joins });
    await this.store.write({ puts: [this.#headerEntry(upToDate)] });
    return upToDate;
  }

  /** The header as it is stored, of whatever format it is; nothing is written. @throws AppError `checkpoint/corrupt` when it does not parse */
  async peekHeader(): Promise<Pick<CheckpointHeader, 'labelsOffset' | 'models'> | undefined> {
    const [bytes] = await this.store.getMany([`${this.#root}header`]);
    const text = bytes && Buffer.from(bytes).toString('utf8');
    const header = text === undefined ? undefined : parseHeader(text);
    if (text !== undefined && header === undefined)
      throw new AppError('checkpoint/corrupt', `checkpoint header ${shown(text)}; expected JSON`);
    return header;
  }

  /**
   * Puts statistics in the place of those of the same keys, a slice at a time; the header that tells of them comes last. Stopped half-way it tells of none, and a
   * learner folds the labels anew.
   */
  async replaceStatistics(header: CheckpointHeader, statistics: readonly StoredStatistics[]): Promise<void> {
    let current = header;
    for (const { key } of statistics) current = await this.discardModel(current, key);
    for (const { key, arms, shared } of statistics) {
      if (shared !== undefined)
        await this.store.write({ puts: [[`${this.#root}shared/${key}`, shared.encodeRow(0)]] });
      const rows = Array.from({ length: arms.rows }, (_, row) => row).filter((row) => arms.has(row));
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        const slice = rows.slice(at, at + ROWS_AT_ONCE);
        const entry = (row: number) => [`${this.#root}row/${key}:${row}`, arms.encodeRow(row)] as const;
        await this.store.write({ puts: slice.map(entry) });
      }
    }
    await this.store.write({ puts: [this.#headerEntry(header)] });
  }

  async readStatistics({ key, arms, shared }: StoredStatistics): Promise<void> {
    const [bytesOfShared] = await this.store.getMany([`${this.#root}shared/${key}`]);
    if (bytesOfShared !== undefined) shared?.decodeRow(0, bytesOfShared);
    for await (const [row, bytes] of this.#entries(`row/${key}:`)) arms.decodeRow(Number(row), bytes);
  }

  readHistories(memberIds: readonly MemberId[]): Promise<(Uint8Array | undefined)[]> {
    return this.store.getMany(memberIds.map((id) => this.#historyKey(id)));
  }

  /** Forgets one model's statistics. @returns the header without it, as it is stored now */
  async discardModel(header: CheckpointHeader, key: string): Promise<CheckpointHeader> {
    const models = Object.fromEntries(Object.entries(header.models).filter(([name]) => name !== key));
    const deletes = [`${this.#root}shared/${key}`];
    for await (const [name] of this.store.scan(`${this.#root}row/${key}:`)) deletes.push(name);
    await this.store.write({ puts: [this.#headerEntry({ ...header, models })], deletes });
    return { ...header, models };
  }

  /** Forgets everything of this partition. */
  async discard(): Promise<void> {
    const deletes: string[] = [];
    for await (const [name] of this.store.scan(this.#root)) deletes.push(name);
    await this.store.write({ deletes });
  }

  async *#entries(prefix: string): AsyncIterable<[rest: string, bytes: Uint8Array]> {
    for await (const [key, bytes] of this.store.scan(this.#root + prefix)) {
      yield [key.slice(this.#root.length + prefix.length), bytes];
    }
  }

  #headerEntry(header: CheckpointHeader): [string, Uint8Array] {
    return [`${this.#root}header`, Buffer.from(JSON.stringify(header))];
  }

  #historyKey(memberId: MemberId): string {
    return `${this.#root}history/${this.schemaHash}/${memberId}`;
  }
}

/** A batch whose parts are both there. */
export type CheckpointBatch = Required<Pick<KeyValueBatch, 'puts' | 'deletes'>>;

export function headerOf(fields: Omit<CheckpointHeader, 'formatVersion'>): CheckpointHeader {
  return { ...fields, formatVersion: FORMAT_VERSION };
}

/** Format 1 told the latest event time of all topics together, and not how many joins there were. */
type HeaderV1 = Omit<CheckpointHeader, 'formatVersion' | 'joins' | 'watermarks'> & {
  readonly formatVersion: 1;
  readonly watermarkMs: number | null;
};

function watermarksOf(atMs: number | null, seenAtMs: number): Watermarks {
  const watermark = atMs === null ? null : { atMs, seenAtMs };
  return { decisions: watermark, impressions: watermark, plays: watermark };
}

function parseHeader(
  text: string,
): (CheckpointHeader & { readonly formatVersion: typeof FORMAT_VERSION }) | HeaderV1 | undefined {
  try {
    return JSON.parse(text) as CheckpointHeader & { readonly formatVersion: typeof FORMAT_VERSION };
  } catch {
    return undefined;
  }
}
