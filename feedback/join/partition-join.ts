import type { DecisionEvent, ImpressionEvent, LabelEvent, PlayEvent } from '../events/events.js';
import { holdEvent } from './held-event.js';
import { isPastItsWindows } from './join-deadline.js';
import type { JoinOutcome, JoinRecord, JoinSettings } from './join-outcome.js';
import { JoinTable } from './join-table.js';
import { compactDecision, labelOf, type OpenJoin } from './open-join.js';
import { fits, isLate, refuse } from './record-check.js';
import { readRecord, type ReadRecord } from './record-reading.js';
import { isReward, type RewardExpression } from './reward-expression.js';

/**
 * Joins one partition's decisions with what happened next. Pure: no I/O, no clock; the same records give the same outcomes.
 *
 * The first impression of a (request, slot) is a trial. The slot's reward is the best of its plays, so it only ever rises: duplicates,
 * replays, reports out of order change nothing. Plays count once their slot's impression is here, and whatever comes before its decision waits.
 *
 * Time is the events' own. Nothing is given up because of what *this* process has read so far: `advanceHorizon` is told up to which
 * moment everything in the log has been seen.
 *
 * Fallback slots are joined like any other: their artwork was really displayed, so what it earned is as true; only off-policy
 * estimates, which need a propensity, leave flagged slots out.
 */
export class PartitionJoin {
  readonly table: JoinTable;

  constructor(
    readonly settings: JoinSettings,
    readonly reward: RewardExpression,
  ) {
    this.table = new JoinTable(settings);
  }

  /**
   * Takes one record in; outcomes in the order they came about, labels among them. Its request's join is in memory if there is one, see SpilledJoins.
   */
  take(read: ReadRecord): JoinOutcome[] {
    const outcomes: JoinOutcome[] = [];
    const { record } = read;
    switch (read.kind) {
      case 'decision':
        this.#takeDecision(record, read.event, outcomes);
        break;
      case 'impression':
        this.#takeImpression(record, read.event, outcomes);
        break;
      case 'play':
        this.#takePlay(record, read.event, outcomes);
        break;
      case 'refused':
        refuse(outcomes, read.code, read.message, record);
    }
    return outcomes;
  }

  /** Marks what a label of the log says has been learned, at recovery: it will not be learned again. */
  restoreLabel(label: LabelEvent): void {
    const join = this.table.find(label.requestId) ?? this.table.hold(label.requestId);
    const state = this.table.slot(join, label.slot);
    state.impressionAtMs ??= label.impressionAtMs;
    state.reward = Math.max(state.reward, label.rewardAfter);
    join.lastImpressionAtMs = Math.max(join.lastImpressionAtMs, label.impressionAtMs);
  }

  /**
   * Gives up what can no longer happen, among the joins that changed since the last checkpoint; `expire` does so for the others. Everything any of the
   * three topics got before `horizonMs` has been taken. A horizon that does not move on does nothing.
   */
  advanceHorizon(horizonMs: number): JoinOutcome[] {
    if (!(horizonMs > this.table.horizonMs)) return [];
    this.table.horizonMs = horizonMs;
    return this.expire([...this.table.resident.unsaved.values()]);
  }

  /** Gives up what can no longer happen of these joins. */
  expire(joins: readonly OpenJoin[]): JoinOutcome[] {
    const outcomes: JoinOutcome[] = [];
    for (const join of joins) {
      if (join.decision === undefined) this.#expireUndecided(join, outcomes);
      else if (isPastItsWindows(join, this.table.horizonMs, this.settings)) {
        this.table.remove(join);
        outcomes.push({ kind: 'matured' });
        for (const event of join.held)
          refuse(outcomes, 'event/orphan', `slot ${event.slot} was played and never displayed`, event);
      }
    }
    return outcomes;
  }

