import type { Producer, TopicMessages } from 'kafkajs';
import { AppError } from '../../../core/errors.js';
import type { Position } from '../event-log.js';
import { failed } from './kafka-settings.js';

/** One record on its way. */
export interface Outgoing {
  readonly topic: string;
  readonly message: TopicMessages['messages'][number] & { readonly partition: number };
  readonly bytes: number;
}

/** One call of `append`. */
interface Call {
  failure: AppError | undefined;
}

interface Entry extends Outgoing {
  readonly call: Call;
  readonly settle: (position: Position | AppError) => void;
}

/**
 * One request in flight at a time, holding everything that was appended while the one before was under way: that is what batches, and what keeps the order of
 * every key whatever is retried. The producer is idempotent, so a retry inside a request appends once. A request that fails for good may have arrived
 * all the same: its callers are told it failed, and who appends again must be deduplicated by event id, as every consumer here does. Of a call that fails a
 * part may be there, never a later record of a partition without the earlier ones.
 *
 * No call waits for longer than its patience: kafkajs asks a broker that keeps silent many times over. What of it is under way then stays so, and what comes later waits
 * for that, which keeps the order; what was not sent yet is not sent.
 *
 * After a failure a new producer takes over: the client numbers the next request like the failed one, and a broker that had taken that one in would answer that it knows
 * these records already, and drop them.
 */
export class ProduceQueue {
  #producer: Producer | undefined;
  #waiting: Entry[] = [];
  #pendingBytes = 0;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  /** @param connect a connected producer, every time a new one */
  constructor(
    private readonly connect: () => Promise<Producer>,
    private readonly limits: {
      readonly maxPendingBytes: number;
      readonly maxRequestBytes: number;
      /** of a call, from `append` to its failure */
      readonly patienceMs: number;
    },
  ) {}

  /** Connects now rather than with the first record. @throws what `connect` throws */
  async open(): Promise<this> {
    this.#producer = await this.connect();
    return this;
  }

  /** @throws AppError `request/overloaded`, nothing is sent then | `log/failed` */
  async append(records: readonly Outgoing[]): Promise<readonly Position[]> {
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    if (this.#pendingBytes + bytes > this.limits.maxPendingBytes) {
      throw new AppError(
        'request/overloaded',
        `${this.#pendingBytes + bytes} bytes wait for Kafka; expected at most ${this.limits.maxPendingBytes}`,
      );
    }
    this.#pendingBytes += bytes;
    const call: Call = { failure: undefined };
    const entries: Entry[] = [];
    const settled = records.map(
      (record) =>
        new Promise<Position | AppError>((settle) => {
          entries.push({ ...record, call, settle });
        }),
    );
    for (const entry of entries) this.#waiting.push(entry);
    if (!this.#isRunning) this.#running = this.#run();
    const patience = setTimeout(() => {
      this.#abandon(call, entries);
    }, this.limits.patienceMs);
    const positions = await Promise.all(settled);
    clearTimeout(patience);
    for (const position of positions) if (position instanceof AppError) throw position;
    return positions as Position[];
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
  }

  /** Not before it is drained. Never rejects. */
  async close(): Promise<void> {
    await this.#producer?.disconnect().catch(() => undefined);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is appended in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, this.#fitting()));
    this.#isRunning = false;
  }

  /** How many of those waiting go into one request: at least one. */
  #fitting(): number {
    let bytes = this.#waiting[0]!.bytes;
    let count = 1;
    for (; count < this.#waiting.length; count++) {
      bytes += this.#waiting[count]!.bytes;
      if (bytes > this.limits.maxRequestBytes) break;
    }
    return count;
  }

  async #send(round: readonly Entry[]): Promise<void> {
    const topicMessages = [...new Set(round.map(({ topic }) => topic))].map((topic) => ({
      topic,
      messages: round.filter((entry) => entry.topic === topic).map(({ message }) => message),
    }));
    try {
      this.#producer ??= await this.connect();
      const answers = await this.#producer.sendBatch({ acks: -1, topicMessages });
      const next = new Map(
        answers.map((one) => [`${one.topicName}/${one.partition}`, Number(one.baseOffset)]),
      );
      for (const { topic, message, settle } of round) {
        const place = `${topic}/${message.partition}`;
        const offset = next.get(place)!;
        next.set(place, offset + 1);
        settle({ partition: message.partition, offset });
      }
    } catch (error) {
      await this.#fail(round, failed('the records could not be appended', error));
    } finally {
      for (const { bytes } of round) this.#pendingBytes -= bytes;
    }
  }

  #abandon(call: Call, entries: readonly Entry[]): void {
    call.failure = new AppError(
      'log/failed',
      `records were not acknowledged within ${this.limits.patienceMs} ms; expected brokers that answer`,
    );
    this.#dropFailed();
    for (const { settle } of entries) settle(call.failure);
  }

  /** @returns what waited and will not be sent, because something of the same call failed */
  #dropFailed(): readonly Entry[] {
    const dropped = this.#waiting.filter(({ call }) => call.failure !== undefined);
    this.#waiting = this.#waiting.filter(({ call }) => call.failure === undefined);
    for (const { bytes } of dropped) this.#pendingBytes -= bytes;
    return dropped;
  }

  async #fail(round: readonly Entry[], failure: AppError): Promise<void> {
    for (const { call } of round) call.failure = failure;
    const rest = this.#dropFailed();
    await this.close();
    this.#producer = undefined;
    for (const { settle } of [...round, ...rest]) settle(failure);
  }
}
