import type { Logger } from 'pino';
import type { Clock } from '../core/clock.js';
import type { Timers } from '../core/timers.js';
import type { Announcements } from '../features/announcements/announcements.js';
import type { Catalogue } from '../features/catalogue.js';
import type { ContextSchema } from '../features/context-vector.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import type { MemberStore } from '../features/member-store.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import { LABEL_ROOM_BYTES } from '../feedback/join/join-outcome.js';
import type { BaseSource } from '../feedback/snapshots/base-source.js';
import type { SnapshotFollower } from '../feedback/snapshots/snapshot-follower.js';
import type { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import { readExaminationCurves } from '../feedback/update/examination-publisher.js';
import type { Learner } from '../feedback/update/learner-options.js';
import type { ModelSpec } from '../feedback/update/model-spec.js';
import { startLearner } from '../feedback/update/start-learner.js';
import type { Config } from './config-schema.js';
import { followModels } from './followed-models.js';
import type { Metrics } from './metrics.js';
import { observeFollower, observeLearner, observeSnapshotPublisher } from './observed.js';
import { installPersistedSnapshots } from './persisted-snapshots.js';
import type { Models } from './pipeline/models.js';
import { sharedSide } from './shared-learning.js';

const DAY_MS = 86_400_000;
/** Between two looks at the curves that another process estimates: they move slowly. */
const EXAMINATION_POLL_MS = 1_000;

export interface LearningDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly log: EventLog;
  readonly schema: ContextSchema;
  readonly specs: readonly ModelSpec[];
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  /** what this process serves */
  readonly models: Models;
  /** opens this process's own store, for checkpoints */
  readonly learnerStore: () => KeyValueStore;
  /** undefined: the store is this process's alone */
  readonly shared: SharedStore | undefined;
}

export interface SharedStore {
  readonly store: KeyValueStore;
  readonly announcements: Announcements;
  /** for who follows: closed with what follows */
  readonly bases: BaseSource;
}

/** Where this process's models come from: its own learner, another process's, or what one left on disk. */
export interface LearningSide {
  readonly learner?: Learner;
  /** while this process publishes for all learners */
  readonly publisher?: () => SnapshotPublisherStore | undefined;
  readonly follower?: SnapshotFollower;
  close(): Promise<void>;
}

export async function learningSide(deps: LearningDeps): Promise<LearningSide> {
  const { config, metrics, learnerStore, shared } = deps;
  const begin = async (): Promise<LearningSide> => {
    if (config.roles.includes('learn')) return await learn(deps, learnerStore());
    return shared ? await follow(deps, shared) : await startFromDisk(deps, learnerStore());
  };
  const side = await begin();
  observeFollower(metrics, () => side.follower);
  observeSnapshotPublisher(metrics, () => side.publisher?.());
  return side;
}

async function learn(deps: LearningDeps, store: KeyValueStore): Promise<LearningSide> {
  const { config, clock, timers, logger, metrics, models, shared } = deps;
  const { log, schema, specs, catalogue, members } = deps;
  const side = shared && sharedSide(shared, deps);
  // Who serves too serves what is in the shared store, whichever learner put it there.
  const following = shared && config.roles.includes('serve') ? await follow(deps, shared) : undefined;
  const learner = await startLearner({
    ...{ log, store, revisions: catalogue, schema, models: specs, clock, timers },
    reward: config.reward.expression,
    settings: learnerSettings(config),
    examination: { ...config.page.examination, halfLifeMs: config.learn.halfLifeDays * DAY_MS },
    onSnapshot(snapshot) {
      if (following !== undefined) return;
      models.install(snapshot);
      metrics.modelVersion.set({ model: snapshot.modelKey }, snapshot.version);
    },
    onHistories: (histories, guard) => members.putHistories(histories, guard),
    onExamination(curves) {
      models.examine(curves, config.page.examination.correct);
    },
    ...(side && { shared: side.learning }),
    onLearned: (receivedAtMs) => metrics.learnedSeconds.observe((clock.nowMs() - receivedAtMs) / 1000),
  });
  learner.stopped.catch((error: unknown) => logger.fatal({ err: error }, 'the learner has stopped'));
  observeLearner(metrics, learner);
  return {
    learner,
    ...(side && { publisher: side.publisher }),
    ...(following?.follower && { follower: following.follower }),
    async close() {
      await learner.close();
      await following?.close();
    },
  };
}

/** Models, and how much places are looked at, as another process publishes them. */
async function follow(deps: LearningDeps, shared: SharedStore): Promise<LearningSide> {
  const { models, schema, config, timers } = deps;
  const follower = await followModels({ ...deps, ...shared, contextSchema: schema.hash });
  const look = async (): Promise<void> => {
    const curves = await readExaminationCurves(shared.store);
    if (curves) models.examine(curves, config.page.examination.correct);
  };
  const fault = faultLine(deps, 'examination');
  await look().catch(fault);
  const looking = timers.every(EXAMINATION_POLL_MS, () => look().catch(fault));
  return {
    follower,
    async close() {
      looking.stop();
      await follower.close();
    },
  };
}

async function startFromDisk(
  { models, config, logger }: LearningDeps,
  store: KeyValueStore,
): Promise<LearningSide> {
  await installPersistedSnapshots(store, models, (error) =>
    logger.warn({ err: error }, 'a stored model cannot be used: it is served as before it had learned'),
  );
  const curves = await readExaminationCurves(store);
  if (curves) models.examine(curves, config.page.examination.correct);
  return { close: () => Promise.resolve() };
}

function faultLine({ metrics, logger }: LearningDeps, what: string): (error: unknown) => void {
  return (error) => {
    metrics.followFaults.inc({ what });
    logger.warn({ err: error, what }, 'the shared store did not do as asked: it is tried again');
  };
}

function learnerSettings({ learn, reward, eventLog }: Config) {
  const { publishIntervalMs, priorIntervalMs, checkpointIntervalMs } = learn;
  const { maxOpenJoins, maxHeldEvents, joinCacheBytes } = learn;
  return {
    publishIntervalMs,
    priorIntervalMs,
    checkpointIntervalMs,
    maxOpenJoins,
    maxHeldEvents,
    joinCacheBytes,
    maxEventBytes: eventLog.maxRecordBytes - LABEL_ROOM_BYTES,
    attributionWindowMs: reward.attributionWindowMs,
  };
}
