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
import { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import { readExaminationCurves, writeExaminationCurves } from '../feedback/update/examination-publisher.js';
import type { Learner } from '../feedback/update/learner-options.js';
import type { ModelSpec } from '../feedback/update/model-spec.js';
import { startLearner } from '../feedback/update/start-learner.js';
import type { Config } from './config-schema.js';
import { followModels } from './followed-models.js';
import type { Metrics } from './metrics.js';
import { observeFollower, observeLearner, observeSnapshotPublisher } from './observed.js';
import { installPersistedSnapshots } from './persisted-snapshots.js';
import type { Models } from './pipeline/models.js';

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
  readonly publisher?: SnapshotPublisherStore | undefined;
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
  observeSnapshotPublisher(metrics, () => side.publisher);
  return side;
}

async function learn(deps: LearningDeps, store: KeyValueStore): Promise<LearningSide> {
  const { config, clock, timers, logger, metrics, models, shared } = deps;
  const { log, schema, specs, catalogue, members } = deps;
  const running: { learner?: Learner } = {};
  const publisher = shared && publisherInto(shared, deps, running);
  const learner = await startLearner({
    ...{ log, store, revisions: catalogue, schema, models: specs, clock, timers },
    reward: config.reward.expression,
    settings: learnerSettings(config),
    examination: { ...config.page.examination, halfLifeMs: config.learn.halfLifeDays * DAY_MS },
    onSnapshot(snapshot) {
      models.install(snapshot);
      publisher?.put(snapshot);
      metrics.modelVersion.set({ model: snapshot.modelKey }, snapshot.version);
    },
    onHistories: (histories) => members.putHistories(histories),
    onExamination(curves) {
      models.examine(curves, config.page.examination.correct);
      if (shared) writeExaminationCurves(shared.store, curves).catch(faultLine(deps, 'examination'));
    },
    onLearned: (receivedAtMs) => metrics.learnedSeconds.observe((clock.nowMs() - receivedAtMs) / 1000),
  });
  running.learner = learner;
  learner.stopped.catch((error: unknown) => logger.fatal({ err: error }, 'the learner has stopped'));
  observeLearner(metrics, learner);
  return {
    ...{ learner, publisher },
    async close() {
      await learner.close();
      await publisher?.close();
    },
  };
}

function publisherInto(
  { store, announcements }: SharedStore,
  { specs, clock, timers, logger }: LearningDeps,
  running: { readonly learner?: Learner },
): SnapshotPublisherStore {
  let fitting: Promise<void> | undefined;
  return new SnapshotPublisherStore({
    ...{ store, announcements, clock, timers, modelKeys: specs.map(({ key }) => key) },
    onBaseNeeded() {
      // The start publishes bases by itself; a learner that has stopped has said why.
      fitting ??= running.learner
        ?.publishNow({ base: true })
        .catch(() => undefined)
        .finally(() => (fitting = undefined));
    },
    onFault: (error) => logger.warn({ err: error }, 'a snapshot could not be put into the shared store'),
  });
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
