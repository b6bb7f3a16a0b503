import { strict as assert } from 'node:assert';
import type { Config } from '../../src/config.js';
import { checkFolds } from './fold-check.js';
import { expectedRewards, type LogContent } from './log-content.js';
import { checkTables, type QueryTables } from './tables-check.js';
import type { ToldEvents } from './told-events.js';
import type { Learned } from './victim-process.js';

/** What the service says of itself once it has recovered and caught up. */
export interface Evidence {
  readonly config: Config;
  readonly told: ToldEvents;
  readonly content: LogContent;
  /** by the learners, each of its own partitions */
  readonly learned: readonly Learned[];
  readonly query: QueryTables;
}

export interface Verdict {
  readonly impressions: number;
  readonly plays: number;
  /** records beyond one per event id: repeats of the load, and what it was never told had arrived */
  readonly repeats: number;
  readonly labels: number;
  readonly voided: number;
}

/**
 * The guarantee, checked from the log's bytes: every acknowledged event is in the log and nothing that nobody sent; each is counted once, by id; the tables say what the
 * deduplicated log says; a replay of the labels gives the learner's bits; a run without crashes gives its sums.
 *
 * @throws AssertionError
 */
export async function checkGuarantee(evidence: Evidence): Promise<Verdict> {
  const { config, told, content } = evidence;
  checkLog(told, content);
  checkLabels(content);
  await checkTables(content, evidence.query);
  await checkFolds(config, content, evidence.learned);
  const { impressions, plays, labels, voided, records } = content;
  return {
    impressions: impressions.size,
    plays: plays.size,
    repeats: records.impressions.length + records.plays.length - impressions.size - plays.size,
    labels: labels.length,
    voided,
  };
}

function checkLog(told: ToldEvents, { decisions, impressions, plays }: LogContent): void {
  for (const id of told.acknowledged)
    assert.ok(impressions.has(id) || plays.has(id), `${id} was acknowledged and is not in the log`);
  for (const event of [...impressions.values(), ...plays.values()]) {
    assert.ok(told.sent.has(event.eventId), `${event.eventId} is in the log and was never sent`);
    assert.ok(decisions.has(event.requestId), `${event.eventId} is in the log without its decision`);
  }
}

/** One trial per displayed slot, then rewards that each follow from the one before, up to the expected one. */
function checkLabels(content: LogContent): void {
  const rewards = new Map<string, number>();
  for (const { kind, requestId, slot, rewardBefore, rewardAfter } of content.labels) {
    const key = `${requestId}:${slot}`;
    const before = rewards.get(key);
    if (kind === 'trial') assert.equal(before, undefined, `${key} was counted twice`);
    else assert.equal(before, rewardBefore, `the reward of ${key} does not follow from the one before`);
    rewards.set(key, rewardAfter);
  }
  const expected = expectedRewards(content);
  for (const [key, reward] of expected)
    assert.equal(rewards.get(key), reward, `what ${key} earned was not learned as it was`);
  assert.equal(rewards.size, expected.size, 'slots were learned that nobody saw');
}
