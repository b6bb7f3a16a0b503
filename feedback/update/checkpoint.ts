import type { ArmStatistics } from '../../bandit/arm-statistics.js';
import { AppError, shown } from '../../core/errors.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import type { JoinedTopic } from '../join/join-outcome.js';
import type { JoinChanges } from '../join/join-table.js';
import type { OpenJoin } from '../join/open-join.js';
import type { FenceState } from '../events/label-fence.js';
import type { ExaminationStatistics } from './examination-fold.js';
import { decodeJoin, encodeJoin } from './join-encoding.js';
import type { ModelStatistics } from './label-fold.js';

const FORMAT_VERSION = 1;

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
  /** null: no event yet */
  readonly watermarkMs: number | null;
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

  /** @param schemaHash histories are sums over the schema's themes: those of another schema are kept and not read */
  constructor(
    readonly store: KeyValueStore,
    partition: number,
    readonly schemaHash: string,
  ) {
    this.#root = `learner/${String(partition).padStart(5, '0')}/`;
  }

  /** The batch that brings the stored checkpoint up to date. Encodes now; whoever has the batch writes it. */
  encode(changes: PartitionChanges): CheckpointBatch {
    const puts = new Map<string, Uint8Array>([this.#headerEntry(changes.header)]);
    for (const [requestId, bytes] of changes.joins.opened) puts.set(this.#decisionKey(requestId), bytes);
    for (const join of changes.joins.changed) puts.set(this.#joinKey(join.requestId), encodeJoin(join));
    for (const { statistics, arms } of changes.rows) {
      const { key, shared } = statistics;
      if (shared !== undefined) puts.set(`${this.#root}shared/${key}`, shared.encodeRow(0));
      for (const row of arms) puts.set(`${this.#root}row/${key}:${row}`, statistics.arms.encodeRow(row));
    }
    for (const [memberId, bytes] of changes.histories) puts.set(this.#historyKey(memberId), bytes);
    const removed = [...changes.joins.removed].flatMap((id) => [this.#decisionKey(id), this.#joinKey(id)]);
    return { puts, deletes: removed.filter((key) => !puts.has(key)) };
  }

  /** @throws AppError `checkpoint/corrupt` when it is of another format or does not parse */
  async readHeader(): Promise<CheckpointHeader | undefined> {
    const [bytes] = await this.store.getMany([`${this.#root}header`]);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString('utf8');
    const header = parseHeader(text);
    if (header?.formatVersion !== FORMAT_VERSION) {
      throw new AppError(
        'checkpoint/corrupt',
        `checkpoint header ${shown(text)}; expected format ${FORMAT_VERSION}`,
      );
    }
    return header;
  }

  async readJoins(): Promise<OpenJoin[]> {
    const decisions = new Map<RequestId, Uint8Array>();
    const states = new Map<RequestId, Uint8Array>();
    for await (const [id, bytes] of this.#entries('decision/')) decisions.set(asId(id), bytes);
    for await (const [id, bytes] of this.#entries('join/')) states.set(asId(id), bytes);
    const ids = new Set([...decisions.keys(), ...states.keys()]);
    const joins = [...ids].map((id) => decodeJoin(id, decisions.get(id), states.get(id)));
    // In the order in which they were opened, more or less: the oldest is given up first.
    return joins.sort((a, b) => (a.decision?.atMs ?? Infinity) - (b.decision?.atMs ?? Infinity));
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

  #decisionKey(requestId: RequestId): string {
    return `${this.#root}decision/${requestId}`;
  }

  #joinKey(requestId: RequestId): string {
    return `${this.#root}join/${requestId}`;
  }

  #historyKey(memberId: MemberId): string {
    return `${this.#root}history/${this.schemaHash}/${memberId}`;
  }
}

/** A batch whose parts are both there. */
export type CheckpointBatch = Required<Pick<KeyValueBatch, 'puts' | 'deletes'>>;

export function headerOf(fields: Omit<CheckpointHeader, 'formatVersion'>): CheckpointHeader {
  return { formatVersion: FORMAT_VERSION, ...fields };
}

function parseHeader(text: string): CheckpointHeader | undefined {
  try {
    return JSON.parse(text) as CheckpointHeader;
  } catch {
    return undefined;
  }
}
