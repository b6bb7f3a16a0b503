import { expect } from 'vitest';
import type { ArmStatistics } from '../../../bandit/arm-statistics.js';
import { createPolicy } from '../../../bandit/policies/index.js';
import { manualClock } from '../../../core/clock.js';
import { partitionOf } from '../../../core/hash.js';
import { systemTimers } from '../../../core/timers.js';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../../features/key-value/memory/index.js';
import { memoryEventLog } from '../../event-log/memory/index.js';
import type { LabelEvent } from '../../events/events.js';
import { DEFAULT_JOIN_SETTINGS } from '../../join/join-outcome.js';
import { decisionOf, NOON_MS, REVISIONS, SCHEMA } from '../../join/joined-events.fixture.js';
import { compactDecision, labelOf } from '../../join/open-join.js';
import { rewardExpression } from '../../join/reward-expression.js';
import { storedExamination, storedModel, type StoredStatistics } from '../checkpoint.js';
import { emptyExamination, foldExamination } from '../examination-fold.js';
import { emptyStatistics, foldLabel } from '../label-fold.js';
import { LearnerPartition } from '../learner-partition.js';
import type { ModelSpec } from '../model-spec.js';
import { recoverPartition } from '../partition-recovery.js';
import { PartitionPartials } from './partition-partials.js';
import { SharedStatistics } from './shared-statistics.js';

export const CONTEXT = { schema: SCHEMA, revisions: REVISIONS };

export function partialModels(halfLifeMs?: number): readonly ModelSpec[] {
  const common = { learnsFrom: () => true, lambda: 1, ...(halfLifeMs !== undefined && { halfLifeMs }) };
  const d = SCHEMA.dimension;
  return [
    { ...common, key: 'home/linear', target: 'artwork', policy: createPolicy('linear-thompson', {}, d) },
    {
      ...{ ...common, key: 'home/bagged', target: 'title' },
      policy: createPolicy('online-bagging', { replicates: 4 }, d),
    },
  ];
}

/** What happens in one slot of a member's page: seen, and played or not. */
export interface Happening {
  readonly request: number;
  readonly slot: number;
  readonly minute: number;
  readonly reward: number;
}

export function labelsOf({ request, slot, minute, reward }: Happening): LabelEvent[] {
  const impressionAtMs = NOON_MS + 60_000 * minute;
  const cause = { atMs: impressionAtMs, rewardBefore: 0, rewardAfter: 0, watchedSeconds: 0 };
  const swaps = Float32Array.of(slot === 1 ? 0.5 : 0, slot === 0 ? 0.5 : 0, 0, 0);
  const trial = { ...labelOf(compactDecision(decisionOf(request)), slot, impressionAtMs, cause), swaps };
  return reward === 0 ? [trial] : [trial, { ...trial, kind: 'reward', rewardAfter: reward }];
}

/** One partition in one learner's hands. */
interface Share {
  readonly learner: number;
  readonly partition: LearnerPartition;
  readonly partials: PartitionPartials;
}

/** Learners that share partitions, without their timers: nothing runs by itself. */
export class PartialWorld {
  readonly log;
  readonly shared: KeyValueStore = memoryKeyValue();
  readonly clock = manualClock(NOON_MS);
  readonly labels: LabelEvent[] = [];
  readonly shares = new Map<number, Share>();
  readonly #own = new Map<number, KeyValueStore>();
  #lives = 0;

  constructor(
    readonly partitions: number,
    readonly models: readonly ModelSpec[],
    readonly halfLifeMs?: number,
  ) {
    this.log = memoryEventLog({ partitions });
  }

  /** A learner is given a partition, with what it kept of it before. */
  async give(partition: number, learner: number): Promise<Share> {
    const store = this.#own.get(learner) ?? memoryKeyValue();
    this.#own.set(learner, store);
    const owner = `life-${++this.#lives}`;
    const { log, clock, models } = this;
    const recovered = new LearnerPartition(partition, {
      ...{ log, store, clock, models, owner, timers: systemTimers, context: CONTEXT },
      ...{ reward: rewardExpression(undefined), join: DEFAULT_JOIN_SETTINGS, maxMemberHistories: 100 },
      examinationHalfLifeMs: this.halfLifeMs,
      recoveryGroup: owner,
    });
    await recoverPartition(recovered, clock.nowMs());
    const partials = new PartitionPartials(recovered, this.shared);
    const share = { learner, partition: recovered, partials };
    this.shares.set(partition, share);
    return share;
  }

