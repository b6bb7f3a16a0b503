import { AppError } from '../../core/errors.js';
import type { CommittedOffsets, Cursor, Group, RecordSource, TopicPartition } from './consumer-groups.js';
import type { ConsumeOptions, Consumer, Topic } from './event-log.js';
import { MemberShare } from './member-share.js';

export interface GroupMember {
  readonly topics: readonly Topic[];
  readonly consumer: Consumer;
  /** resolves when it has been told of its first share */
  readonly shared: Promise<void>;
  /** there may be something to do: new records, another plan, the end */
  wake(): void;
  /** Drops the partition unless a batch of it is in flight. @returns whether it was dropped */
  letGo(key: string): boolean;
}

const DEFAULT_BATCH_RECORDS = 2_000;

interface Assignment extends TopicPartition {
  readonly key: string;
  cursor: Cursor | undefined;
}

/** One consumer: a single loop that takes the partitions in turn, so one batch is in flight at a time. */
export function groupMember(
  options: ConsumeOptions,
  group: Group,
  source: RecordSource,
  offsets: CommittedOffsets,
): GroupMember {
  const member = new Member(options, group, source, offsets);
  member.start();
  return member;
}

class Member implements GroupMember {
  readonly topics: readonly Topic[];
  readonly consumer: Consumer;
  readonly shared: Promise<void>;
  readonly #assignments: Assignment[];
  /** of who wants to be told of it; others hold topic partitions one by one */
  readonly #share: MemberShare | undefined;
  #told!: () => void;
  #turn = 0;
  #inFlight: Assignment | undefined;
  #closing = false;
  #awake = false;
  #rouse: (() => void) | undefined;
  #stop!: { resolve: () => void; reject: (cause: unknown) => void };

  constructor(
    private readonly options: ConsumeOptions,
    private readonly group: Group,
    private readonly source: RecordSource,
    private readonly offsets: CommittedOffsets,
  ) {
    this.topics = [...new Set(options.topics)];
    this.#assignments = this.topics.flatMap((topic) =>
      Array.from({ length: source.partitions }, (_, partition) => ({
        topic,
        partition,
        key: `${topic}/${partition}`,
        cursor: undefined,
      })),
    );
    this.shared = new Promise((resolve) => (this.#told = resolve));
    this.#share = this.#newShare();
    const stopped = new Promise<void>((resolve, reject) => (this.#stop = { resolve, reject }));
    // Whoever cares awaits `stopped`; a consumer that nobody watches must not take the process down on its own.
    stopped.catch(() => undefined);
    this.consumer = {
      stopped,
      commit: (topic, partition, offset) => this.#commit(topic, partition, offset),
      close: () => {
        this.#closing = true;
        this.wake();
        return stopped.catch(() => undefined);
      },
    };
  }

  start(): void {
    this.#run().then(
      () => this.#stop.resolve(),
      (cause: unknown) => this.#stop.reject(cause),
    );
  }

  wake(): void {
    this.#awake = true;
    this.#rouse?.();
  }

  letGo(key: string): boolean {
    if (this.#inFlight?.key === key || this.#share !== undefined) return false;
    const assignment = this.#assignments.find((candidate) => candidate.key === key);
    if (assignment !== undefined) dropCursor(assignment);
    return true;
  }

  async #run(): Promise<void> {
    // The caller gets its Consumer before the first batch.
    await Promise.resolve();
    try {
      const first = this.#share?.update();
      this.#told();
      await first;
      while (!this.#closing) {
        await this.#share?.update();
        const assignment = this.#next();
        if (assignment === undefined) await this.#sleep();
        else {
          await this.#serve(assignment);
          // A long catch-up from memory would otherwise run in one turn of the event loop and stop the serving of requests.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await this.#share?.close();
    } finally {
      this.#told();
      this.group.leave(this);
      for (const assignment of this.#assignments) dropCursor(assignment);
    }
  }

  /** The next partition in turn that is ours and needs its start or has records. */
  #next(): Assignment | undefined {
    const count = this.#assignments.length;
    for (let tried = 0; tried < count; tried++) {
      const assignment = this.#assignments[this.#turn++ % count]!;
      const isOurs = this.#share?.holds(assignment.partition) ?? this.group.hold(this, assignment.key);
      if (!isOurs) continue;
      const { cursor, topic, partition } = assignment;
      if (cursor === undefined || cursor.nextOffset < this.source.endOffset(topic, partition))
        return assignment;
    }
    return undefined;
  }

  async #serve(assignment: Assignment): Promise<void> {
    const { topic, partition } = assignment;
    this.#inFlight = assignment;
    try {
      const cursor = (assignment.cursor ??= await this.#open(topic, partition));
      const records = await cursor.read(this.options.maxBatchRecords ?? DEFAULT_BATCH_RECORDS);
      if (records.length === 0 || this.#closing) return;
      await this.options.onBatch({
        topic,
        partition,
        records,
        endOffset: this.source.endOffset(topic, partition),
      });
    } finally {
      this.#inFlight = undefined;
      if (this.#share === undefined && this.group.releaseIfMoved(this, assignment.key))
        dropCursor(assignment);
    }
  }

  async #open(topic: Topic, partition: number): Promise<Cursor> {
    const asked = await this.options.startAt?.(topic, partition);
    const oldest = this.source.startOffset(topic, partition);
    const end = this.source.endOffset(topic, partition);
    const committed = this.offsets.committed(this.options.group, topic, partition) ?? 0;
    const start = asked ?? Math.max(committed, oldest);
    if (!(Number.isInteger(start) && start >= oldest && start <= end)) {
      throw outOfRange(topic, partition, start, oldest, end);
    }
    return this.source.cursor(topic, partition, start);
  }

  async #commit(topic: Topic, partition: number, offset: number): Promise<void> {
    const end = this.source.endOffset(topic, partition);
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= end))
      throw outOfRange(topic, partition, offset, 0, end);
    await this.offsets.commit(this.options.group, topic, partition, offset);
  }

  #newShare(): MemberShare | undefined {
    const { options, group, source } = this;
    if (options.onAssigned === undefined && options.onRevoked === undefined) return undefined;
    const of = Array.from({ length: source.partitions }, (_, p) =>
      this.#assignments.filter(({ partition }) => partition === p),
    );
    return new MemberShare({
      options,
      group,
      member: this,
      partitions: source.partitions,
      keysOf: (p) => of[p]!.map(({ key }) => key),
      drop: (p) => of[p]!.forEach(dropCursor),
    });
  }

  async #sleep(): Promise<void> {
    if (!this.#awake) await new Promise<void>((resolve) => (this.#rouse = resolve));
    this.#rouse = undefined;
    this.#awake = false;
  }
}

function dropCursor(assignment: Assignment): void {
  void assignment.cursor?.close();
  assignment.cursor = undefined;
}

function outOfRange(topic: Topic, partition: number, offset: number, from: number, to: number): AppError {
  return new AppError(
    'log/offset-out-of-range',
    `offset ${offset} of ${topic}/${partition}; expected an integer from ${from} to ${to}`,
    { topic, partition },
  );
}