  #expireUndecided(join: OpenJoin, outcomes: JoinOutcome[]): void {
    const { orphanHoldMs } = this.settings;
    const { horizonMs } = this.table;
    const late = join.held.filter((event) => event.receivedAtMs + orphanHoldMs < horizonMs);
    if (late.length > 0) this.table.removeHeld(join, new Set(late));
    for (const event of late)
      refuse(outcomes, 'event/orphan', `no decision of this request came within ${orphanHoldMs} ms`, event);
    const isOver = isPastItsWindows(join, horizonMs, this.settings);
    if (isOver && join.slots.size > 0) {
      join.slots.clear();
      this.table.touch(join);
    }
    if (join.held.length === 0 && join.slots.size === 0) this.table.remove(join);
  }

  #takeDecision(record: JoinRecord, decision: DecisionEvent, outcomes: JoinOutcome[]): void {
    if (this.table.find(decision.requestId)?.decision !== undefined) {
      outcomes.push({ kind: 'duplicate' });
      return;
    }
    if (this.table.isPast(decision.atMs)) {
      refuse(
        outcomes,
        'event/expired',
        `a decision from ${decision.atMs} came after its windows had closed`,
        record,
      );
      return;
    }
    for (const { held } of this.table.makeRoom(decision)) {
      outcomes.push({ kind: 'evicted' });
      for (const event of held)
        refuse(outcomes, 'event/too-many-open', 'its decision was given up: too many are open', event);
    }
    if (this.table.isFull(1, decision.slots.count)) {
      refuse(outcomes, 'event/too-many-open', 'too many decisions are open, and none is older', record);
      return;
    }
    outcomes.push({ kind: 'opened' });
    this.#release(this.table.open(compactDecision(decision), record.value), undefined, outcomes);
  }

  #takeImpression(record: JoinRecord, event: ImpressionEvent, outcomes: JoinOutcome[]): void {
    const join = this.table.find(event.requestId);
    if (join?.decision === undefined) {
      outcomes.push(holdEvent(this.table, event, { ...record, topic: 'impressions' }));
      return;
    }
    const { decision } = join;
    if (!fits(decision, event, record, outcomes)) return;
    if (join.slots.get(event.slot)?.impressionAtMs !== undefined) {
      outcomes.push({ kind: 'duplicate' });
      // A label found at recovery may have told of it first, while plays that a checkpoint kept were waiting for it.
      this.#release(join, event.slot, outcomes);
      return;
    }
    if (isLate(event.atMs - decision.atMs, this.settings.attributionWindowMs, record, outcomes)) return;
    this.table.slot(join, event.slot).impressionAtMs = event.atMs;
    join.lastImpressionAtMs = Math.max(join.lastImpressionAtMs, event.atMs);
    const cause = { atMs: event.atMs, rewardBefore: 0, rewardAfter: 0, watchedSeconds: 0 };
    const label = labelOf(decision, event.slot, event.atMs, cause, join.slots);
    outcomes.push({ kind: 'trial', label, receivedAtMs: event.receivedAtMs });
    this.#release(join, event.slot, outcomes);
  }

  #takePlay(record: JoinRecord, event: PlayEvent, outcomes: JoinOutcome[]): void {
    const join = this.table.find(event.requestId);
    if (join?.decision === undefined) {
      outcomes.push(holdEvent(this.table, event, { ...record, topic: 'plays' }));
      return;
    }
    const { decision } = join;
    if (!fits(decision, event, record, outcomes)) return;
    const state = join.slots.get(event.slot);
    if (state?.impressionAtMs === undefined) {
      outcomes.push(holdEvent(this.table, event, { ...record, topic: 'plays' }));
      return;
    }
    if (isLate(event.atMs - state.impressionAtMs, this.settings.attributionWindowMs, record, outcomes))
      return;
    const reward = rewardOf(this.reward, event);
    if (!isReward(reward)) {
      refuse(
        outcomes,
        'bandit/bad-reward',
        `the reward of this play is ${reward}; expected a number in [0, 1]`,
        record,
      );
      return;
    }
    if (reward <= state.reward) {
      outcomes.push({ kind: 'unchanged' });
      return;
    }
    const cause = {
      atMs: event.atMs,
      rewardBefore: state.reward,
      rewardAfter: reward,
      watchedSeconds: event.watchedSeconds,
    };
    state.reward = reward;
    this.table.touch(join);
    const label = labelOf(decision, event.slot, state.impressionAtMs, cause, join.slots);
    outcomes.push({ kind: 'labelled', label, receivedAtMs: event.receivedAtMs });
  }

  /** Takes held events again: all of them when the decision came, one slot's when its impression did. */
  #release(join: OpenJoin, slot: number | undefined, outcomes: JoinOutcome[]): void {
    if (join.held.length === 0) return;
    const released = slot === undefined ? join.held : join.held.filter((event) => event.slot === slot);
    if (released.length === 0) return;
    this.table.removeHeld(join, new Set(released));
    for (const event of released) {
      for (const outcome of this.take(readRecord(event))) if (outcome.kind !== 'held') outcomes.push(outcome);
    }
  }
}

/** Labels carry rewards as float32 does, so that what is compared now is what will be read back. An expression that fails has no reward. */
function rewardOf(expression: RewardExpression, play: PlayEvent): number {
  try {
    return Math.fround(expression.evaluate(play));
  } catch {
    return NaN;
  }
}
