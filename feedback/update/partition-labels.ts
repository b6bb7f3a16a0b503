import { AppError } from '../../core/errors.js';
import { partitionOf } from '../../core/hash.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog, NewRecord } from '../event-log/event-log.js';
import { encodeLabel } from '../events/avro.js';
import type { LabelEvent } from '../events/events.js';
import { LabelFence, type FenceState } from '../events/label-fence.js';
import { decodeLabelsRecord, encodeClaim, type LabelsRecord } from '../events/labels-record.js';
import { readLabels } from './labels-reader.js';
import { appendPatiently } from './patient-append.js';

/** Somebody else has claimed the partition: nothing of it may be written, published or kept any more. */
export class PartitionLost extends AppError {
  constructor(readonly partition: number) {
    super(
      'store/owned',
      `labels of partition ${partition} are written by another learner now; expected it to be ours`,
    );
  }
}

/** A label that counts, where it stands in the log. */
export interface CountedLabel {
  readonly label: LabelEvent;
  readonly offset: number;
}

export interface PartitionLabelsOptions {
  readonly log: EventLog;
  readonly timers: Timers;
  /** who claims: random, told apart from every other learner that ever was */
  readonly owner: string;
  /** consumer group for reading labels back that nobody else is in */
  readonly readingGroup: string;
}

/**
 * One partition of `labels` as its owner reads and writes it: everything in offset order, everything through the fence, so that what is folded here is what
 * every replay of the log folds.
 */
export class PartitionLabels {
  /** of the next record to take */
  nextOffset = 0;
  /** records passed over, claims of others among them */
  voided = 0;
  #fence = new LabelFence();
  /** under which this learner writes; 0: it does not own the partition */
  #epoch = 0;
  #claimOffset = -1;
  #sequence = 0;

  constructor(
    readonly partition: number,
    readonly options: PartitionLabelsOptions,
  ) {}

  get fence(): FenceState {
    return this.#fence.state;
  }

  /** epoch of the ownership; 0: not owned */
  get ownerEpoch(): number {
    return this.#epoch;
  }

  /** where it was claimed; −1: never */
  get claimOffset(): number {
    return this.#claimOffset;
  }

  /** Goes on at an offset with the fence as it was there. */
  resume(nextOffset: number, fence: FenceState | undefined): void {
    this.nextOffset = nextOffset;
    this.#fence = new LabelFence(fence);
  }

  /** Reads on up to, not including, `to`. @param onCounted gets what counts, batch by batch */
  async readTo(to: number, onCounted: (labels: readonly CountedLabel[]) => Promise<void>): Promise<void> {
    const { log, readingGroup } = this.options;
    const range = { from: this.nextOffset, to, group: readingGroup };
    await readLabels(log, this.partition, range, async (records) => {
      const counted: CountedLabel[] = [];
      for (const { offset, value } of records) this.#take(decodeLabelsRecord(value), offset, counted);
      if (counted.length > 0) await onCounted(counted);
    });
    this.nextOffset = Math.max(this.nextOffset, to);
  }

  /**
   * Becomes the owner: appends a claim above every epoch there is, and owns the partition if no other claim came in before it. What others wrote until
   * then is handed to `onCounted`.
   *
   * @param isWanted asked before each attempt: is the partition still to be ours? @returns whether it is owned now
   */
  async claim(
    atMs: number,
    isWanted: () => boolean,
    onCounted: (labels: readonly CountedLabel[]) => Promise<void>,
  ): Promise<boolean> {
    const { log, owner, timers } = this.options;
    while (isWanted()) {
      const ownerEpoch = this.fence.epoch + 1;
      const claim = { partition: this.partition, ownerEpoch, owner, atMs };
      const record = {
        key: keyInPartition(this.partition, log.partitions),
        value: encodeClaim(claim),
        timestampMs: atMs,
      };
      const [position] = await appendPatiently(log, 'labels', [record], timers);
      await this.readTo(position!.offset, onCounted);
      if (this.nextOffset === position!.offset) this.#take({ kind: 'claim', claim }, position!.offset, []);
      if (this.fence.epoch !== ownerEpoch || this.fence.owner !== owner) continue;
      this.#epoch = ownerEpoch;
      this.#claimOffset = position!.offset;
      this.#sequence = 0;
      return true;
    }
    return false;
  }

  /**
   * Appends labels under the ownership. One call at a time.
   *
   * @returns what counts from where the last call ended, in offset order: these labels, each once
   * @throws PartitionLost: what was read since the last call is not handed over then, so this object is of no more use
   */
  async append(labels: readonly LabelEvent[]): Promise<CountedLabel[]> {
    if (this.#epoch === 0) throw new PartitionLost(this.partition);
    const owned = labels.map((label) => ({
      ...label,
      ownerEpoch: this.#epoch,
      ownerSequence: ++this.#sequence,
    }));
    const { log, timers } = this.options;
    const positions = await appendPatiently(log, 'labels', owned.map(recordOf), timers);
    const counted: CountedLabel[] = [];
    for (const [i, { partition, offset }] of positions.entries()) {
      if (partition !== this.partition) {
        throw new AppError('internal', `a label went to partition ${partition}; expected ${this.partition}`);
      }
      // Somebody wrote in between: a former owner, ourselves in an attempt that seemed to fail, or a new owner.
      if (offset > this.nextOffset)
        await this.readTo(offset, (found) => Promise.resolve(void counted.push(...found)));
      if (offset === this.nextOffset) this.#take({ kind: 'label', label: owned[i]! }, offset, counted);
    }
    this.#mustOwn();
    if (counted.length !== owned.length) {
      throw new AppError(
        'internal',
        `${counted.length} labels count of ${owned.length} written; expected all of them`,
      );
    }
    return counted;
  }

  /** Writes no more. */
  release(): void {
    this.#epoch = 0;
  }

  #take(record: LabelsRecord, offset: number, counted: CountedLabel[]): void {
    if (offset < this.nextOffset) return;
    this.nextOffset = offset + 1;
    const verdict = this.#fence.take(record);
    if (verdict === 'counts' && record.kind === 'label') counted.push({ label: record.label, offset });
    else if (verdict === 'void') this.voided++;
  }

  #mustOwn(): void {
    if (this.fence.epoch === this.#epoch) return;
    this.release();
    throw new PartitionLost(this.partition);
  }
}

function recordOf(label: LabelEvent): NewRecord {
  return { key: label.memberId, value: encodeLabel(label), timestampMs: label.atMs };
}

/** A key whose records go to the partition. */
export function keyInPartition(partition: number, partitions: number): string {
  for (let n = 0; ; n++) {
    const key = `claim-${n}`;
    if (partitionOf(key, partitions) === partition) return key;
  }
}
