import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog } from '../event-log/event-log.js';
import { encodeLabel } from '../events/avro.js';
import type { JoinOutcome } from '../join/join-outcome.js';
import { appendDeadLetters, type DeadLetter } from './dead-letters.js';
import { count, emptyCounters } from './learner-counters.js';
import type { FoldedLabel, LearnerPartition } from './learner-partition.js';

/** Receive times kept between two publications, for the freshness histogram; those beyond are not sampled. */
const MAX_RECEIPTS = 10_000;

/** Takes in what the join made of some records: labels are learned, what cannot be used is put away, everything is counted. */
export class OutcomeIntake {
  readonly counters = emptyCounters();
  labelsSinceCheckpoint = 0;
  #receipts: number[] = [];

  constructor(
    readonly log: EventLog,
    readonly clock: Clock,
    readonly timers: Timers,
  ) {}

  async settle(partition: LearnerPartition, outcomes: readonly JoinOutcome[]): Promise<void> {
    const labels = outcomes.filter((outcome) => outcome.kind === 'trial' || outcome.kind === 'labelled');
    const learned = await partition.learn(labels);
    this.labelsSinceCheckpoint += learned.length;
    const letters = [
      ...refusedLetters(partition.partition, outcomes),
      ...unlearnableLetters(partition.partition, learned),
    ];
    await appendDeadLetters(this.log, letters, this.clock.nowMs(), this.timers);
    for (const outcome of outcomes) count(this.counters, outcome);
    for (const { folded } of learned) if (folded.kind === 'unlearnable') this.counters.unlearnable++;
    for (const { receivedAtMs } of labels)
      if (this.#receipts.length < MAX_RECEIPTS) this.#receipts.push(receivedAtMs);
  }

  /** When the events learned since the last call were received. */
  drainReceipts(): number[] {
    const receipts = this.#receipts;
    this.#receipts = [];
    return receipts;
  }
}

function* refusedLetters(partition: number, outcomes: readonly JoinOutcome[]): Iterable<DeadLetter> {
  for (const outcome of outcomes) {
    if (outcome.kind !== 'refused') continue;
    const { topic, offset, key, value } = outcome.record;
    yield { reason: outcome.code, message: outcome.message, topic, partition, offset, key, payload: value };
  }
}

function* unlearnableLetters(partition: number, learned: readonly FoldedLabel[]): Iterable<DeadLetter> {
  for (const { label, offset, folded } of learned) {
    if (folded.kind !== 'unlearnable') continue;
    const payload = encodeLabel(label);
    yield {
      reason: 'label/unlearnable',
      message: folded.message,
      topic: 'labels',
      partition,
      offset,
      key: label.memberId,
      payload,
    };
  }
}
