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

interface Entry extends Outgoing {
  readonly settle: (position: Position | AppError) => void;
}

/**
 * One request in flight at a time, holding everything that was appended while the one before was under way: that is what batches, and what keeps the order of
 * every key whatever is retried. The producer is idempotent, so a retry inside a request appends once. A request that fails for good may have arrived
 * all the same: its callers are told it failed, and who appends again must be deduplicated by event id, as every consumer here does.
 */
export class ProduceQueue {
  readonly #waiting: Entry[] = [];
  #pendingBytes = 0;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(
    private readonly producer: Producer,
    private readonly limits: { readonly maxPendingBytes: number; readonly maxRequestBytes: number },
  ) {}

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
    const settled = records.map(
      (record) =>
        new Promise<Position | AppError>((settle) => {
          this.#waiting.push({ ...record, settle });
        }),
    );
    if (!this.#isRunning) this.#running = this.#run();
    const positions = await Promise.all(settled);
    for (const position of positions) if (position instanceof AppError) throw position;
    return positions as Position[];
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
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
      const answers = await this.producer.sendBatch({ acks: -1, topicMessages });
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
      const failure = failed('the records could not be appended', error);
      for (const { settle } of round) settle(failure);
    } finally {
      for (const { bytes } of round) this.#pendingBytes -= bytes;
    }
  }
}