  async happen(happening: Happening): Promise<void> {
    for (const label of labelsOf(happening)) {
      const { partition } = this.shares.get(partitionOf(label.memberId, this.partitions))!;
      await partition.learn([{ kind: 'trial', label, receivedAtMs: label.atMs }]);
      this.labels.push(label);
    }
  }

  async flush(learner?: number): Promise<void> {
    for (const share of this.shares.values())
      if (learner === undefined || share.learner === learner) await this.flushOne(share);
  }

  flushOne({ partials }: Pick<Share, 'partials'>): Promise<void> {
    this.clock.advance(1);
    return partials.flush((work) => Promise.resolve(work()), this.clock.nowMs());
  }

  async checkpoint(partition: number): Promise<void> {
    const { learner, partition: kept } = this.shares.get(partition)!;
    await this.#own.get(learner)!.write(kept.encodeCheckpoint());
    kept.saved();
  }

  /** What a learner would publish. @param learner whose own partitions are read in memory; undefined: nobody's */
  publisher(learner?: number, store: KeyValueStore = this.shared): SharedStatistics {
    const find = (partition: number): LearnerPartition | undefined => {
      const share = this.shares.get(partition);
      return share !== undefined && share.learner === learner ? share.partition : undefined;
    };
    return new SharedStatistics({
      ...{ store, partitions: this.partitions, owned: { find }, models: this.models },
      schemaHash: SCHEMA.hash,
      examinationHalfLifeMs: this.halfLifeMs,
      timers: systemTimers,
      flush: () => (learner === undefined ? Promise.resolve() : this.flush(learner)),
      // room for some of the rows, so that some are read again
      rowCacheBytes: 20_000,
    });
  }

  /** Every label folded as it happened, by one learner: no partition, nothing merged. */
  calmly(): readonly StoredStatistics[] {
    const models = this.models.map(emptyStatistics);
    const examination = emptyExamination(this.halfLifeMs);
    const xs = new Float32Array(2 * SCHEMA.dimension);
    for (const label of this.labels) {
      foldLabel(models, CONTEXT, label, xs);
      foldExamination(examination, label);
    }
    return [...models.map((model) => storedModel(model, SCHEMA.hash)), ...storedExamination(examination)];
  }
}

/** What statistics say, by place: the models', then examination's rows and columns. */
export async function publishedOf(statistics: SharedStatistics, models: number): Promise<ArmStatistics[]> {
  const arms = Array.from({ length: models }, (_, m) => statistics.merged(m));
  const shared: ArmStatistics[] = [];
  for (let m = 0; m < models; m++) shared.push(await statistics.mergedShared(m));
  const { columns, rows } = statistics.mergedExamination();
  return [...arms, ...shared, columns.sums, rows.sums];
}

export function calmlyOf(stored: readonly StoredStatistics[]): ArmStatistics[] {
  const shared = stored.flatMap((one) => one.shared ?? []);
  const models = stored.slice(0, shared.length);
  const examination = stored.slice(shared.length);
  return [...models.map(({ arms }) => arms), ...shared, ...examination.map(({ arms }) => arms)];
}

/** Every sum the same within 1e-9, and counts to the last bit where nothing is forgotten. */
export function expectSameSums(found: ArmStatistics, wanted: ArmStatistics): void {
  const { replicates, halfLifeMs } = wanted;
  const differing: number[] = [];
  for (let row = 0; row < Math.max(found.rows, wanted.rows); row++) {
    if (!wanted.has(row) && !found.has(row)) continue;
    const isCounted = halfLifeMs < Infinity || found.trials(row) === wanted.trials(row);
    const isTimed = !wanted.has(row) || found.asOfMs(row) === wanted.asOfMs(row);
    let isSame = isCounted && isTimed;
    for (let replicate = 0; isSame && replicate < replicates; replicate++) {
      const [mine, theirs] = [sumsOf(found, row, replicate), sumsOf(wanted, row, replicate)];
      isSame = theirs.every((sum, i) => Math.abs(mine[i]! - sum) <= 1e-9 * Math.max(1, Math.abs(sum)));
    }
    if (!isSame) differing.push(row);
  }
  expect(differing, 'rows that differ').toEqual([]);
}

function sumsOf(arms: ArmStatistics, row: number, replicate: number): number[] {
  const d = arms.dimension;
  const [outer, rewarded] = [new Float64Array((d * (d + 1)) / 2), new Float64Array(d)];
  arms.readSums(row, outer, rewarded, replicate);
  return [arms.trials(row), arms.rewardSum(row), ...outer, ...rewarded];
}
